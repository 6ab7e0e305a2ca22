"""What the tests with real programs have in common.

Everything happens on loopback and within a time limit; every process is ended by its own id; ports
are free ones, so that tests can run side by side.
"""

import os
import pathlib
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

PATIENCE = 60  # seconds that nothing here may exceed
os.environ["PATH"] += ":/usr/sbin:/usr/local/sbin:/sbin"  # where Postfix lives


def need(name, package):
    """The path of another program; without it there is nothing to test."""
    path = shutil.which(name)
    if path is None:
        skip(f"{name} not found (Debian: {package})")
    return path


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def ours(name):
    """The path of one of our programs."""
    folder = os.environ.get("POSTEL_BIN")
    if folder is None:
        skip("POSTEL_BIN does not say where our programs are")
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        skip(f"{path} is not built")
    return path


SINK = ours("sink")
SEND_MAIL = ours("send_mail")


def run(*command, stdin=None, timeout=PATIENCE):
    """Runs a program to its end. Output is text, whatever octets are in it."""
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=timeout, encoding="latin-1")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.02)


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def stop(process):
    """Asks a process to end, and sees that it does. Its exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError(f"{process.args[0]} does not stop") from None


class Sink:
    """Our server with a maildir, for the length of a with block."""

    def __init__(self, *options, listen="127.0.0.1:0", discard=False, preexec=None):
        self.folder = tempfile.TemporaryDirectory(prefix="postel-sink-")
        self.maildir = pathlib.Path(self.folder.name, "mail")
        where = ["--discard"] if discard else ["--maildir", str(self.maildir)]
        self.command = [SINK, "--listen", listen, *where, *options]
        self.preexec = preexec

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True,
                                        preexec_fn=self.preexec)
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        line = self.process.stdout.readline() if ready else ""
        if not line.startswith("listening on "):
            self.__exit__()
            raise AssertionError(f"sink said: {line!r}")
        self.host, port = line.removeprefix("listening on ").rsplit(":", 1)
        self.port = int(port)
        return self

    def __exit__(self, *_):
        try:
            self.exit_code = stop(self.process)
        finally:
            self.process.stdout.close()
            self.folder.cleanup()

    def delivered(self):
        """The messages that are there, in the order in which they came."""
        # time.MmicrosecondsPpidQcount.host
        def count(path):
            return int(path.name.split("Q")[1].split(".")[0])

        return [path.read_bytes() for path in sorted((self.maildir / "new").iterdir(), key=count)]

    def unfinished(self):
        return list((self.maildir / "tmp").iterdir())


class Wire:
    """A client by hand."""

    def __init__(self, port, hello="EHLO client.example"):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.stream = self.socket.makefile("rb")
        self.greeting = self.reply()
        if hello:
            self.capabilities = self.ask(hello)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def ask(self, line):
        self.send(line.encode("latin-1") + b"\r\n")
        return self.reply()

    def ended(self):
        """The server has said something that was not asked for, or has closed its side."""
        return bool(select.select([self.socket], [], [], 0)[0])

    def is_reset(self):
        """Nobody is there any more to take what is sent."""
        try:
            self.send(b"x")
            return False
        except OSError:
            return True

    def reply(self):
        """All lines of one reply; empty if the connection has ended."""
        lines = []
        while True:
            line = self.stream.readline().decode("latin-1")
            if not line:
                return "".join(lines)
            lines.append(line)
            if line[3:4] != "-":
                return "".join(lines)


HEADER = b"From: <a@example.org>\r\nTo: <b@example.net>\r\nSubject: test\r\n\r\n"


def big(octets):
    """A message of base64-like lines, this long to the octet."""
    line = bytes(random.Random(1).choices(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh.", k=76)) + b"\r\n"
    body = octets - len(HEADER)
    whole, rest = divmod(body, len(line))
    if rest in (1, 2, 3):  # the last line is not to be a CR alone, or empty
        whole -= 1
        rest += len(line)
    last = b"x" * (rest - 2) + b"\r\n" if rest else b""
    return HEADER + line * whole + last


# Content in the form in which it is on the wire, dots not stuffed.
MESSAGES = {
    "plain": HEADER + b"hello\r\n",
    "only dots": b".\r\n..\r\n...\r\n.\r\n",
    "dots at line starts": HEADER + b".a\r\n..b\r\n.\r\n\r\n.\r\n",
    "8-bit": HEADER + "Grüße, 你好\r\n".encode() + bytes(range(128, 256)) + b"\r\n",
    "empty lines": b"\r\n\r\n\r\n",
    "50 MB": big(50_000_000),
}


class Case(unittest.TestCase):
    def assert_same(self, arrived, wanted):
        """Two lists of messages are equal; a failure shows the place and not 50 MB."""
        self.assertEqual([len(m) for m in arrived], [len(m) for m in wanted])
        for a, b in zip(arrived, wanted):
            if a != b:
                at = len(os.path.commonprefix([a, b]))
                self.assertEqual(a[max(0, at - 20):at + 20], b[max(0, at - 20):at + 20],
                                 f"at octet {at}")


def main():
    unittest.main(module="__main__", verbosity=2)
