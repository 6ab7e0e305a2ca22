"""send_mail and AUTH: each mechanism, the choice among them, and secrets that nobody sees."""

import base64
import ssl

import mail_server
import peer
from mail_server import NAME, PASSWORD, USER, MailServer
from scripted_server import ScriptedServer

OK, PERMANENT, TEMPORARY, PROTOCOL = 0, 69, 75, 76
MESSAGE = peer.HEADER + b"hello\r\n"
BOUND = ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS")
PROVING = ("SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5")
SHOWING = ("PLAIN", "LOGIN")


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def decoded(text):
    return base64.b64decode(text, validate=True).decode()


def readable_forms(secret):
    """The secret as it is, and what base64 makes of it wherever it begins."""
    forms = [secret]
    for before in range(3):
        text = encoded("\0" * before + secret)
        forms.append(text[4 if before else 0:len(text) // 4 * 4 - 4])
    return forms


class SecureServer(ScriptedServer):
    """A scripted server inside TLS. What is no command is answered as `response`."""

    def __init__(self, mechanisms, **answers):
        super().__init__(EHLO=f"250-scripted.example\r\n250-AUTH {mechanisms}\r\n250 PIPELINING",
                         **answers)

    def serve(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made = mail_server.Certificate.make()
        context.load_cert_chain(made.path("certificate"), made.path("key"))
        try:
            plain, _ = self.listener.accept()
            with context.wrap_socket(plain, server_side=True) as self.connection:
                self.connection.settimeout(peer.PATIENCE)
                self.converse(self.lines())
        except OSError:
            pass  # the client has left, and the test knows why

    def answer(self, to):
        return super().answer(to if to in self.answers else "response")


class Case(peer.Case):
    def send(self, port, *options, user=USER):
        login = ["--user", user] if user else []
        done = peer.run(peer.SEND_MAIL, "--host", "127.0.0.1", "--port", str(port), "--from",
                        "a@example.org", "--to", "b@example.net", "--transcript", *login, *options,
                        stdin=MESSAGE.decode())
        for secret in user.split(":", 1)[1:]:
            for form in readable_forms(secret):
                self.assertNotIn(form, done.stdout + done.stderr)
        return done


class WithMailServer(Case):
    def test_each_mechanism_inside_tls(self):
        ca = mail_server.Certificate.make().path("certificate")
        with MailServer("--user", USER, "--require-auth", *mail_server.tls()) as server:
            for mechanism in BOUND + PROVING + SHOWING:
                with self.subTest(mechanism):
                    options = ("--tls", "required", "--ca", ca, "--auth", mechanism.lower())
                    self.accepted(server, mechanism, *options, received=" with ESMTPSA ")
                    self.refused(server, *options)

    def test_each_mechanism_without_tls(self):
        with MailServer("--user", USER, "--require-auth") as server:
            for mechanism in PROVING:
                with self.subTest(mechanism):
                    self.accepted(server, mechanism, "--auth", mechanism, received=" with ESMTPA ")
                    self.refused(server, "--auth", mechanism)

    def test_the_best_is_taken(self):
        ca = mail_server.Certificate.make().path("certificate")
        with MailServer("--user", USER, *mail_server.tls()) as server:
            self.accepted(server, BOUND[0], "--tls", "required", "--ca", ca,
                          received=" with ESMTPSA ")
            self.accepted(server, PROVING[0], received=" with ESMTPA ")
        with MailServer("--user", USER, "--implicit-tls", *mail_server.tls()) as server:
            self.accepted(server, BOUND[0], "--tls", "implicit", "--insecure",
                          received=" with ESMTPSA ")

    def accepted(self, server, mechanism, *options, received):
        before = len(server.contents())
        done = self.send(server.port, *options)
        self.assertEqual((done.returncode, done.stderr), (OK, ""), done.stdout)
        self.assertRegex(done.stdout, rf"\nC: AUTH {mechanism}( \(hidden\))?\n")
        self.assertIn("\nS: 235 2.7.0 ", done.stdout)
        self.assertEqual(server.contents()[before:], [MESSAGE])
        self.assertIn(received, server.delivered()[-1].received)

    def refused(self, server, *options):
        before = len(server.contents())
        done = self.send(server.port, *options, user=f"{NAME}:wrong password")
        self.assertEqual(done.returncode, PERMANENT, done.stdout)
        self.assertRegex(done.stderr, r"\Asend_mail: <b@example\.net>: authentication [a-z ]+, at "
                                      r"AUTH: 535 5\.7\.8 [^\n]+\n\Z")
        self.assertNotIn("C: MAIL", done.stdout)
        self.assertEqual(len(server.contents()), before)

    def test_nothing_that_shows_a_password_goes_out_without_tls(self):
        with MailServer("--user", USER, "--allow-plaintext-auth") as server:
            for mechanism in SHOWING:
                done = self.send(server.port, "--auth", mechanism)
                self.assertEqual(done.returncode, PERMANENT)
                self.assertIn("<b@example.net>: must issue STARTTLS first, at AUTH: ", done.stderr)
                self.assertNotIn("C: AUTH", done.stdout)
            self.assertEqual(server.contents(), [])

    def test_lmtp(self):
        with MailServer("--lmtp", "--user", USER, "--require-auth") as server:
            self.accepted(server, PROVING[0], "--lmtp", received=" with LMTPA ")


class Scripted(Case):
    def sends(self, code, *options, mechanisms, user="ann:t0ken_of_hers", **answers):
        with SecureServer(mechanisms, **answers) as server:
            done = self.send(server.port, "--tls", "implicit", "--insecure", *options, user=user)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertEqual(len(server.messages), 1 if code == OK else 0)
        if code != OK:
            self.assertEqual([line for line in server.commands if line.startswith("MAIL")], [])
        server.stderr = done.stderr
        return server

    def test_the_order_of_preference(self):
        for offered, wanted in (("LOGIN PLAIN", "PLAIN"), ("GSSAPI LOGIN EXTERNAL", "LOGIN")):
            server = self.sends(OK, mechanisms=offered, AUTH=[
                "235 in" if wanted == "PLAIN" else "334 Vm9ybmFtZT8="], response=["334 ", "235 in"])
            self.assertEqual(server.commands[1].split(" ")[1], wanted)

    def test_plain_login_and_cram_md5_on_the_wire(self):
        server = self.sends(OK, "--auth", "PLAIN", mechanisms="PLAIN", AUTH="235 in")
        self.assertEqual(decoded(server.commands[1].split(" ")[2]), "\0ann\0t0ken_of_hers")
        server = self.sends(OK, "--auth", "LOGIN", mechanisms="LOGIN", AUTH="334 VXNlcm5hbWU6",
                            response=["334 UGFzc3dvcmQ6", "235 in"])
        self.assertEqual([server.commands[1], *map(decoded, server.commands[2:4])],
                         ["AUTH LOGIN", "ann", "t0ken_of_hers"])
        # The example of RFC 2195.
        server = self.sends(
            OK, "--auth", "CRAM-MD5", mechanisms="CRAM-MD5", user="tim:tanstaaftanstaaf",
            AUTH="334 " + encoded("<1896.697170952@postoffice.reston.mci.net>"),
            response="235 in")
        self.assertEqual(decoded(server.commands[2]), "tim b913a602c7eda7a495b4e6e7334d3890")

    def test_tokens(self):
        server = self.sends(OK, "--auth", "OAUTHBEARER", mechanisms="OAUTHBEARER", AUTH="235 in")
        self.assertEqual(decoded(server.commands[1].split(" ")[2]),
                         "n,a=ann,\1auth=Bearer t0ken_of_hers\1\1")
        server = self.sends(OK, "--auth", "XOAUTH2", mechanisms="XOAUTH2", AUTH="235 in")
        self.assertEqual(decoded(server.commands[1].split(" ")[2]),
                         "user=ann\1auth=Bearer t0ken_of_hers\1\1")

    def test_a_token_that_does_not_fit_into_a_line_waits_for_the_server(self):
        token = "t0ken" * 200
        server = self.sends(OK, "--auth", "XOAUTH2", mechanisms="XOAUTH2", user=f"ann:{token}",
                            AUTH="334 ", response="235 in")
        self.assertEqual(server.commands[1], "AUTH XOAUTH2")
        self.assertIn(token, decoded(server.commands[2]))

    def test_a_token_that_is_refused(self):
        for mechanism, answer in (("OAUTHBEARER", "AQ=="), ("XOAUTH2", "")):
            server = self.sends(PERMANENT, "--auth", mechanism, mechanisms=mechanism,
                                AUTH="334 " + encoded('{"status":"invalid_token"}'),
                                response="535 no")
            self.assertEqual(server.commands[2], answer)
            self.assertIn(': 535 no: {"status":"invalid_token"}\n', server.stderr)

    def test_nobody_in_particular(self):
        server = self.sends(OK, "--auth", "ANONYMOUS", mechanisms="PLAIN ANONYMOUS", user="",
                            AUTH="235 in")
        self.assertEqual(server.commands[1], "AUTH ANONYMOUS =")

    def test_not_now_is_worth_another_attempt(self):
        server = self.sends(TEMPORARY, mechanisms="PLAIN", AUTH="454 4.7.0 no database")
        self.assertIn(", at AUTH: 454 4.7.0 no database\n", server.stderr)

    def test_nothing_in_common(self):
        server = self.sends(PERMANENT, mechanisms="GSSAPI XOAUTH2")
        self.assertEqual([line.split(" ")[0] for line in server.commands], ["EHLO", "QUIT"])
        self.assertEqual(server.stderr, "send_mail: <b@example.net>: mechanism not supported, at "
                                        "AUTH: the server offers XOAUTH2\n")

    def test_a_server_that_does_not_know_the_password_itself(self):
        self.sends(PROTOCOL, mechanisms="SCRAM-SHA-256", AUTH="235 come in")
        server = self.sends(PROTOCOL, mechanisms="SCRAM-SHA-256", response="501 cancelled",
                            AUTH="334 " + encoded("r=mine,s=c2FsdA==,i=4096"))
        self.assertEqual(server.commands[2], "*")
        self.assertIn("nonce does not match, at AUTH: 501 cancelled", server.stderr)

    def test_what_is_no_base64_is_not_answered(self):
        server = self.sends(PROTOCOL, "--auth", "CRAM-MD5", mechanisms="CRAM-MD5",
                            AUTH="334 <no base64>", response="501 cancelled")
        self.assertEqual(server.commands[2], "*")


if __name__ == "__main__":
    peer.main()
