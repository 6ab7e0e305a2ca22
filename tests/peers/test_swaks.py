"""sink takes mail from swaks, octet for octet."""

import pathlib
import re
import tempfile

import peer

SWAKS = peer.need("swaks", "swaks")


class Swaks(peer.Case):
    def send(self, sink, message, *options):
        with tempfile.NamedTemporaryFile() as file:
            pathlib.Path(file.name).write_bytes(message)
            return peer.run(SWAKS, "--server", f"127.0.0.1:{sink.port}", "--helo", "client.example",
                            "--from", "a@example.org", "--to", "b@example.net,c@example.net",
                            "--data", f"@{file.name}", "--suppress-data", *options)

    # What swaks makes of a file by itself: it adds a line end and the end of data.
    def test_ordinary_messages_arrive_as_they_were_sent(self):
        for name in ("plain", "8-bit", "50 MB"):
            message = peer.MESSAGES[name]
            with self.subTest(name), peer.Sink() as sink:
                done = self.send(sink, message.removesuffix(b"\r\n"))
                self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
                self.assert_same(sink.delivered(), [message])
                self.assertEqual(sink.unfinished(), [])

    # Its dots and empty lines at the end get lost, so these are written out as they go on the wire.
    def test_odd_messages_arrive_as_they_were_sent(self):
        for name in ("empty", "only dots", "dots at line starts", "empty lines"):
            message = peer.MESSAGES.get(name, b"")
            stuffed = re.sub(rb"^\.", b"..", message, flags=re.MULTILINE) + b"."
            if not message:
                stuffed += b"\r\n"  # "." alone means swaks's own message; this is one line more
            with self.subTest(name), peer.Sink() as sink:
                done = self.send(sink, stuffed, "--no-data-fixup")
                self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
                self.assert_same(sink.delivered(), [message])

    def test_pipelined(self):
        with peer.Sink() as sink:
            done = self.send(sink, peer.HEADER + b"hi", "--pipeline")
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
            self.assert_same(sink.delivered(), [peer.HEADER + b"hi\r\n"])


if __name__ == "__main__":
    peer.main()
