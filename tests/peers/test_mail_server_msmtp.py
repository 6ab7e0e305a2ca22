"""mail_server takes mail from msmtp, with every AUTH that it has."""

import pathlib
import tempfile

import mail_server
import peer
from mail_server import MailServer

MSMTP = peer.need("msmtp", "msmtp")
FEATURES = peer.run(MSMTP, "--version").stdout


class Msmtp(peer.Case):
    def send(self, server, message, *options):
        with tempfile.TemporaryDirectory() as folder:
            secret = pathlib.Path(folder, "secret")
            secret.write_text(mail_server.PASSWORD + "\n")
            # msmtp reads lines with LF, and writes CR LF.
            return peer.run(MSMTP, "--file=/dev/null", "--host=localhost", f"--port={server.port}",
                            "--domain=client.example", "--from=a@example.org", "--timeout=20",
                            "--set-date-header=off", "--set-msgid-header=off",
                            f"--passwordeval=cat {secret}", *options, "b@example.net",
                            "c@example.net", stdin=message.decode().replace("\r\n", "\n"))

    def arrives(self, server, *options, received):
        for message in (peer.HEADER + b"hello\r\n", peer.HEADER + b".a\r\n..\r\n.\r\n\r\n.\r\n"):
            done = self.send(server, message, *options)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            arrived = server.delivered()[-1]
            self.assert_same([arrived.content], [message])
            self.assertRegex(arrived.received, received)

    def trust(self, *options):
        certificate = mail_server.Certificate.make().path("certificate")
        return ["--tls=on", f"--tls-trust-file={certificate}", *options]

    def test_plain(self):
        with MailServer() as server:
            self.arrives(server, "--tls=off", received="with ESMTP ")

    def test_starttls(self):
        with MailServer(*mail_server.tls()) as server:
            self.arrives(server, *self.trust(), received="with ESMTPS ")

    def test_implicit_tls(self):
        with MailServer("--implicit-tls", *mail_server.tls()) as server:
            self.arrives(server, *self.trust("--tls-starttls=off"), received="with ESMTPS ")

    def test_each_mechanism(self):
        known = FEATURES.split("Authentication library:")[1].split("\n")[1:]
        known = {word for line in known for word in line.split()}
        ours = {"plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256", "scram-sha-1-plus",
                "scram-sha-256-plus"}
        self.assertIn("plain", known)
        for mechanism in sorted(known & ours):
            for version in ("1.2", "1.3"):
                with self.subTest(mechanism, tls=version), \
                        MailServer("--user", mail_server.USER, *mail_server.tls()) as server:
                    login = self.trust(f"--auth={mechanism}", f"--user={mail_server.NAME}",
                                       "--tls-priorities=NORMAL:-VERS-ALL:+VERS-TLS" + version)
                    self.arrives(server, *login, received="with ESMTPSA ")
                    done = self.send(server, peer.HEADER, *login, "--passwordeval=echo wrong")
                    self.assertEqual(done.returncode, 77, done.stderr)  # EX_NOPERM


if __name__ == "__main__":
    peer.main()
