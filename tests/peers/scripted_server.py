"""A server that says what a test tells it to say."""

import socket
import threading

import peer

CLOSE = object()  # ends the connection instead of answering
SILENCE = object()  # answers no more

USUAL = {
    "greeting": "220 scripted.example ESMTP",
    "EHLO": "250-scripted.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 1000000",
    "HELO": "250 scripted.example",
    "MAIL": "250 sender ok",
    "RCPT": "250 recipient ok",
    "DATA": "354 go ahead",
    "content": "250 taken",
    "RSET": "250 reset",
    "QUIT": "221 bye",
}


class ScriptedServer:
    """Serves one connection. An answer may be a list: one after the other, the last for ever."""

    def __init__(self, **answers):
        self.answers = USUAL | answers
        self.commands = []
        self.messages = []
        self.packets = 0

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(peer.PATIENCE)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.thread.join(peer.PATIENCE)

    def serve(self):
        try:
            self.connection, _ = self.listener.accept()
            with self.connection:
                self.connection.settimeout(peer.PATIENCE)
                self.converse(self.lines())
        except OSError:
            pass  # the client has left, and the test knows why

    def lines(self):
        rest = b""
        while True:
            while b"\r\n" in rest:
                line, rest = rest.split(b"\r\n", 1)
                yield line
            octets = self.connection.recv(65536)
            if not octets:
                return
            self.packets += 1
            rest += octets

    def converse(self, lines):
        if not self.answer("greeting"):
            return
        for line in lines:
            command = line.decode("latin-1")
            self.commands.append(command)
            verb = command.split(" ")[0].upper()
            if not self.answer(verb):
                return
            if verb == "DATA" and self.said.startswith("354") and not self.content(lines):
                return
            if verb == "QUIT":
                return

    def content(self, lines):
        message = b""
        for line in lines:
            if line == b".":
                self.messages.append(message)
                return self.answer("content")
            message += line.removeprefix(b".") + b"\r\n"
        return False

    def answer(self, to):
        what = self.answers[to]
        if isinstance(what, list):
            what = what.pop(0) if len(what) > 1 else what[0]
        if what is CLOSE:
            return False
        if what is SILENCE:
            self.answers = {verb: SILENCE for verb in USUAL}
            self.said = ""
            return True
        self.said = what
        self.connection.sendall(what.encode("latin-1") + b"\r\n")
        return True
