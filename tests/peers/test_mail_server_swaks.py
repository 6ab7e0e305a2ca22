"""mail_server takes mail from swaks: TLS, each AUTH, pipelined, LMTP, PROXY headers, XCLIENT."""

import re
import unittest

import mail_server
import peer
from mail_server import MailServer

SWAKS = peer.need("swaks", "swaks")
MESSAGE = peer.HEADER + b"hello\r\n"
ADDRESSES = ("--proxy-source", "192.0.2.7", "--proxy-source-port", "4711",
             "--proxy-dest", "192.0.2.8", "--proxy-dest-port", "25")
PROXY_1 = ("--proxy-version", "1", "--proxy-family", "TCP4", *ADDRESSES)
PROXY_2 = ("--proxy-version", "2", "--proxy-family", "AF_INET", "--proxy-protocol", "STREAM",
           "--proxy-command", "PROXY", *ADDRESSES)


TLS = "TLS supported" in peer.run(SWAKS, "--support").stdout
NO_TLS = "swaks without TLS (Debian: libnet-ssleay-perl)"


class Swaks(peer.Case):
    def send(self, server, *options, to="b@example.net,c@example.net"):
        # What swaks makes of the data by itself: it adds a line end and the end of data.
        return peer.run(SWAKS, "--server", f"127.0.0.1:{server.port}", "--helo", "client.example",
                        "--from", "a@example.org", "--to", to,
                        "--data", MESSAGE.decode().removesuffix("\r\n"), *options)

    def arrives(self, server, *options, received, **more):
        done = self.send(server, *options, **more)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        arrived = server.delivered()[-1]
        self.assert_same([arrived.content], [MESSAGE])
        self.assertRegex(arrived.received, received)
        return done.stdout

    @unittest.skipUnless(TLS, NO_TLS)
    def test_tls(self):
        with MailServer(*mail_server.tls()) as server:
            self.arrives(server, "--tls", received="with ESMTPS ")
        with MailServer("--implicit-tls", *mail_server.tls()) as server:
            self.arrives(server, "--tls-on-connect", received="with ESMTPS ")

    @unittest.skipUnless(TLS, NO_TLS)
    def test_each_mechanism(self):
        with MailServer("--user", mail_server.USER, *mail_server.tls()) as server:
            for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5"):
                with self.subTest(mechanism):
                    login = ("--auth", mechanism, "--auth-user", mail_server.NAME)
                    self.arrives(server, "--tls", *login, "--auth-password", mail_server.PASSWORD,
                                 received="with ESMTPSA ")
                    done = self.send(server, "--tls", *login, "--auth-password", "wrong")
                    self.assertEqual(done.returncode, 28)  # no authentication
                    self.assertIn("535 5.7.8 ", done.stdout)

    def test_pipelined(self):
        with MailServer() as server:
            self.arrives(server, "--pipeline", received="with ESMTP ")

    def test_lmtp_answers_for_each_recipient(self):
        with MailServer("--lmtp", "--refuse-rcpt", "c@*") as server:
            said = self.arrives(server, "--protocol", "LMTP", received="with LMTP ",
                                to="b@example.net,c@example.net,d@example.net")
            self.assertEqual(said.count("550 5.1.1 no mailbox c@example.net here"), 1)
            self.assertEqual(len(re.findall("250 2.0.0 taken as", said)), 2)
            self.assertEqual([m.delivered_to for m in server.delivered()],
                             [["b@example.net", "d@example.net"]])

    def test_proxy_headers_of_both_versions(self):
        with MailServer("--proxy-protocol") as server:
            for header in (PROXY_1, PROXY_2):
                self.arrives(server, *header,
                             received=r"client\.example \(\[192\.0\.2\.7\]\) ")

    @unittest.skipUnless(TLS, NO_TLS)
    def test_a_proxy_header_before_tls(self):
        with MailServer("--proxy-protocol", "--implicit-tls", *mail_server.tls()) as server:
            self.arrives(server, *PROXY_1, "--tls-on-connect",
                         received=r"\(\[192\.0\.2\.7\]\) by mx\.example\.net with ESMTPS ")

    def test_a_missing_or_an_unexpected_proxy_header(self):
        with MailServer("--proxy-protocol") as server:
            self.assertNotEqual(self.send(server, "--timeout", "10").returncode, 0)
            self.assertEqual(server.contents(), [])
        with MailServer() as server:
            done = self.send(server, *PROXY_1)
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(server.contents(), [])

    def test_xclient(self):
        who = ("--xclient-addr", "198.51.100.3", "--xclient-name", "gate.example.com")
        with MailServer("--xclient") as server:
            self.arrives(server, *who, received=r"\(gate\.example\.com \[198\.51\.100\.3\]\) by ")
        with MailServer() as server:
            self.assertNotEqual(self.send(server, *who).returncode, 0)
            self.assertEqual(server.contents(), [])

    def test_refused_and_deferred_recipients(self):
        with MailServer("--refuse-rcpt", "*@bad.example", "--refuse-rcpt", "nobody@*",
                        "--defer-rcpt", "later@*") as server:
            for to, code in (("x@bad.example", "550 5.1.1 no mailbox x@bad.example here"),
                             ("Nobody@BAD.example", "550 5.1.1 "), ("nobody@x.example", "550 "),
                             ("later@x.example", "451 4.7.1 ")):
                self.assertIn("<** " + code, self.send(server, to=to).stdout)
            self.assertEqual(server.contents(), [])
            self.arrives(server, received="with ESMTP ")


if __name__ == "__main__":
    peer.main()
