"""send_mail delivers to Python's aiosmtpd: in the clear, in TLS, with AUTH."""

import mail_server
import peer
from aiosmtpd_server import Aiosmtpd
from mail_server import NAME, PASSWORD, USER

MESSAGE = peer.HEADER + b"hello\r\n"


def certificate():
    made = mail_server.Certificate.make()
    return {"certificate": made.path("certificate"), "key": made.path("key")}


def trusting():
    return "--ca", certificate()["certificate"]


class Delivery(peer.Case):
    def send(self, server, *options, to=("b@example.net",), message=MESSAGE):
        recipients = [word for address in to for word in ("--to", address)]
        return peer.run(peer.SEND_MAIL, "--host", "localhost", "--port", str(server.port), "--from",
                        "a@example.org", *recipients, *options, stdin=message.decode("latin-1"))

    def arrives(self, server, *options, message=MESSAGE, tls=False, authenticated=False):
        done = self.send(server, *options, message=message)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        *about, content = server.delivered()[-1]
        self.assertEqual(about, [tls, authenticated, ["b@example.net"]])
        self.assert_same([content], [message])

    def test_every_message(self):
        with Aiosmtpd() as server:
            for name, message in peer.MESSAGES.items():
                if len(message) > 1_000_000:
                    message = peer.big(1_000_000)  # it is slow
                with self.subTest(name):
                    self.arrives(server, message=message)

    def test_inside_tls(self):
        with Aiosmtpd(starttls="yes", **certificate()) as server:
            self.arrives(server, "--tls", "required", *trusting(), tls=True,
                         message=peer.big(300_000))
            self.assertEqual(self.send(server).returncode, 69)  # it demands TLS
        with Aiosmtpd(implicit="yes", **certificate()) as server:
            self.arrives(server, "--tls", "implicit", *trusting(), tls=True,
                         message=peer.big(300_000))

    def test_auth(self):
        with Aiosmtpd(starttls="yes", user=USER, **certificate()) as server:
            for options in ([], ["--auth", "PLAIN"], ["--auth", "LOGIN"]):
                with self.subTest(options):
                    tls = ["--tls", "required", *trusting(), *options, "--user"]
                    self.arrives(server, *tls, USER, tls=True, authenticated=True)
                    done = self.send(server, *tls, f"{NAME}:{PASSWORD}!")
                    self.assertEqual((done.returncode, done.stderr.count(" 535 5.7.8 ")), (69, 1))
            done = self.send(server, "--tls", "required", *trusting())
            self.assertEqual((done.returncode, done.stderr.count(" 530 5.7.0 ")), (69, 1))
            self.assertEqual(len(server.delivered()), 3)

    def test_some_recipients_refused(self):
        with Aiosmtpd() as server:
            done = self.send(server, "--count", "3", to=["nobody@example.net", "b@example.net"])
            self.assertEqual((done.returncode, done.stderr.count(" 550 5.1.1 ")), (69, 3))
            self.assertEqual([to for _, _, to, _ in server.delivered()], [["b@example.net"]] * 3)


if __name__ == "__main__":
    peer.main()
