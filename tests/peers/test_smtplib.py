"""sink takes mail from Python's smtplib, octet for octet."""

import smtplib

import peer


class Smtplib(peer.Case):
    def test_every_message_arrives_as_it_was_sent(self):
        for name, message in peer.MESSAGES.items():
            with self.subTest(name), peer.Sink() as sink:
                with smtplib.SMTP("127.0.0.1", sink.port, timeout=peer.PATIENCE) as client:
                    refused = client.sendmail("a@example.org", ["b@example.net", "c@example.net"],
                                              message, mail_options=["BODY=8BITMIME"])
                self.assertEqual(refused, {})
                self.assert_same(sink.delivered(), [message])
                self.assertEqual(sink.unfinished(), [])

    def test_a_message_of_no_octets_at_all(self):
        # sendmail() sends a line end even then, so this is by hand.
        with peer.Sink() as sink:
            with smtplib.SMTP("127.0.0.1", sink.port, timeout=peer.PATIENCE) as client:
                client.ehlo()
                client.mail("a@example.org")
                client.rcpt("b@example.net")
                self.assertEqual(client.docmd("DATA")[0], 354)
                client.send(b".\r\n")
                self.assertEqual(client.getreply()[0], 250)
            self.assert_same(sink.delivered(), [b""])

    def test_many_messages_on_one_connection(self):
        wanted = [peer.HEADER + b"number %d\r\n" % i for i in range(200)]
        with peer.Sink() as sink:
            with smtplib.SMTP("127.0.0.1", sink.port, timeout=peer.PATIENCE) as client:
                for message in wanted:
                    client.sendmail("a@example.org", "b@example.net", message)
            self.assert_same(sink.delivered(), wanted)

    def test_smtputf8(self):
        with peer.Sink() as sink:
            with smtplib.SMTP("127.0.0.1", sink.port, timeout=peer.PATIENCE) as client:
                client.ehlo()
                client.sendmail("jürgen@example.org", "用户@例子.example", "Subject: x\n\nhi\n",
                                mail_options=["SMTPUTF8", "BODY=8BITMIME"])
            self.assert_same(sink.delivered(), [b"Subject: x\r\n\r\nhi\r\n"])

    def test_lmtp_files_one_message_and_answers_for_each_recipient(self):
        with peer.Sink("--lmtp") as sink:
            with smtplib.LMTP("127.0.0.1", sink.port) as client:
                client.ehlo()  # says LHLO
                client.mail("a@example.org")
                client.rcpt("b@example.net")
                client.rcpt("c@example.net")
                self.assertEqual(client.data(b"hi\r\n")[0], 250)
                self.assertEqual(client.getreply()[0], 250)
            self.assert_same(sink.delivered(), [b"hi\r\n"])


if __name__ == "__main__":
    peer.main()
