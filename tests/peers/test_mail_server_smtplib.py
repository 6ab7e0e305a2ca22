"""mail_server takes mail from Python's smtplib: TLS, AUTH, LMTP, SMTPUTF8, and many at once."""

import smtplib
import threading

import mail_server
import peer
from mail_server import MailServer


class Smtplib(peer.Case):
    def connect(self, server, kind=smtplib.SMTP, **more):
        return kind("127.0.0.1", server.port, local_hostname="client.example", **more)

    def send(self, client, message, to=("b@example.net",), options=()):
        return client.sendmail("a@example.org", list(to), message, options)

    def test_starttls_and_each_mechanism(self):
        with MailServer("--user", mail_server.USER, *mail_server.tls()) as server:
            for mechanism in ("plain", "login", "cram_md5"):
                with self.subTest(mechanism), self.connect(server) as client:
                    client.starttls(context=mail_server.trusting())
                    client.ehlo()
                    self.assertFalse(client.has_extn("starttls"))
                    client.user, client.password = mail_server.NAME, mail_server.PASSWORD
                    code, _ = client.auth(mechanism.replace("_", "-").upper(),
                                          getattr(client, "auth_" + mechanism))
                    self.assertEqual(code, 235)
                    self.assertEqual(self.send(client, peer.MESSAGES["only dots"]), {})
                    arrived = server.delivered()[-1]
                    self.assert_same([arrived.content], [peer.MESSAGES["only dots"]])
                    self.assertIn(" with ESMTPSA ", arrived.received)

    def test_before_tls_no_password_is_asked_for(self):
        with MailServer("--user", mail_server.USER, *mail_server.tls()) as server, \
                self.connect(server) as client:
            client.ehlo()
            self.assertEqual(client.esmtp_features["auth"].split(),
                             ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5"])
            self.assertEqual(client.docmd("AUTH", "PLAIN")[0], 504)

    def test_implicit_tls(self):
        with MailServer("--implicit-tls", *mail_server.tls()) as server, \
                self.connect(server, smtplib.SMTP_SSL, context=mail_server.trusting()) as client:
            for message in (peer.MESSAGES["plain"], peer.MESSAGES["50 MB"]):
                self.assertEqual(self.send(client, message), {})
                self.assert_same([server.contents()[-1]], [message])

    def test_smtputf8(self):
        with MailServer() as server, self.connect(server) as client:
            client.ehlo()
            client.sendmail("grüße@example.org", ["你好@example.net"], peer.MESSAGES["8-bit"],
                            ["SMTPUTF8", "BODY=8BITMIME"])
            arrived = server.delivered()[0]
            self.assertEqual((arrived.path, arrived.delivered_to),
                             ("<grüße@example.org>", ["你好@example.net"]))
            self.assertIn(" with UTF8SMTP ", arrived.received)
            self.assertIn(" for <你好@example.net>;", arrived.received)
            self.assert_same([arrived.content], [peer.MESSAGES["8-bit"]])

    def test_lmtp(self):
        with MailServer("--lmtp") as server, self.connect(server, smtplib.LMTP) as client:
            message = peer.HEADER + b"hello\r\n"
            # smtplib reads one reply behind the content: one recipient is what it can do.
            self.assertEqual(self.send(client, message), {})
            self.assert_same(server.contents(), [message])

    def test_some_recipients_refused(self):
        with MailServer("--refuse-rcpt", "n*@*", "--defer-rcpt", "later@*") as server, \
                self.connect(server) as client:
            refused = self.send(client, peer.HEADER, to=("b@example.net", "nobody@example.net",
                                                         "later@example.net"))
            self.assertEqual({who: reply[0] for who, reply in refused.items()},
                             {"nobody@example.net": 550, "later@example.net": 451})
            self.assertEqual(server.delivered()[0].delivered_to, ["b@example.net"])

    def test_many_at_once_in_several_threads(self):
        with MailServer("--threads", "4", *mail_server.tls()) as server:
            trouble = []

            def work(number):
                try:
                    with self.connect(server) as client:
                        if number % 2:
                            client.starttls(context=mail_server.trusting())
                        for i in range(10):
                            self.send(client, peer.HEADER + b"%d of %d\r\n" % (i, number))
                except Exception as why:  # told by the thread that waits
                    trouble.append(why)

            mail_server.Certificate.make()
            threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(peer.PATIENCE)
            self.assertEqual(trouble, [])
            self.assertEqual(sorted(server.contents()),
                             sorted(peer.HEADER + b"%d of %d\r\n" % (i, number)
                                    for i in range(10) for number in range(20)))
            self.assertEqual(server.unfinished(), [])


if __name__ == "__main__":
    peer.main()
