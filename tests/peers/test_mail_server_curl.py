"""mail_server takes mail from curl: in the clear, after STARTTLS, in TLS, with each AUTH it has."""

import pathlib
import tempfile

import mail_server
import peer
from mail_server import MailServer

CURL = peer.need("curl", "curl")
FEATURES = peer.run(CURL, "--version").stdout


class Curl(peer.Case):
    def upload(self, server, message, *options, scheme="smtp"):
        with tempfile.NamedTemporaryFile() as file:
            pathlib.Path(file.name).write_bytes(message)
            return peer.run(CURL, "-sS", f"{scheme}://localhost:{server.port}/client.example", "-4",
                            "--mail-from", "a@example.org", "--mail-rcpt", "b@example.net",
                            "--mail-rcpt", "c@example.net", "--upload-file", file.name, *options)

    def arrives(self, server, message, *options, protocol, **more):
        done = self.upload(server, message, *options, **more)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        arrived = server.delivered()[-1]
        self.assert_same([arrived.content], [message])
        self.assertEqual(arrived.path, "<a@example.org>")
        self.assertEqual(arrived.delivered_to, ["b@example.net", "c@example.net"])
        self.assertRegex(arrived.received, r"^Received: from client\.example \(\[127\.0\.0\.1\]\) "
                                           rf"by mx\.example\.net with {protocol} ")

    def trust(self, *options):
        return ["--cacert", mail_server.Certificate.make().path("certificate"), *options]

    def test_every_message_arrives_as_it_was_sent(self):
        for name, message in peer.MESSAGES.items():
            with self.subTest(name), MailServer("--threads", "2") as server:
                self.arrives(server, message, protocol="ESMTP")
                self.assertEqual(server.unfinished(), [])

    def test_starttls(self):
        with MailServer(*mail_server.tls()) as server:
            for name in ("plain", "only dots", "50 MB"):
                self.arrives(server, peer.MESSAGES[name], *self.trust("--ssl-reqd"),
                             protocol="ESMTPS")

    def test_implicit_tls(self):
        with MailServer("--implicit-tls", *mail_server.tls()) as server:
            for name in ("plain", "only dots", "50 MB"):
                self.arrives(server, peer.MESSAGES[name], *self.trust(), protocol="ESMTPS",
                             scheme="smtps")

    def test_tls_1_2(self):
        with MailServer(*mail_server.tls()) as server:
            self.arrives(server, peer.HEADER, *self.trust("--ssl-reqd", "--tls-max", "1.2"),
                         protocol=r"ESMTPS \(using TLSv1\.2")

    def test_each_mechanism(self):
        mechanisms = ["PLAIN", "LOGIN", "CRAM-MD5"]
        if " gsasl" in FEATURES:
            mechanisms += ["SCRAM-SHA-1", "SCRAM-SHA-256"]
        with MailServer("--user", mail_server.USER, *mail_server.tls()) as server:
            for mechanism in mechanisms:
                for early in ((), ("--sasl-ir",)):
                    with self.subTest(mechanism, early=early):
                        options = ["--ssl-reqd", "--user", mail_server.USER, "--login-options",
                                   f"AUTH={mechanism}", *early]
                        self.arrives(server, peer.HEADER, *self.trust(*options),
                                     protocol="ESMTPSA")

    def test_a_wrong_password(self):
        with MailServer("--user", mail_server.USER, *mail_server.tls()) as server:
            for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5"):
                for user in ("ann:wrong", "bob:" + mail_server.PASSWORD):
                    done = self.upload(server, peer.HEADER, *self.trust(
                        "--ssl-reqd", "--user", user, "--login-options", f"AUTH={mechanism}"))
                    self.assertEqual(done.returncode, 67, done.stderr)  # login denied
            self.assertEqual(server.contents(), [])

    def test_in_the_clear_a_password_is_only_for_those_who_say_so(self):
        login = ("--user", mail_server.USER, "--login-options", "AUTH=PLAIN")
        with MailServer("--user", mail_server.USER) as server:
            self.assertNotEqual(self.upload(server, peer.HEADER, *login).returncode, 0)
        with MailServer("--user", mail_server.USER, "--allow-plaintext-auth") as server:
            self.arrives(server, peer.HEADER, *login, protocol="ESMTPA")

    def test_require_auth_and_require_tls(self):
        with MailServer("--user", mail_server.USER, "--require-auth", "--require-tls",
                        *mail_server.tls()) as server:
            self.assertIn("530", self.upload(server, peer.HEADER).stderr)
            self.assertIn("530",
                          self.upload(server, peer.HEADER, *self.trust("--ssl-reqd")).stderr)
            self.arrives(server, peer.HEADER, *self.trust("--ssl-reqd", "--user", mail_server.USER),
                         protocol="ESMTPSA")


if __name__ == "__main__":
    peer.main()
