"""mail_server talks TLS with openssl s_client."""

import mail_server
import peer
from mail_server import MailServer

OPENSSL = peer.need("openssl", "openssl")
TALK = "EHLO client.example\nMAIL FROM:<a@example.org>\nquit\n"  # to s_client, Q has a meaning


class Openssl(peer.Case):
    def connect(self, server, *options):
        trust = mail_server.Certificate.make().path("certificate")
        return peer.run("sh", "-c", '(printf "%s" "$0"; sleep 1) | "$@"', TALK, OPENSSL, "s_client",
                        "-connect", f"localhost:{server.port}", "-4", "-crlf", "-quiet",
                        "-CAfile", trust, "-verify_return_error", *options)

    def talks(self, server, *options):
        done = self.connect(server, *options)
        for line in ("250-mx.example.net\n", "\n250 REQUIRETLS\n", "\n250 2.1.0 ",
                     "\n221 2.0.0 mx.example.net closing\n"):
            self.assertIn(line, done.stdout, done.stderr)

    def test_starttls(self):
        with MailServer(*mail_server.tls()) as server:
            for version in ("-tls1_2", "-tls1_3"):
                self.talks(server, "-starttls", "smtp", "-name", "client.example", version)

    def test_implicit_tls(self):
        with MailServer("--implicit-tls", *mail_server.tls()) as server:
            for version in ("-tls1_2", "-tls1_3"):
                self.talks(server, version)

    def test_tls_that_is_too_old(self):
        with MailServer("--implicit-tls", *mail_server.tls()) as server:
            done = self.connect(server, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
            self.assertNotEqual(done.returncode, 0)
            self.assertNotIn("220 ", done.stdout)
            self.talks(server)


if __name__ == "__main__":
    peer.main()
