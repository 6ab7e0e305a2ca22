"""Python's aiosmtpd for the length of a with block."""

import os
import pathlib
import select
import subprocess
import sys
import tempfile

import peer


def python_that_has_it():
    for python in (sys.executable, "/usr/bin/python3"):
        if os.path.exists(python) and peer.run(python, "-c", "import aiosmtpd").returncode == 0:
            return python
    peer.skip("aiosmtpd not found (Debian: python3-aiosmtpd)")


PYTHON = python_that_has_it()

# Arguments: folder for messages, then name=value for what is to be on.
SERVER = """
import pathlib, ssl, sys
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

folder, wanted = pathlib.Path(sys.argv[1]), dict(word.split("=", 1) for word in sys.argv[2:])


class Handler:
    count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        tls = server.transport.get_extra_info("sslcontext") is not None
        about = [str(tls), str(session.authenticated), *envelope.rcpt_tos]
        (folder / f"{self.count:04}").write_bytes(
            " ".join(about).encode() + b"\\r\\n" + envelope.original_content)
        return "250 taken"


def authenticate(server, session, envelope, mechanism, who):
    good = [who.login.decode(), who.password.decode()] == wanted["user"].split(":", 1)
    return AuthResult(success=good, handled=False)


def context():
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(wanted["certificate"], wanted["key"])
    return made


options = dict(data_size_limit=None)
if "user" in wanted:
    options |= dict(authenticator=authenticate, auth_required=True)
    options |= dict(auth_require_tls="starttls" in wanted)
if "starttls" in wanted:
    options |= dict(tls_context=context(), require_starttls=True)


secure = context() if "implicit" in wanted else None
controller = Controller(Handler(), hostname="127.0.0.1", port=int(wanted["port"]),
                        ssl_context=secure, **options)
controller.start()
print("ready", flush=True)
sys.stdin.read()
controller.stop()
"""


class Aiosmtpd:
    def __init__(self, **wanted):
        self.wanted = wanted

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="postel-aiosmtpd-")
        for _ in range(5):  # somebody may take the port before it does
            self.port = peer.free_port()
            wanted = self.wanted | {"port": self.port}
            words = [f"{name}={value}" for name, value in wanted.items()]
            self.process = subprocess.Popen(
                [PYTHON, "-c", SERVER, self.folder.name, *words], text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            ready, _, _ = select.select([self.process.stdout], [], [], peer.PATIENCE)
            if ready and self.process.stdout.readline() == "ready\n":
                return self
            said = self.end()
        raise AssertionError(f"aiosmtpd does not start: {said}")

    def __exit__(self, *_):
        self.end()
        self.folder.cleanup()

    def end(self):
        try:
            return self.process.communicate(timeout=peer.PATIENCE)[1]
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.communicate()[1]

    def delivered(self):
        """Of each message: over TLS or not, authenticated or not, to whom, and the content."""
        messages = []
        for path in sorted(pathlib.Path(self.folder.name).iterdir()):
            about, content = path.read_bytes().split(b"\r\n", 1)
            tls, authenticated, *to = about.decode().split(" ")
            messages.append((tls == "True", authenticated == "True", to, content))
        return messages
