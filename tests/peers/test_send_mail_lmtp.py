"""send_mail by LMTP and by BDAT: one result for each recipient, and content in chunks."""

import re

import peer
from mail_server import MailServer
from scripted_server import ScriptedServer

OK, PERMANENT, TEMPORARY = 0, 69, 75
MESSAGE = peer.HEADER + b"hello\r\n.\r\n"


def send(port, *options, to=("b@example.net",), message=MESSAGE):
    recipients = [word for address in to for word in ("--to", address)]
    return peer.run(peer.SEND_MAIL, "--host", "127.0.0.1", "--port", str(port), "--from",
                    "a@example.org", *recipients, *options, stdin=message.decode("latin-1"))


class Case(peer.Case):
    def arrives(self, server, *options, message=MESSAGE, **rest):
        done = send(server.port, *options, message=message, **rest)
        self.assertEqual((done.returncode, done.stderr), (OK, ""), done.stdout)
        self.assert_same([server.contents()[-1]], [message])
        return done.stdout


class Lmtp(Case):
    def test_every_message(self):
        with MailServer("--lmtp") as server:
            for name, message in peer.MESSAGES.items():
                for options in ((), ("--no-chunking",), ("--no-pipelining",)):
                    with self.subTest(name, options=options):
                        self.arrives(server, "--lmtp", *options, message=message,
                                     to=["b@example.net", "c@example.net"])

    def test_each_recipient_has_a_result(self):
        everybody = ["b@example.net", "bad@example.net", "c@example.net", "later@example.net"]
        for options in ((), ("--no-chunking",)):
            refusing = ("--refuse-rcpt", "bad@*", "--defer-rcpt", "later@*")
            with MailServer("--lmtp", *refusing) as server:
                done = send(server.port, "--lmtp", "--count", "2", *options, to=everybody)
                delivered = [message.delivered_to for message in server.delivered()]
            self.assertEqual(done.returncode, TEMPORARY)
            told = "message ([12]): <([a-z]+)@example.net>: [^\n]*RCPT: ([0-9]+)"
            self.assertEqual(re.findall(told, done.stderr),
                             [(n, who, code) for n in "12"
                              for who, code in (("bad", "550"), ("later", "451"))])
            self.assertEqual(delivered, [["b@example.net", "c@example.net"]] * 2)

    def test_answers_after_the_content_that_differ(self):
        class Server(ScriptedServer):
            def answer(self, to):
                if to != "content":
                    return super().answer(to)
                return all([super(Server, self).answer(to) for _ in range(3)])

        with Server(LHLO="250-scripted.example\r\n250 PIPELINING",
                    content=["250 taken", "452 4.2.2 full", "552 5.2.2 gone"]) as server:
            done = send(server.port, "--lmtp", to=[f"{who}@example.net" for who in "bcd"])
        self.assertEqual(done.returncode, TEMPORARY)
        self.assertEqual(done.stderr.splitlines(), [
            "send_mail: <c@example.net>: refused by the server, at content: 452 4.2.2 full",
            "send_mail: <d@example.net>: refused by the server, at content: 552 5.2.2 gone"])
        self.assertEqual(server.messages, [MESSAGE])

    def test_nobody_is_accepted(self):
        with MailServer("--lmtp", "--refuse-rcpt", "*") as server:
            done = send(server.port, "--lmtp", "--count", "2")
            self.assertEqual((done.returncode, done.stderr.count(" 550 5.1.1 ")), (PERMANENT, 2))
            self.assertEqual(server.contents(), [])

    def test_neither_takes_the_other_for_its_own(self):
        for ours, its in ((["--lmtp"], []), ([], ["--lmtp"])):
            with MailServer(*its) as server:
                self.assertEqual(send(server.port, *ours).returncode, PERMANENT)


class Chunks(Case):
    def test_every_message(self):
        with MailServer() as server:
            for name, message in peer.MESSAGES.items():
                for options in ((), ("--no-pipelining",)):
                    with self.subTest(name, options=options):
                        self.arrives(server, *options, message=message)

    def test_which_command_carries_the_content(self):
        with MailServer() as server:
            said = self.arrives(server, "--transcript")
            self.assertIn(f"\nC: BDAT {len(MESSAGE)} LAST\nC: ({len(MESSAGE)} octets of content)\n",
                          said)
            self.assertNotIn("C: DATA", said)
            said = self.arrives(server, "--transcript", "--no-chunking")
            self.assertIn("\nC: DATA\n", said)
            self.assertNotIn("C: BDAT", said)
            self.assertNotIn("hello", said)

    def test_nobody_is_accepted(self):
        for options in ((), ("--no-pipelining",)):
            with MailServer("--refuse-rcpt", "*") as server:
                done = send(server.port, "--count", "3", *options)
                self.assertEqual((done.returncode, done.stderr.count(" 550 5.1.1 ")),
                                 (PERMANENT, 3), done.stderr)
                self.assertEqual(server.contents(), [])

    def test_a_list_above_the_servers_limit_goes_out_in_parts(self):
        everybody = [f"b{i}@example.net" for i in range(10)]
        for options in ((), ("--no-chunking",), ("--no-pipelining",)):
            with MailServer("--max-rcpt", "4") as server:
                self.arrives(server, "--count", "2", *options, to=everybody)
                self.assertEqual([m.delivered_to for m in server.delivered()],
                                 [everybody[:4], everybody[4:8], everybody[8:]] * 2)

    def test_notification_and_envelope_parameters(self):
        with MailServer() as server:
            said = self.arrives(server, "--transcript", "--notify", "success,delay", "--ret",
                                "headers", "--envid", "a+b")
        self.assertRegex(said, "\nC: MAIL FROM:<a@example.org> [^\n]*RET=HDRS ENVID=a[+]2Bb\n")
        self.assertIn("\nC: RCPT TO:<b@example.net> NOTIFY=SUCCESS,DELAY\n", said)
        with ScriptedServer() as server:
            done = send(server.port, "--notify", "never")
        self.assertEqual(done.returncode, PERMANENT)
        self.assertEqual([line.split(" ")[0] for line in server.commands], ["EHLO", "QUIT"])


if __name__ == "__main__":
    peer.main()
