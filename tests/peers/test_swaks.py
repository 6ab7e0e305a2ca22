"""sink takes mail from swaks, octet for octet."""

import pathlib
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

    def test_every_message_arrives_as_it_was_sent(self):
        for name, message in peer.MESSAGES.items():
            with self.subTest(name), peer.Sink() as sink:
                # swaks puts a line end behind everything.
                done = self.send(sink, message.removesuffix(b"\r\n"))
                self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
                self.assert_same(sink.delivered(), [message])

    def test_an_empty_message(self):
        with peer.Sink() as sink:
            # So this one needs the end of data written out.
            done = self.send(sink, b".\r\n", "--no-data-fixup")
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
            self.assert_same(sink.delivered(), [b""])

    def test_pipelined(self):
        with peer.Sink() as sink:
            done = self.send(sink, peer.HEADER.removesuffix(b"\r\n"), "--pipeline")
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
            self.assert_same(sink.delivered(), [peer.HEADER])


if __name__ == "__main__":
    peer.main()
