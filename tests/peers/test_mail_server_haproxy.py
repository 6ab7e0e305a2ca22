"""mail_server behind haproxy, which says in PROXY headers who the client is."""

import pathlib
import smtplib
import subprocess
import tempfile

import mail_server
import peer
from mail_server import MailServer

HAPROXY = peer.need("haproxy", "haproxy")

CONFIG = """
global
    maxconn 100
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen mail
    bind 127.0.0.1:{port}
    server behind 127.0.0.1:{behind} {header}
"""


class Haproxy:
    """In front of a server, for the length of a with block."""

    def __init__(self, server, header):
        self.behind, self.header = server.port, header

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="postel-haproxy-")
        config = pathlib.Path(self.folder.name, "config")
        for _ in range(5):  # somebody may take the port before it does
            self.port = peer.free_port()
            config.write_text(CONFIG.format(port=self.port, behind=self.behind, header=self.header))
            self.process = subprocess.Popen([HAPROXY, "-db", "-q", "-f", str(config)],
                                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            peer.wait_until(lambda: self.process.poll() is not None or peer.answers(self.port),
                            "haproxy listens")
            if self.process.poll() is None:
                return self
            said = self.process.stdout.read()
            self.process.stdout.close()
        raise AssertionError(f"haproxy does not start: {said}")

    def __exit__(self, *_):
        peer.stop(self.process)
        self.process.stdout.close()
        self.folder.cleanup()


class Behind(peer.Case):
    def arrives(self, port, server, client=smtplib.SMTP, **more):
        # Another address of loopback, so that it cannot be taken for haproxy's own.
        with client("127.0.0.1", port, local_hostname="client.example",
                    source_address=("127.0.0.9", 0), **more) as c:
            for message in (peer.MESSAGES["only dots"], peer.MESSAGES["50 MB"]):
                c.sendmail("a@example.org", ["b@example.net"], message)
                arrived = server.delivered()[-1]
                self.assert_same([arrived.content], [message])
                self.assertIn("from client.example ([127.0.0.9]) by mx.example.net ",
                              arrived.received)

    def test_headers_of_both_versions(self):
        for header in ("send-proxy", "send-proxy-v2",
                       "send-proxy-v2 proxy-v2-options unique-id,crc32c"):
            with self.subTest(header), MailServer("--proxy-protocol") as server, \
                    Haproxy(server, header) as front:
                self.arrives(front.port, server)

    def test_tls_behind_the_header(self):
        with MailServer("--proxy-protocol", "--implicit-tls", *mail_server.tls()) as server, \
                Haproxy(server, "send-proxy-v2") as front:
            self.arrives(front.port, server, smtplib.SMTP_SSL, context=mail_server.trusting())

    def test_its_health_checks_are_answered(self):
        with MailServer("--proxy-protocol") as server, \
                Haproxy(server, "send-proxy-v2 check inter 100ms") as front:
            self.arrives(front.port, server)


if __name__ == "__main__":
    peer.main()
