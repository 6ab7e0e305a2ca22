"""What sink does as a server: limits, the end, trouble with the disk, and odd peers, by hand."""

import os
import pathlib
import resource
import shutil
import signal
import socket
import struct
import tempfile
import time

import peer


def to_data(wire):
    wire.ask("MAIL FROM:<a@example.org>")
    wire.ask("RCPT TO:<b@example.net>")
    return wire.ask("DATA")


class Stopping(peer.Case):
    def stopped_by(self, what):
        with peer.Sink() as sink, peer.Wire(sink.port) as idle, peer.Wire(sink.port) as busy:
            to_data(busy)
            busy.send(b"half a mess")
            peer.wait_until(sink.unfinished, "a file for the message")
            sink.process.send_signal(what)
            self.assertTrue(idle.reply().startswith("421 4.3.2 "))
            self.assertEqual(idle.reply(), "")
            self.assertTrue(busy.reply().startswith("421 4.3.2 "))
            self.assertEqual(busy.reply(), "")
            idle.socket.close()
            self.assertEqual((sink.delivered(), sink.unfinished()), ([], []))
        self.assertEqual(sink.exit_code, 0)

    def test_sigterm_says_421_to_sessions_in_progress(self):
        self.stopped_by(signal.SIGTERM)

    def test_sigint_says_421_to_sessions_in_progress(self):
        self.stopped_by(signal.SIGINT)

    def test_a_peer_that_stays_does_not_keep_it_alive(self):
        with peer.Sink() as sink, peer.Wire(sink.port):
            sink.process.send_signal(signal.SIGTERM)
            self.assertEqual(sink.process.wait(peer.PATIENCE), 0)


class Starting(peer.Case):
    def refused(self, code, *options):
        done = peer.run(peer.SINK, *options)
        self.assertEqual((done.returncode, done.stdout), (code, ""))
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("sink: "), done.stderr)
        return done.stderr

    def test_a_port_in_use(self):
        with peer.Sink() as sink:
            said = self.refused(71, "--listen", f"127.0.0.1:{sink.port}")
            self.assertIn(f"127.0.0.1:{sink.port}: Address already in use", said)

    def test_a_maildir_that_cannot_be(self):
        with tempfile.NamedTemporaryFile() as file:
            said = self.refused(73, "--listen", "127.0.0.1:0", "--maildir", file.name)
            self.assertIn(file.name, said)

    def test_bad_usage(self):
        self.refused(64, "--no-such-option")
        self.refused(64, "--listen", "127.0.0.1")
        self.refused(64, "--listen", "::1:25")
        self.refused(64, "--max-size", "-1")
        self.refused(64, "--hostname", "two words")
        self.refused(64, "--discard", "--maildir", "x")

    def test_help_explains(self):
        done = peer.run(peer.SINK, "--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for option in ("--listen", "--discard", "--maildir", "--hostname", "--max-size", "--lmtp"):
            self.assertIn(option, done.stdout)


class Options(peer.Case):
    def test_hostname(self):
        with peer.Sink("--hostname", "mx.example.org") as sink, peer.Wire(sink.port) as wire:
            self.assertTrue(wire.greeting.startswith("220 mx.example.org "))
            self.assertTrue(wire.capabilities.startswith("250-mx.example.org\r\n"))

    def test_max_size(self):
        with peer.Sink("--max-size", "1000") as sink, peer.Wire(sink.port) as wire:
            self.assertIn("SIZE 1000\r\n", wire.capabilities)
            self.assertTrue(wire.ask("MAIL FROM:<a@example.org> SIZE=1001").startswith("552 "))
            for size, code in ((1001, "552 "), (1000, "250 ")):
                self.assertTrue(to_data(wire).startswith("354 "))
                wire.send(peer.big(size) + b".\r\n")
                self.assertTrue(wire.reply().startswith(code))
            self.assert_same(sink.delivered(), [peer.big(1000)])

    def test_discard(self):
        with peer.Sink(discard=True) as sink, peer.Wire(sink.port) as wire:
            to_data(wire)
            wire.send(b"hi\r\n.\r\n")
            self.assertTrue(wire.reply().startswith("250 "))
            self.assertEqual(os.listdir(sink.folder.name), [])

    def test_ipv6(self):
        if not socket.has_ipv6 or not pathlib.Path("/proc/net/if_inet6").exists():
            self.skipTest("no IPv6 here")
        with peer.Sink(listen="[::1]:0") as sink:
            self.assertEqual(sink.host, "[::1]")
            with socket.create_connection(("::1", sink.port), timeout=peer.PATIENCE) as s:
                self.assertEqual(s.recv(4), b"220 ")


class Timeouts(peer.Case):
    def test_whoever_is_idle_for_too_long_gets_421_and_is_disconnected(self):
        with peer.Sink("--timeout", "1") as sink, peer.Wire(sink.port) as idle, \
                peer.Wire(sink.port) as drips, peer.Wire(sink.port) as works:
            to_data(idle)
            for _ in range(6):
                self.assertTrue(works.ask("NOOP").startswith("250 "))
                if not drips.ended():
                    drips.send(b"N")  # half a command, for ever
                time.sleep(0.3)
            for wire in (idle, drips):
                self.assertTrue(wire.reply().startswith("421 4.4.2 "))
                self.assertEqual(wire.reply(), "")
            self.assertTrue(works.ask("QUIT").startswith("221 "))
            self.assertEqual((sink.delivered(), sink.unfinished()), ([], []))

    def test_a_peer_that_stays_after_421_is_disconnected(self):
        with peer.Sink("--timeout", "1") as sink, peer.Wire(sink.port) as wire:
            self.assertTrue(wire.reply().startswith("421 4.4.2 "))
            peer.wait_until(lambda: wire.is_reset(), "the connection is closed")


class Disk(peer.Case):
    def test_a_full_disk_gives_452_and_service_goes_on(self):
        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

        with peer.Sink(preexec=small_files) as sink, peer.Wire(sink.port) as wire:
            for size, code in ((200_000, "452 4.3.1 "), (50_000, "250 ")):
                to_data(wire)
                wire.send(peer.big(size) + b".\r\n")
                self.assertTrue(wire.reply().startswith(code))
            self.assert_same(sink.delivered(), [peer.big(50_000)])
            self.assertEqual(sink.unfinished(), [])

    def test_a_maildir_that_went_away_gives_452_and_service_goes_on(self):
        with peer.Sink() as sink, peer.Wire(sink.port) as wire:
            shutil.rmtree(sink.maildir / "tmp")
            self.assertTrue(to_data(wire).startswith("452 4.3.1 "))
            (sink.maildir / "tmp").mkdir()
            self.assertTrue(wire.ask("DATA").startswith("354 "))
            wire.send(b"hi\r\n.\r\n")
            self.assertTrue(wire.reply().startswith("250 "))
            self.assert_same(sink.delivered(), [b"hi\r\n"])


class Peers(peer.Case):
    def test_a_lost_connection_leaves_nothing(self):
        with peer.Sink() as sink:
            with peer.Wire(sink.port) as wire:
                to_data(wire)
                wire.send(b"a message\r\nwithout an end\r\n")
                peer.wait_until(sink.unfinished, "a file for the message")
            peer.wait_until(lambda: not sink.unfinished(), "the file is gone")
            self.assertEqual(sink.delivered(), [])

    def test_a_peer_that_ends_its_side_gets_all_replies(self):
        with peer.Sink() as sink, peer.Wire(sink.port) as wire:
            wire.send(b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\nhi\r\n.\r\n")
            wire.socket.shutdown(socket.SHUT_WR)
            codes = [wire.reply()[:3] for _ in range(5)]
            self.assertEqual(codes, ["250", "250", "354", "250", ""])
            self.assert_same(sink.delivered(), [b"hi\r\n"])

    def test_a_peer_that_reads_nothing_until_it_has_said_all(self):
        with peer.Sink() as sink, peer.Wire(sink.port, hello=None) as wire:
            one = (b"MAIL FROM:<a@example.org>\r\n" + b"RCPT TO:<b@example.net>\r\n" * 900 +
                   b"DATA\r\nhi\r\n.\r\n")
            wire.send(b"EHLO client.example\r\n" + one * 10 + b"QUIT\r\n")
            said = wire.stream.read()
            self.assertEqual(said.count(b"\r\n354 "), 10)
            self.assertEqual(said.count(b"\r\n250 2.1.5 "), 9000)
            self.assertTrue(said.splitlines()[-1].startswith(b"221 "))
            self.assertEqual(sink.delivered(), [b"hi\r\n"] * 10)

    def test_a_peer_that_never_reads_and_resets_ends_its_own_session_only(self):
        with peer.Sink() as sink:
            with peer.Wire(sink.port) as wire:
                wire.socket.settimeout(1)
                with self.assertRaises(OSError):
                    while True:
                        wire.send(b"NOOP\r\nRSET\r\n" + b"MAIL FROM:<a@example.org>\r\n" +
                                  b"RCPT TO:<b@example.net>\r\n" * 900 + b"DATA\r\n.\r\n")
                wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack("ii", 1, 0))
                wire.stream.close()
                wire.socket.close()
            with peer.Wire(sink.port) as wire:
                wire.send(b"QUIT\r\n")
                self.assertTrue(wire.reply().startswith("221 "))

    def test_idle_connections_cost_little(self):
        def resident(pid):
            return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096

        with peer.Sink(discard=True) as sink:
            before = resident(sink.process.pid)
            wires = [peer.Wire(sink.port) for _ in range(400)]
            each = (resident(sink.process.pid) - before) / len(wires)
            for wire in wires:
                wire.__exit__()
            self.assertLess(each, 2048)


if __name__ == "__main__":
    peer.main()
