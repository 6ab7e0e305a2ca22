"""A real Postfix relays through mail_server: in the clear, in TLS, by LMTP."""

import smtplib

import mail_server
import peer
from mail_server import MailServer
from postfix import Postfix

MAIN = """
local_header_rewrite_clients =
local_transport = error:not here
transport_maps = inline:{{
  {{clear.example=smtp:[127.0.0.1]:%(clear)d}},
  {{tls.example=smtp:[127.0.0.1]:%(tls)d}},
  {{wrapped.example=wrapped:[127.0.0.1]:%(wrapped)d}},
  {{lmtp.example=lmtp:inet:[127.0.0.1]:%(lmtp)d}},
  {{example.org=discard:}} }}
smtp_tls_security_level = none
smtp_tls_policy_maps = inline:{{ {{[127.0.0.1]:%(tls)d = encrypt}} }}
smtp_address_preference = ipv4
message_size_limit = 0
bounce_notice_recipient = postmaster@example.org
smtputf8_enable = yes
"""

SERVICES = """
smtp      unix - - n - - smtp
lmtp      unix - - n - - lmtp
wrapped   unix - - n - - smtp -o smtp_tls_wrappermode=yes -o smtp_tls_security_level=encrypt
"""


class Relay(peer.Case):
    @classmethod
    def setUpClass(cls):
        def start(*options):
            server = MailServer("--refuse-rcpt", "nobody@*", *options).__enter__()
            cls.addClassCleanup(server.__exit__)
            return server

        cls.servers = {"clear": start(), "tls": start(*mail_server.tls()),
                       "wrapped": start("--implicit-tls", *mail_server.tls()),
                       "lmtp": start("--lmtp", "--threads", "2")}
        ports = {name: server.port for name, server in cls.servers.items()}
        cls.postfix = Postfix(MAIN % ports, SERVICES).__enter__()
        cls.addClassCleanup(cls.postfix.__exit__)

    def send(self, message, *to):
        with smtplib.SMTP("127.0.0.1", self.postfix.port, local_hostname="client.example") as c:
            self.assertEqual(c.sendmail("a@example.org", to, message, ["BODY=8BITMIME"]), {})

    def arrives(self, name, message):
        """It is there behind the lines that Postfix adds."""
        server = self.servers[name]

        def found():
            return [m for m in server.delivered() if m.content.endswith(b"\r\n" + message)]

        try:
            peer.wait_until(found, "delivery")
        except AssertionError as why:
            raise AssertionError(f"{why}\n{self.postfix.log()}") from None
        self.assertEqual(len(found()), 1)
        return found()[0]

    def check(self, name, protocol):
        for i, (title, message) in enumerate(peer.MESSAGES.items()):
            message = b"X-Number: %d\r\n" % i + peer.HEADER + message
            with self.subTest(title):
                self.send(message, f"b@{name}.example", f"c@{name}.example")
                arrived = self.arrives(name, message)
                self.assertEqual(arrived.path, "<a@example.org>")
                self.assertEqual(arrived.delivered_to, [f"b@{name}.example", f"c@{name}.example"])
                self.assertRegex(arrived.received, rf" by mx\.example\.net with {protocol} ")
        self.assertEqual(self.servers[name].unfinished(), [])

    def test_in_the_clear(self):
        self.check("clear", "ESMTP")

    def test_after_starttls(self):
        self.check("tls", r"ESMTPS \(using TLSv1\.3")

    def test_in_implicit_tls(self):
        self.check("wrapped", r"ESMTPS \(using TLSv1\.3")

    def test_by_lmtp(self):
        self.check("lmtp", "LMTP")

    def test_a_refused_recipient_does_not_hold_up_the_others(self):
        for name in ("clear", "lmtp"):
            message = b"X-Number: refused\r\n" + peer.HEADER
            self.send(message, f"nobody@{name}.example", f"b@{name}.example")
            self.assertEqual(self.arrives(name, message).delivered_to, [f"b@{name}.example"])
            said = f"550 5.1.1 no mailbox nobody@{name}.example here"
            peer.wait_until(lambda: said in self.postfix.log(), "a line about the refusal")


if __name__ == "__main__":
    peer.main()
