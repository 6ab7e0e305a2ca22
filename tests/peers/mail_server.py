"""mail_server for the length of a with block, and what its tests share."""

import collections
import os
import pathlib
import re
import select
import signal
import ssl
import subprocess
import tempfile

import peer

PROGRAM = peer.ours("mail_server")
USER = "ann:s3cret pass:word"  # a password may have colons and spaces
NAME, PASSWORD = USER.split(":", 1)

ADDED = re.compile(rb"Return-Path: (<[^\r]*>)\r\n"
                   rb"((?:Delivered-To: [^\r]+\r\n)+)"
                   rb"(Received: [^\r]+\r\n(?:[ \t][^\r]+\r\n)*)")
Message = collections.namedtuple("Message", "path delivered_to received content")


class Certificate:
    """A self-signed one for localhost, made once for each test program."""
    folder = None

    @classmethod
    def make(cls):
        if cls.folder is None:
            openssl = peer.need("openssl", "openssl")
            cls.folder = tempfile.TemporaryDirectory(prefix="postel-certificate-")
            done = peer.run(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt",
                            "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                            "-keyout", cls.path("key"), "-out", cls.path("certificate"),
                            "-subj", "/CN=localhost",
                            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
            if done.returncode != 0:
                raise AssertionError(done.stderr)
        return cls

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder.name, name)


def tls():
    """The options that turn TLS on."""
    made = Certificate.make()
    return ["--tls-cert", made.path("certificate"), "--tls-key", made.path("key")]


def trusting():
    """A client's idea of TLS: our certificate and no other."""
    return ssl.create_default_context(cafile=Certificate.make().path("certificate"))


class MailServer:
    def __init__(self, *options, preexec=None):
        self.folder = tempfile.TemporaryDirectory(prefix="postel-mail-server-")
        self.maildir = pathlib.Path(self.folder.name, "mail")
        self.said = open(os.path.join(self.folder.name, "stderr"), "w+b")
        self.command = [PROGRAM, "--listen", "127.0.0.1:0", "--hostname", "mx.example.net",
                        "--maildir", str(self.maildir), *options]
        self.preexec = preexec

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=self.said,
                                        text=True, preexec_fn=self.preexec)
        ready, _, _ = select.select([self.process.stdout], [], [], peer.PATIENCE)
        line = self.process.stdout.readline() if ready else ""
        if not line.startswith("listening on "):
            trouble = AssertionError(f"mail_server said: {line!r} {self.stderr()!r}")
            self.__exit__(trouble)
            raise trouble
        self.port = int(line.rsplit(":", 1)[1])
        return self

    def __exit__(self, trouble=None, *_):
        try:
            exit_code = peer.stop(self.process)
            if trouble is None and exit_code not in (0, -signal.SIGKILL):
                raise AssertionError(f"mail_server ended with {exit_code}: {self.stderr()}")
        finally:
            self.process.stdout.close()
            self.said.close()
            self.folder.cleanup()

    def stderr(self):
        self.said.seek(0)
        return self.said.read().decode("latin-1")

    def delivered(self):
        """The messages that are there, in the order in which their delivery began."""
        def count(path):
            return int(path.name.split("Q")[1].split(".")[0])

        return [self.read(path) for path in sorted((self.maildir / "new").iterdir(), key=count)]

    @staticmethod
    def read(path):
        octets = path.read_bytes()
        added = ADDED.match(octets)
        if added is None:
            raise AssertionError(f"no lines of ours: {octets[:500]!r}")
        to = [line.removeprefix("Delivered-To: ")
              for line in added[2].decode().splitlines()]
        return Message(added[1].decode(), to, added[3].decode().replace("\r\n ", " "),
                       octets[added.end():])

    def contents(self):
        return [message.content for message in self.delivered()]

    def unfinished(self):
        return list((self.maildir / "tmp").iterdir())
