"""send_mail delivers to a real Postfix, which has a configuration, a queue and a port of its own."""

import pathlib
import tempfile

import peer
from postfix import Postfix

MAIN = """
local_header_rewrite_clients =
smtp_tls_security_level = none
message_size_limit = 1000000
virtual_mailbox_domains = example.net
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {{b@example.net=b/}}, {{c@example.net=c/}} }}
virtual_mailbox_limit = 0
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_recipient_restrictions =
  check_recipient_access inline:{{ {{later@example.net=450 4.2.1 come back later}} }},
  reject_unauth_destination
"""


class Delivery(peer.Case):
    @classmethod
    def setUpClass(cls):
        cls.postfix = Postfix(MAIN).__enter__()
        cls.addClassCleanup(cls.postfix.__exit__)

    def send(self, message, *options, to=("b@example.net",)):
        recipients = [word for address in to for word in ("--to", address)]
        with tempfile.NamedTemporaryFile() as file:
            pathlib.Path(file.name).write_bytes(message)
            return peer.run(peer.SEND_MAIL, "--host", "127.0.0.1", "--port", str(self.postfix.port),
                            "--from", "a@example.org", *recipients, "--file", file.name, *options)

    def arrives(self, message, user="b", count=1):
        """It is in the mailbox: behind the lines that Postfix adds, and with LF for CR LF."""
        wanted = message.replace(b"\r\n", b"\n")
        try:
            peer.wait_until(lambda: sum(m.endswith(b"\n" + wanted)
                                        for m in self.postfix.delivered(user)) == count, "delivery")
        except AssertionError as why:
            raise AssertionError(f"{why}\n{self.postfix.log()}") from None

    def test_messages_arrive_as_they_were_sent(self):
        for i, (name, message) in enumerate(peer.MESSAGES.items()):
            if len(message) > 1_000_000:
                message = peer.big(900_000)
            message = b"X-Number: %d\r\n" % i + peer.HEADER + message
            with self.subTest(name):
                done = self.send(message)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.arrives(message)

    def test_a_last_line_without_an_end_and_lf_alone(self):
        done = self.send(b"X-Number: LF\nFrom: <a@example.org>\n\nhello\n.\nno end")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.arrives(b"X-Number: LF\r\nFrom: <a@example.org>\r\n\r\nhello\r\n.\r\nno end\r\n")

    def test_an_empty_message(self):
        before = len(self.postfix.delivered("c"))
        done = self.send(b"", to=["c@example.net"])
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        peer.wait_until(lambda: len(self.postfix.delivered("c")) > before, "delivery")

    def test_many_messages_on_one_connection(self):
        message = b"X-Number: many\r\n" + peer.HEADER + b"hello\r\n"
        done = self.send(message, "--count", "20")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.arrives(message, count=20)

    def test_some_recipients_refused(self):
        message = b"X-Number: some\r\n" + peer.HEADER
        done = self.send(message, to=["nobody@example.net", "b@example.net", "x@elsewhere.example"])
        self.assertEqual(done.returncode, 69)
        first, second = done.stderr.splitlines()
        self.assertRegex(first, "^send_mail: <nobody@example.net>: .* 550 5.1.1 ")
        self.assertRegex(second, "^send_mail: <x@elsewhere.example>: .* 554 5.7.1 ")
        self.arrives(message)

    def test_all_recipients_refused(self):
        for options in ((), ("--no-pipelining",)):
            done = self.send(peer.HEADER, *options, to=["nobody@example.net", "none@example.net"])
            self.assertEqual((done.returncode, done.stderr.count(" 550 5.1.1 ")), (69, 2))

    def test_deferred(self):
        done = self.send(peer.HEADER, to=["later@example.net"])
        self.assertEqual((done.returncode, done.stderr.count(" 450 4.2.1 ")), (75, 1), done.stderr)

    def test_a_message_above_its_limit(self):
        done = self.send(peer.big(1_000_001))
        self.assertEqual(done.returncode, 69)
        self.assertIn("<b@example.net>: message larger than the server takes", done.stderr)


if __name__ == "__main__":
    peer.main()
