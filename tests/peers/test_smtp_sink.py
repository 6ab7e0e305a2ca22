"""send_mail delivers to Postfix's smtp-sink, and exits as documented when that refuses."""

import os
import pathlib
import re
import subprocess
import tempfile

import peer

SMTP_SINK = peer.need("smtp-sink", "postfix")


class SmtpSink:
    """A server that files every message, for the length of a with block."""

    def __init__(self, *options):
        self.options = options

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="postel-smtp-sink-")
        os.chmod(self.folder.name, 0o777)  # root's smtp-sink becomes somebody else
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        for _ in range(5):  # somebody may take the port before it does
            self.port = peer.free_port()
            self.process = subprocess.Popen(
                [SMTP_SINK, *user, "-d", f"{self.folder.name}/m.", *self.options,
                 f"inet:127.0.0.1:{self.port}", "100"], stderr=subprocess.PIPE)
            peer.wait_until(lambda: self.process.poll() is not None or peer.answers(self.port),
                            "smtp-sink listens")
            if self.process.poll() is None:
                return self
            self.process.stderr.close()
        raise AssertionError("smtp-sink does not start")

    def __exit__(self, *_):
        peer.stop(self.process)
        self.process.stderr.close()
        self.folder.cleanup()

    def delivered(self):
        """The messages, with LF for CR LF, behind the lines that smtp-sink adds."""
        found = []
        for path in pathlib.Path(self.folder.name).iterdir():
            head, _, rest = path.read_bytes().partition(b"Received: ")
            self.recipients = re.findall(rb"X-Rcpt-Args: <(.*?)>", head)
            found.append(re.sub(rb"\A(.*\n)(\t.*\n)*", b"", rest).removesuffix(b"\n"))
        return found


class Delivery(peer.Case):
    def send(self, sink, message, *options, to=("b@example.net",)):
        recipients = [word for address in to for word in ("--to", address)]
        with tempfile.NamedTemporaryFile() as file:
            pathlib.Path(file.name).write_bytes(message)
            return peer.run(peer.SEND_MAIL, "--host", "127.0.0.1", "--port", str(sink.port),
                            "--from", "a@example.org", *recipients, "--file", file.name, *options)

    def test_every_message_arrives_as_it_was_sent(self):
        for name, message in peer.MESSAGES.items():
            for options in ((), ("-p",), ("-e",)) if len(message) < 1000 else ((),):
                if name == "8-bit" and options == ("-e",):
                    continue  # without 8BITMIME it must not be sent
                with self.subTest(name, options=options), SmtpSink(*options) as sink:
                    done = self.send(sink, message)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    self.assert_same(sink.delivered(), [message.replace(b"\r\n", b"\n")])

    def test_a_thousand_recipients(self):
        to = [f"user{i}@example.net" for i in range(1000)]
        with SmtpSink() as sink:
            done = self.send(sink, peer.HEADER, to=to)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            sink.delivered()
            self.assertEqual([r.decode() for r in sink.recipients], to)

    def test_many_messages_on_one_connection(self):
        with SmtpSink() as sink:
            done = self.send(sink, peer.HEADER + b"hi\r\n", "--count", "100")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assert_same(sink.delivered(), [peer.HEADER.replace(b"\r", b"") + b"hi\n"] * 100)

    def test_exit_codes(self):
        permanent, temporary = 69, 75
        for options, code in (
                (("-f", "CONNECT"), permanent), (("-r", "CONNECT"), temporary),
                (("-q", "CONNECT"), temporary), (("-Q", "CONNECT"), temporary),
                (("-f", "EHLO,HELO"), permanent), (("-q", "EHLO"), temporary),
                (("-f", "MAIL"), permanent), (("-r", "MAIL"), temporary),
                (("-q", "MAIL"), temporary), (("-Q", "MAIL"), temporary),
                (("-f", "RCPT"), permanent), (("-r", "RCPT"), temporary),
                (("-q", "RCPT"), temporary), (("-Q", "RCPT"), temporary),
                (("-f", "DATA"), permanent), (("-r", "DATA"), temporary),
                (("-q", "DATA"), temporary), (("-Q", "DATA"), temporary),
                (("-f", "."), permanent), (("-r", "."), temporary),
                (("-q", "."), temporary), (("-Q", "."), temporary),
                (("-f", "QUIT"), 0), (("-q", "QUIT"), 0), (("-f", "EHLO"), 0)):
            with self.subTest(options=options), SmtpSink(*options) as sink:
                done = self.send(sink, peer.HEADER)
                self.assertEqual(done.returncode, code, done.stderr)
                if code != 0:
                    self.assertTrue(done.stderr.startswith("send_mail: <b@example.net>: "),
                                    done.stderr)

    def test_8_bit_content_is_not_sent_to_a_server_without_8bitmime(self):
        with SmtpSink("-8") as sink:
            self.assertEqual(self.send(sink, peer.MESSAGES["8-bit"]).returncode, 69)
            self.assertEqual(sink.delivered(), [])


if __name__ == "__main__":
    peer.main()
