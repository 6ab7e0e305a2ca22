"""mail_server and GNU SASL prove themselves to each other, bound to the TLS that is around them."""

import mail_server
import peer
from mail_server import MailServer

GSASL = peer.need("gsasl", "gsasl")


class Gsasl(peer.Case):
    def log_in(self, server, mechanism, *options, password=mail_server.PASSWORD):
        trust = mail_server.Certificate.make().path("certificate")
        return peer.run(GSASL, "--smtp", f"--connect=localhost:{server.port}", "-m", mechanism,
                        "-a", mail_server.NAME, "--authorization-id", mail_server.NAME,
                        "-p", password, f"--x509-ca-file={trust}", *options, stdin="", timeout=20)

    def test_each_mechanism(self):
        with MailServer("--user", mail_server.USER, *mail_server.tls()) as server:
            for mechanism, options in (("SCRAM-SHA-256-PLUS", ()), ("SCRAM-SHA-1-PLUS", ()),
                                       ("SCRAM-SHA-256", ("--no-cb",)),
                                       ("SCRAM-SHA-1", ("--no-cb",)),
                                       ("CRAM-MD5", ()), ("PLAIN", ()), ("LOGIN", ())):
                with self.subTest(mechanism):
                    done = self.log_in(server, mechanism, *options)
                    self.assertIn("235 2.7.0 ", done.stdout, done.stderr)
                    self.assertIn("authentication finished (server trusted)",
                                  done.stdout + done.stderr)
                    done = self.log_in(server, mechanism, *options, password="wrong")
                    self.assertIn("535 5.7.8 ", done.stdout, done.stderr)

    def test_a_binding_that_tls_1_2_cannot_give(self):
        with MailServer("--user", mail_server.USER, *mail_server.tls()) as server:
            done = self.log_in(server, "SCRAM-SHA-256-PLUS",
                               "--priority=NORMAL:-VERS-ALL:+VERS-TLS1.2")
            self.assertIn("535 5.7.8 ", done.stdout, done.stderr)  # it means tls-unique


if __name__ == "__main__":
    peer.main()
