"""What mail_server does by itself: starting, stopping, crashing, the disk, odd peers, by hand."""

import base64
import pathlib
import re
import resource
import shutil
import signal
import socket
import tempfile
import threading
import time

import mail_server
import peer
from mail_server import MailServer
from peer import Wire

ENVELOPE = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\n"


def to_data(wire):
    wire.ask("MAIL FROM:<a@example.org>")
    wire.ask("RCPT TO:<b@example.net>")
    return wire.ask("DATA")


def send(wire, message):
    to_data(wire)
    wire.send(message + b".\r\n")
    return wire.reply()


class Starting(peer.Case):
    def refused(self, code, *options):
        done = peer.run(mail_server.PROGRAM, *options)
        self.assertEqual((done.returncode, done.stdout), (code, ""))
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("mail_server: "), done.stderr)
        return done.stderr

    def refused_with_folder(self, code, *options):
        with tempfile.TemporaryDirectory() as folder:
            return self.refused(code, "--listen", "127.0.0.1:0", "--maildir", folder, *options)

    def test_a_port_in_use(self):
        with MailServer() as server, tempfile.TemporaryDirectory() as folder:
            said = self.refused(71, "--listen", f"127.0.0.1:{server.port}", "--maildir", folder)
            self.assertIn(f"127.0.0.1:{server.port}: Address already in use", said)

    def test_a_maildir_that_cannot_be(self):
        with tempfile.NamedTemporaryFile() as file:
            said = self.refused(73, "--listen", "127.0.0.1:0", "--maildir", file.name)
            self.assertIn(file.name, said)

    def test_a_certificate_or_key_that_cannot_be_used(self):
        made = mail_server.Certificate.make()
        good, key = made.path("certificate"), made.path("key")
        said = self.refused_with_folder(66, "--tls-cert", "/no/such", "--tls-key", key)
        self.assertIn("/no/such", said)
        said = self.refused_with_folder(66, "--tls-cert", good, "--tls-key", "/no/such")
        self.assertIn("/no/such", said)
        self.refused_with_folder(66, "--tls-cert", good, "--tls-key", good)
        self.refused_with_folder(66, "--tls-cert", key, "--tls-key", key)

    def test_bad_usage(self):
        for options in (["--no-such-option"], ["--listen", "127.0.0.1"], ["--listen", "::1:25"],
                        ["--max-size", "-1"], ["--max-rcpt", "0"], ["--threads", "0"],
                        ["--threads", "many"], ["--timeout", "0"], ["--hostname", "two words"],
                        ["--user", "no-password"], ["--user", ":x"], ["--implicit-tls"],
                        ["--tls-cert", "x"], ["--tls-key", "x"], ["--allow-plaintext-auth"]):
            with self.subTest(options):
                self.refused_with_folder(64, *options)
        self.refused(64)

    def test_a_password_is_not_repeated_on_standard_error(self):
        self.assertNotIn("s3cret", self.refused_with_folder(64, "--user", ":s3cret"))

    def test_help_explains(self):
        done = peer.run(mail_server.PROGRAM, "--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for option in ("listen", "hostname", "maildir", "tls-cert", "tls-key", "implicit-tls",
                       "user", "allow-plaintext-auth", "refuse-rcpt", "defer-rcpt", "max-size", "max-rcpt",
                       "lmtp", "proxy-protocol", "xclient", "timeout", "threads", "transcript"):
            self.assertIn("--" + option, done.stdout)

    def test_several_addresses(self):
        with MailServer("--listen", "127.0.0.1:0") as server:
            other = server.process.stdout.readline().removeprefix("listening on ")
            with Wire(server.port) as one, Wire(int(other.rsplit(":", 1)[1])) as two:
                self.assertEqual(one.capabilities, two.capabilities)


class Stopping(peer.Case):
    def stopped_by(self, what, *options):
        with MailServer(*options) as server, Wire(server.port) as idle, Wire(server.port) as busy:
            to_data(busy)
            busy.send(b"half a mess")
            peer.wait_until(server.unfinished, "a file for the message")
            server.process.send_signal(what)
            for wire in (idle, busy):
                self.assertTrue(wire.reply().startswith("421 4.3.2 mx.example.net "))
                self.assertEqual(wire.reply(), "")
                wire.socket.close()
            self.assertEqual(server.process.wait(peer.PATIENCE), 0)
            self.assertEqual((server.delivered(), server.unfinished()), ([], []))

    def test_sigterm_says_421_to_sessions_in_progress(self):
        self.stopped_by(signal.SIGTERM, "--threads", "3")

    def test_sigint_says_421_to_sessions_in_progress(self):
        self.stopped_by(signal.SIGINT)

    def test_421_inside_tls(self):
        with MailServer("--implicit-tls", *mail_server.tls()) as server:
            plain = socket.create_connection(("127.0.0.1", server.port), timeout=peer.PATIENCE)
            with mail_server.trusting().wrap_socket(plain, server_hostname="localhost") as inside:
                self.assertTrue(inside.recv(1000).startswith(b"220 "))
                server.process.send_signal(signal.SIGTERM)
                self.assertTrue(inside.recv(1000).startswith(b"421 4.3.2 "))
                self.assertEqual(inside.recv(1000), b"")

    def test_clients_that_stay_do_not_keep_it_alive(self):
        with MailServer(*mail_server.tls()) as server, Wire(server.port), \
                Wire(server.port) as silent:
            silent.ask("STARTTLS")  # and no handshake
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(server.process.wait(peer.PATIENCE), 0)


class Crashing(peer.Case):
    """Whatever happens, a message that got its 250 is there, and whole."""

    def stream(self, port, name, accepted):
        """Sends messages without end, and notes which were accepted."""
        try:
            with Wire(port) as wire:
                for i in range(100000):
                    message = peer.HEADER + f"{name} {i}\r\n".encode() * 50
                    if not send(wire, message).startswith("250 "):
                        return
                    accepted.add(message)
        except OSError:
            return

    def test_kill_9_loses_nothing_that_was_accepted(self):
        # [S-5321-4.1.1.4-06][S-5321-6.1-01]
        for i in range(5):
            accepted = set()
            with MailServer("--threads", "2") as server:
                clients = [threading.Thread(target=self.stream, args=(server.port, name, accepted))
                           for name in "abcd"]
                for client in clients:
                    client.start()
                peer.wait_until(lambda: len(accepted) > 20 + 7 * i, "some messages")
                server.process.kill()
                server.process.wait()
                for client in clients:
                    client.join(peer.PATIENCE)
                contents = server.contents()
                self.assertEqual(accepted - set(contents), set())
                self.assertEqual(len(contents), len(set(contents)))


class Disk(peer.Case):
    def test_a_full_disk_gives_452_and_service_goes_on(self):
        def small_files():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

        with MailServer(preexec=small_files) as server, Wire(server.port) as wire:
            for size, code in ((200_000, "452 4.3.1 "), (50_000, "250 ")):
                self.assertTrue(send(wire, peer.big(size)).startswith(code))
            wire.send(ENVELOPE + b"BDAT 200000 LAST\r\n" + peer.big(200_000))
            self.assertEqual([wire.reply()[:4] for _ in range(3)], ["250 ", "250 ", "452 "])
            self.assert_same(server.contents(), [peer.big(50_000)])
            self.assertEqual(server.unfinished(), [])

    def test_a_maildir_that_went_away_gives_452_and_service_goes_on(self):
        with MailServer() as server, Wire(server.port) as wire:
            shutil.rmtree(server.maildir / "tmp")
            self.assertTrue(to_data(wire).startswith("452 4.3.1 "))
            (server.maildir / "tmp").mkdir()
            self.assertTrue(wire.ask("DATA").startswith("354 "))
            wire.send(b"hi\r\n.\r\n")
            self.assertTrue(wire.reply().startswith("250 "))
            self.assert_same(server.contents(), [b"hi\r\n"])


class Service(peer.Case):
    def test_what_is_offered(self):
        names = ["PIPELINING", "SIZE 1000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES",
                 "CHUNKING", "BINARYMIME", "DSN"]
        with MailServer("--max-size", "1000") as server, Wire(server.port) as wire:
            self.assertEqual(wire.capabilities.replace("250-", "250 ").split("\r\n250 ")[1:],
                             names[:-1] + ["DSN\r\n"])
        with MailServer("--max-rcpt", "3", "--xclient", "--user", mail_server.USER,
                        *mail_server.tls()) as server, Wire(server.port) as wire:
            for line in ("LIMITS RCPTMAX=3", "XCLIENT ", "STARTTLS",
                         "AUTH SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5\r"):
                self.assertIn(line, wire.capabilities)
            self.assertNotIn("REQUIRETLS", wire.capabilities)

    def test_limits(self):
        with MailServer("--max-size", "1000", "--max-rcpt", "2") as server, \
                Wire(server.port) as wire:
            self.assertTrue(wire.ask("MAIL FROM:<a@example.org> SIZE=1001").startswith("552 "))
            wire.ask("MAIL FROM:<>")
            codes = [wire.ask(f"RCPT TO:<{who}@example.net>")[:9] for who in "bcd"]
            self.assertEqual(codes, ["250 2.1.5", "250 2.1.5", "452 4.5.3"])
            wire.ask("RSET")
            for size, code in ((1001, "552 "), (1000, "250 ")):
                self.assertTrue(send(wire, peer.big(size)).startswith(code))
            self.assert_same(server.contents(), [peer.big(1000)])

    def test_chunks_and_binary(self):
        binary = peer.HEADER + bytes(range(256)) + b"\r\n.\r\n\n\r no line end"
        with MailServer() as server, Wire(server.port) as wire:
            wire.send(b"MAIL FROM:<> BODY=BINARYMIME\r\nRCPT TO:<Postmaster>\r\n"
                      b"BDAT 20\r\n" + binary[:20] + b"BDAT %d\r\n" % (len(binary) - 20) +
                      binary[20:] + b"BDAT 0 LAST\r\nNOOP\r\n")
            self.assertEqual([wire.reply()[:3] for _ in range(6)], ["250"] * 6)
            arrived = server.delivered()[0]
            self.assertEqual((arrived.path, arrived.delivered_to), ("<>", ["Postmaster"]))
            self.assert_same([arrived.content], [binary])

    def test_lmtp_with_chunks(self):
        with MailServer("--lmtp") as server, Wire(server.port, "LHLO client.example") as wire:
            wire.send(ENVELOPE + b"RCPT TO:<c@example.net>\r\nBDAT 4 LAST\r\nhi\r\nNOOP\r\n")
            self.assertEqual([wire.reply()[:3] for _ in range(6)], ["250"] * 6)
            self.assertIn(" with LMTP ", server.delivered()[0].received)
            self.assertEqual(len(server.contents()), 1)

    def test_a_loop_ends(self):
        with MailServer() as server, Wire(server.port) as wire:
            hop = b"Received: from a by b; Mon, 23 Nov 2026 10:00:00 +0000\r\n"
            self.assertTrue(send(wire, hop * 101 + peer.HEADER).startswith("554 5.4.6 "))
            self.assertTrue(send(wire, hop * 100 + peer.HEADER).startswith("250 "))
            self.assertEqual((len(server.contents()), server.unfinished()), (1, []))

    def test_a_lost_connection_leaves_nothing(self):
        with MailServer() as server:
            with Wire(server.port) as wire:
                to_data(wire)
                wire.send(b"a message\r\nwithout an end\r\n")
                peer.wait_until(server.unfinished, "a file for the message")
            peer.wait_until(lambda: not server.unfinished(), "the file is gone")
            self.assertEqual(server.delivered(), [])

    def test_a_client_that_ends_its_side_gets_all_replies(self):
        with MailServer() as server, Wire(server.port) as wire:
            wire.send(ENVELOPE + b"DATA\r\nhi\r\n.\r\n")
            wire.socket.shutdown(socket.SHUT_WR)
            self.assertEqual([wire.reply()[:3] for _ in range(5)], ["250", "250", "354", "250", ""])
            self.assert_same(server.contents(), [b"hi\r\n"])

    def test_a_client_that_reads_nothing_until_it_has_said_all(self):
        with MailServer() as server, Wire(server.port, hello=None) as wire:
            one = (b"MAIL FROM:<a@example.org>\r\n" + b"RCPT TO:<b@example.net>\r\n" * 900 +
                   b"DATA\r\nhi\r\n.\r\n")
            wire.send(b"EHLO client.example\r\n" + one * 10 + b"QUIT\r\n")
            said = wire.stream.read()
            self.assertEqual(said.count(b"\r\n354 "), 10)
            self.assertEqual(said.count(b"\r\n250 2.1.5 "), 9000)
            self.assertTrue(said.splitlines()[-1].startswith(b"221 "))
            self.assertEqual(server.contents(), [b"hi\r\n"] * 10)

    def test_a_client_that_never_reads_leaves_others_alone(self):
        with MailServer() as server, Wire(server.port) as deaf:
            deaf.socket.setblocking(False)
            try:
                while True:
                    deaf.socket.send(b"NOOP\r\n" * 1000)
            except OSError:
                pass  # full, or ended with 421
            with Wire(server.port) as wire:
                self.assertTrue(send(wire, peer.HEADER).startswith("250 "))


class Deadlines(peer.Case):
    def test_who_takes_too_long_gets_421(self):
        with MailServer("--timeout", "1") as server, Wire(server.port) as silent, \
                Wire(server.port) as slow, Wire(server.port) as busy:
            to_data(busy)
            busy.send(b"half a mess")
            peer.wait_until(server.unfinished, "a file for the message")
            end = time.monotonic() + 20
            slow.socket.settimeout(0.2)
            while time.monotonic() < end:  # an octet now and then is not a command
                try:
                    slow.send(b"N")
                    if slow.socket.recv(4) == b"421 ":
                        break
                except TimeoutError:
                    pass
            self.assertLess(time.monotonic(), end)
            for wire in (silent, busy):
                self.assertTrue(wire.reply().startswith("421 4.4.2 "))
                self.assertEqual(wire.reply(), "")
            peer.wait_until(lambda: not server.unfinished(), "the file is gone")

    def test_a_handshake_that_never_ends(self):
        with MailServer("--timeout", "1", *mail_server.tls()) as server, Wire(server.port) as wire:
            wire.ask("STARTTLS")
            self.assertEqual(wire.stream.read(), b"")
        with MailServer("--timeout", "1", "--implicit-tls", *mail_server.tls()) as server, \
                socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
            self.assertEqual(client.recv(100), b"")

    def test_who_keeps_going_is_not_interrupted(self):
        with MailServer("--timeout", "1") as server, Wire(server.port) as wire:
            to_data(wire)
            for _ in range(15):
                wire.send(b"line\r\n")
                time.sleep(0.1)
            wire.send(b".\r\n")
            self.assertTrue(wire.reply().startswith("250 "))


class Tls(peer.Case):
    def test_cleartext_behind_starttls_is_never_obeyed(self):
        with MailServer(*mail_server.tls()) as server, Wire(server.port) as wire:
            wire.send(b"STARTTLS\r\n" + ENVELOPE)
            said = wire.stream.read().decode()
            self.assertNotIn("250", said)
            self.assertNotIn("220 ", said)

    def test_cleartext_behind_the_220_is_never_obeyed(self):
        with MailServer(*mail_server.tls()) as server, Wire(server.port) as wire:
            self.assertTrue(wire.ask("STARTTLS").startswith("220 "))
            wire.send(b"EHLO evil.example\r\n" + ENVELOPE)
            try:
                said = wire.stream.read()
            except ConnectionResetError:
                said = b""
            self.assertNotIn(b"250", said)

    def test_nothing_from_before_the_handshake_counts(self):
        with MailServer("--user", mail_server.USER, "--allow-plaintext-auth",
                        *mail_server.tls()) as server, Wire(server.port) as wire:
            plain = base64.b64encode(f"\0{mail_server.NAME}\0{mail_server.PASSWORD}".encode())
            self.assertTrue(wire.ask("AUTH PLAIN " + plain.decode()).startswith("235 "))
            wire.ask("STARTTLS")
            with mail_server.trusting().wrap_socket(wire.socket,
                                                    server_hostname="localhost") as inside:
                def ask(line):
                    inside.sendall(line + b"\r\n")
                    return inside.recv(10000)

                self.assertTrue(ask(b"MAIL FROM:<a@example.org>").startswith(b"503 "))
                hello = ask(b"EHLO client.example")
                self.assertNotIn(b"STARTTLS", hello)
                self.assertIn(b"REQUIRETLS", hello)
                self.assertIn(b" SCRAM-SHA-256-PLUS ", hello)
                for line in (b"MAIL FROM:<a@example.org> REQUIRETLS", b"RCPT TO:<b@example.net>"):
                    self.assertTrue(ask(line).startswith(b"250 "))
                self.assertTrue(ask(b"DATA").startswith(b"354 "))
                self.assertTrue(ask(b"hi\r\n.").startswith(b"250 "))
                self.assertIn(" with ESMTPS ", server.delivered()[0].received)

    def test_a_client_that_speaks_no_tls_is_dropped(self):
        with MailServer("--implicit-tls", *mail_server.tls()) as server:
            with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
                client.sendall(b"EHLO client.example\r\n")
                try:
                    said = client.recv(1000)
                except ConnectionResetError:
                    said = b""
                self.assertNotIn(b"220", said)


class Front(peer.Case):
    """Who the client is, when somebody in front of us knows."""

    def greeted(self, server, header):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
            client.sendall(header)
            try:
                return client.recv(1000)
            except ConnectionResetError:
                return b""

    def test_proxy_headers(self):
        v2 = b"\r\n\r\n\0\r\nQUIT\n"
        with MailServer("--proxy-protocol") as server:
            for good in (b"PROXY UNKNOWN\r\n", b"PROXY TCP4 192.0.2.1 192.0.2.2 1 25\r\n",
                         b"PROXY TCP6 2001:db8::1 2001:db8::2 1 25\r\n", v2 + b"\x20\0\0\0"):
                self.assertTrue(self.greeted(server, good).startswith(b"220 "), good)
            for bad in (b"EHLO client.example\r\n", b"PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
                        b"\x16\x03\x01", v2 + b"\x31\0\0\0"):
                self.assertEqual(self.greeted(server, bad), b"", bad)

    def test_a_proxy_header_that_never_ends_has_five_seconds(self):
        with MailServer("--proxy-protocol") as server:
            began = time.monotonic()
            self.assertEqual(self.greeted(server, b"PROXY "), b"")
            self.assertGreater(time.monotonic() - began, 4)

    def test_xclient(self):
        with MailServer("--xclient") as server, Wire(server.port) as wire:
            said = wire.ask("XCLIENT ADDR=IPV6:2001:db8::7 NAME=[UNAVAILABLE] LOGIN=bob")
            self.assertTrue(said.startswith("220 "), said)
            self.assertTrue(wire.ask("MAIL FROM:<>").startswith("503 "))
            wire.ask("EHLO behind.example")
            send(wire, peer.HEADER)
            self.assertIn("from behind.example ([IPv6:2001:db8::7]) by mx.example.net with ESMTPA",
                          server.delivered()[0].received)


class Transcript(peer.Case):
    def test_it_shows_lines_and_neither_content_nor_secrets(self):
        user = "NameOfUser:VerySecretPass"
        name, password = (text.encode() for text in user.split(":"))
        plain = base64.b64encode(b"\0" + name + b"\0" + password).decode()
        with MailServer("--transcript", "--user", user, "--allow-plaintext-auth") as server:
            with Wire(server.port) as wire:
                wire.ask("AUTH PLAIN " + plain)
                wire.send(ENVELOPE + b"DATA\r\n")
                for _ in range(3):
                    wire.reply()
                wire.send(b"content\r\n.\r\nNOOP shown\r\n")
                wire.send(ENVELOPE + b"BDAT 11\r\ncontent\r\nQUBDAT 7 LAST\r\nIT\r\n.\r\nQUIT\r\n")
                wire.stream.read()
            with Wire(server.port) as wire:
                for word in (b"", name, password + b"!"):
                    wire.ask(base64.b64encode(word).decode() if word else "AUTH LOGIN")
                wire.ask("AUTH PLAIN")
                wire.ask(plain[:-4] + "====")
                wire.ask("AUTH NONSENSE " + plain)
                wire.ask(plain)
            peer.wait_until(lambda: "NONSENSE" in server.stderr(), "the transcript")
            said = server.stderr()
        for line in ("S: 220 mx.example.net ESMTP", "C: EHLO client.example",
                     "C: AUTH PLAIN (hidden)", "S: 235 2.7.0 authentication successful",
                     "C: MAIL FROM:<a@example.org>", "S: 354 end data with <CR><LF>.<CR><LF>",
                     "C: (9 octets of content)", "C: .", "C: NOOP shown", "C: BDAT 11", "C: BDAT 7 LAST",
                     "C: QUIT", "C: AUTH LOGIN", "S: 334 (hidden)", "C: (hidden)"):
            self.assertIn(line + "\n", said)
        self.assertEqual([line for line in said.splitlines() if not re.match("[CS]: ", line)], [])
        for word in (name, password, plain.encode(), base64.b64encode(name),
                     base64.b64encode(password)[:-4], b"content\n", b" IT\n"):
            self.assertNotIn(word.decode(), said)


class Idle(peer.Case):
    WANTED = 5000

    def test_5000_idle_connections_cost_little_and_others_are_served(self):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        if most != resource.RLIM_INFINITY and most < self.WANTED + 100:
            self.skipTest(f"only {most} descriptors")
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, before)

        def resident(pid):
            return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096

        with MailServer("--threads", "2") as server:
            with Wire(server.port) as wire:
                send(wire, peer.HEADER)
            start = resident(server.process.pid)
            idle = []
            for _ in range(self.WANTED):
                s = socket.create_connection(("127.0.0.1", server.port), timeout=peer.PATIENCE)
                idle.append(s)
                self.addCleanup(s.close)
            for s in idle:
                self.assertEqual(s.recv(1000), b"220 mx.example.net ESMTP\r\n")
            each = (resident(server.process.pid) - start) / len(idle)
            self.assertLess(each, 6144)
            with Wire(server.port) as wire:
                self.assertTrue(send(wire, peer.HEADER).startswith("250 "))
            server.process.send_signal(signal.SIGTERM)
            for s in idle:
                self.assertIn(b"421 4.3.2 ", s.recv(1000))
                s.close()
            self.assertEqual(server.process.wait(peer.PATIENCE), 0)


if __name__ == "__main__":
    peer.main()
