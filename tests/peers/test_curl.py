"""sink takes mail from curl, octet for octet."""

import pathlib
import tempfile

import peer

CURL = peer.need("curl", "curl")


class Curl(peer.Case):
    def upload(self, sink, message, *options):
        with tempfile.NamedTemporaryFile() as file:
            pathlib.Path(file.name).write_bytes(message)
            return peer.run(CURL, "-sS", f"smtp://127.0.0.1:{sink.port}/client.example",
                            "--mail-from", "a@example.org", "--mail-rcpt", "b@example.net",
                            "--upload-file", file.name, *options)

    def test_every_message_arrives_as_it_was_sent(self):
        for name, message in peer.MESSAGES.items():
            with self.subTest(name), peer.Sink() as sink:
                done = self.upload(sink, message)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assert_same(sink.delivered(), [message])
                self.assertEqual(sink.unfinished(), [])

    def test_an_empty_message(self):
        with peer.Sink() as sink:
            done = self.upload(sink, b"")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assert_same(sink.delivered(), [b""])

    def test_a_message_above_the_limit_is_refused(self):
        with peer.Sink("--max-size", "1000") as sink:
            done = self.upload(sink, peer.big(1001))
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("552", done.stderr)
            self.assertEqual(self.upload(sink, peer.big(1000)).returncode, 0)
            self.assert_same(sink.delivered(), [peer.big(1000)])
            self.assertEqual(sink.unfinished(), [])

    def test_several_messages(self):
        with peer.Sink() as sink:
            for i in range(5):
                self.upload(sink, peer.HEADER + b"%d\r\n" % i)
            self.assert_same(sink.delivered(), [peer.HEADER + b"%d\r\n" % i for i in range(5)])


if __name__ == "__main__":
    peer.main()
