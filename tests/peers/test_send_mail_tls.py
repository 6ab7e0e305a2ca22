"""send_mail and TLS: whom it trusts, and what it sends to whom it does not, which is nothing."""

import socket
import ssl
import threading
import warnings

import mail_server
import peer
from mail_server import MailServer
from scripted_server import ScriptedServer

OK, PERMANENT, TEMPORARY, PROTOCOL = 0, 69, 75, 76
STARTTLS = "250-scripted.example\r\n250-PIPELINING\r\n250 STARTTLS"


def send(port, *options, host="localhost", message=peer.HEADER + b"hello\r\n"):
    return peer.run(peer.SEND_MAIL, "--host", host, "--port", str(port), "--from", "a@example.org",
                    "--to", "b@example.net", *options, stdin=message.decode("latin-1"))


def trusting():
    return "--ca", mail_server.Certificate.make().path("certificate")


class Case(peer.Case):
    def exits(self, code, done, stderr=""):
        self.assertEqual((done.returncode, done.stderr), (code, stderr and stderr + "\n"),
                         done.stdout)
        return done.stdout

    def fails(self, code, why, *options, **answers):
        """A server that gives these answers gets EHLO, perhaps STARTTLS and QUIT, and no more."""
        with ScriptedServer(**answers) as server:
            done = send(server.port, *options, host="127.0.0.1")
        self.exits(code, done, f"send_mail: <b@example.net>: {why}")
        allowed = ("EHLO ", "STARTTLS", "QUIT")
        self.assertEqual([line for line in server.commands if not line.startswith(allowed)], [])
        return server.commands


class WithMailServer(Case):
    def arrives(self, server, *options, host="localhost", message=peer.HEADER + b"hello\r\n",
                received=" with ESMTPS "):
        said = self.exits(OK, send(server.port, *options, host=host, message=message))
        self.assert_same([server.contents()[-1]], [message])
        self.assertIn(received, server.delivered()[-1].received)
        return said

    def test_a_certificate_that_is_trusted(self):
        with MailServer(*mail_server.tls()) as server:
            for policy in ("required", "opportunistic"):
                self.arrives(server, "--tls", policy, *trusting())
            self.arrives(server, "--tls", "required", *trusting(), host="127.0.0.1")
        with MailServer("--implicit-tls", *mail_server.tls()) as server:
            self.arrives(server, "--tls", "implicit", *trusting())

    def test_every_message(self):
        with MailServer(*mail_server.tls()) as server:
            for name, message in peer.MESSAGES.items():
                for options in ((), ("--no-chunking",), ("--no-pipelining",)):
                    with self.subTest(name, options=options):
                        self.arrives(server, "--tls", "required", *trusting(), *options,
                                     message=message)

    def test_many_messages_on_one_connection(self):
        for options in ((), ("--no-chunking",)):
            with MailServer("--implicit-tls", *mail_server.tls()) as server:
                self.exits(OK, send(server.port, "--tls", "implicit", "--count", "20", *trusting(),
                                    *options))
                self.assertEqual(server.contents(), [peer.HEADER + b"hello\r\n"] * 20)

    def test_nobody_trusts_a_self_signed_certificate_unless_told_to(self):
        for policy, own in (("required", ()), ("opportunistic", ()),
                            ("implicit", ("--implicit-tls",))):
            with self.subTest(policy), MailServer(*own, *mail_server.tls()) as server:
                done = send(server.port, "--tls", policy)
                at = "" if own else ", at STARTTLS"
                self.exits(TEMPORARY, done, "send_mail: <b@example.net>: TLS handshake failed"
                                            f"{at}: self-signed certificate")
                self.assertEqual(server.contents(), [])
                self.arrives(server, "--tls", policy, "--insecure")

    def test_the_name_in_the_certificate_has_to_be_the_hosts(self):
        with MailServer(*mail_server.tls()) as server:
            # The same address, but spelt so that it is a name.
            done = send(server.port, "--tls", "required", *trusting(), host="127.1")
            self.exits(TEMPORARY, done, "send_mail: <b@example.net>: TLS handshake failed, at "
                                        "STARTTLS: hostname mismatch")
            self.assertEqual(server.contents(), [])
            self.arrives(server, "--tls", "required", *trusting(), "--insecure", host="127.1")

    def test_without_tls_where_it_is_opportunistic_and_not_offered(self):
        with MailServer() as server:
            self.arrives(server, "--tls", "opportunistic", received=" with ESMTP ")

    def test_a_server_that_demands_it(self):
        with MailServer("--require-tls", *mail_server.tls()) as server:
            done = send(server.port)
            self.assertEqual(done.returncode, PERMANENT)
            self.assertIn(" 530 5.7.0 ", done.stderr)
            self.arrives(server, "--tls", "required", *trusting())

    def test_the_transcript_begins_again_inside_tls(self):
        with MailServer(*mail_server.tls()) as server:
            said = self.arrives(server, "--tls", "required", "--transcript", *trusting(),
                                message=peer.HEADER + b"not to be seen\r\n")
        commands = [line.split(" ")[1] for line in said.splitlines() if line.startswith("C: ")]
        self.assertEqual(commands[:3], ["EHLO", "STARTTLS", "EHLO"])
        self.assertEqual(commands[-1], "QUIT")
        self.assertNotIn("seen", said)


class Attacked(Case):
    # Who does that may delay mail, and not return it.
    def test_starttls_stripped(self):
        self.fails(TEMPORARY, "server does not offer TLS, at EHLO: 250 scripted.example",
                   "--tls", "required", EHLO="250 scripted.example")

    def test_ehlo_refused_so_that_there_is_no_offer(self):
        self.fails(PERMANENT, "refused by the server, at EHLO: 502 what?", "--tls", "required",
                   EHLO="502 what?")

    def test_starttls_refused(self):
        for answer in ("454 not now", "502 never"):
            self.fails(TEMPORARY, f"server does not offer TLS, at STARTTLS: {answer}", "--tls",
                       "required", EHLO=STARTTLS, STARTTLS=answer)

    def test_replies_behind_starttls(self):
        for behind in ("220 go\r\n250 evil.example", "220 go\r\n250"):
            self.fails(PROTOCOL, "octets behind STARTTLS reply, at STARTTLS", "--tls", "required",
                       EHLO=STARTTLS, STARTTLS=behind)

    def test_what_follows_is_not_tls(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def serve():
                connection, _ = listener.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(b"220 not TLS\r\n")
                    connection.recv(1000)

            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            done = send(listener.getsockname()[1], "--tls", "implicit", host="127.0.0.1")
            thread.join(peer.PATIENCE)
        self.assertEqual(done.returncode, TEMPORARY)
        self.assertRegex(done.stderr,
                         "^send_mail: <b@example.net>: TLS handshake failed: [^\n]+\n$")

    def test_a_handshake_that_never_ends(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            done = send(listener.getsockname()[1], "--tls", "implicit", "--timeout", "1",
                        host="127.0.0.1")
        self.assertEqual(done.returncode, TEMPORARY)
        self.assertRegex(done.stderr, "^send_mail: <b@example.net>: timed out[^\n]*\n$")

    def test_old_versions_are_refused(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made = mail_server.Certificate.make()
        context.load_cert_chain(made.path("certificate"), made.path("key"))
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def serve():
                connection, _ = listener.accept()
                try:
                    with connection, context.wrap_socket(connection, server_side=True):
                        self.spoken = True
                except OSError:
                    self.spoken = False

            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            done = send(listener.getsockname()[1], "--tls", "implicit", "--insecure")
            thread.join(peer.PATIENCE)
        self.assertEqual((done.returncode, self.spoken), (TEMPORARY, False), done.stderr)


if __name__ == "__main__":
    peer.main()
