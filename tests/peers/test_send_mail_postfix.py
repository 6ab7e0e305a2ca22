"""send_mail submits to a real Postfix: STARTTLS, implicit TLS, AUTH by Cyrus SASL."""

import contextlib
import os
import pathlib
import socket
import struct
import tempfile
import threading
import unittest

import mail_server
import peer
from mail_server import NAME, PASSWORD, USER
from postfix import Postfix

MAIN = """
local_header_rewrite_clients =
virtual_mailbox_domains = example.net
virtual_mailbox_base = {{folder}}/mail
virtual_mailbox_maps = inline:{{{{ {{{{b@example.net=b/}}}} }}}}
virtual_mailbox_limit = 0
virtual_uid_maps = static:{{uid}}
virtual_gid_maps = static:{{gid}}
smtpd_tls_cert_file = {folder}/certificate
smtpd_tls_key_file = {folder}/key
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_loglevel = 1
cyrus_sasl_config_path = {{folder}}/etc/sasl
smtpd_recipient_restrictions = reject_unauth_destination
"""

SERVICES = """
127.0.0.1:{wrapped} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
"""

CYRUS = """
pwcheck_method: saslauthd
saslauthd_path: {folder}/mux
mech_list: PLAIN LOGIN
"""

DEMANDS_AUTH = """
smtpd_sasl_auth_enable = yes
smtpd_client_restrictions = permit_sasl_authenticated, reject
smtpd_delay_reject = yes
"""


class Saslauthd:
    """What Cyrus SASL asks about passwords: four counted strings come, one goes."""

    def __init__(self, folder):
        path = os.path.join(folder, "mux")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        os.chmod(path, 0o777)
        self.listener.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):  # the listener is closed at the end
            while True:
                connection, _ = self.listener.accept()
                with connection, connection.makefile("rb") as stream:
                    said = [stream.read(*struct.unpack("!H", stream.read(2))) for _ in range(4)]
                    good = said[:2] == [NAME.encode(), PASSWORD.encode()]
                    answer = b"OK" if good else b"NO"
                    connection.sendall(struct.pack("!H", len(answer)) + answer)


class Submission(peer.Case):
    def start(self, more=""):
        holder = tempfile.TemporaryDirectory(prefix="postel-cyrus-")
        self.addCleanup(holder.cleanup)
        folder = pathlib.Path(holder.name)
        folder.chmod(0o755)
        made = mail_server.Certificate.make()
        for name in ("certificate", "key"):
            (folder / name).write_bytes(pathlib.Path(made.path(name)).read_bytes())
        self.saslauthd = Saslauthd(folder)
        self.addCleanup(self.saslauthd.listener.close)
        self.wrapped = peer.free_port()
        self.postfix = Postfix(
            MAIN.format(folder=folder) + more, SERVICES.replace("{wrapped}", str(self.wrapped)),
            {"sasl/smtpd.conf": CYRUS.format(folder=folder)}).__enter__()  # Debian looks there
        self.addCleanup(self.postfix.__exit__)

    def send(self, message, *options, port=None):
        ca = mail_server.Certificate.make().path("certificate")
        return peer.run(peer.SEND_MAIL, "--host", "127.0.0.1", "--port",
                        str(port or self.postfix.port), "--from", "a@example.org", "--to",
                        "b@example.net", "--ca", ca, *options, stdin=message.decode("latin-1"))

    def arrives(self, title, *options, **rest):
        message = b"X-Title: %s\r\n" % title.encode() + peer.HEADER + peer.big(100_000)
        done = self.send(message, *options, **rest)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout + self.postfix.log())

        def found():
            wanted = b"\n" + message.replace(b"\r\n", b"\n")
            return [m for m in self.postfix.delivered("b") if m.endswith(wanted)]

        peer.wait_until(found, f"delivery of {title}")
        return found()[0].decode("latin-1")

    def test_tls(self):
        self.start()
        for policy in ("required", "opportunistic"):
            self.assertIn("with ESMTPS ", self.arrives(policy, "--tls", policy))
        self.assertIn("with ESMTPS ",
                      self.arrives("implicit", "--tls", "implicit", port=self.wrapped))
        self.assertIn("with ESMTPS ",
                      self.arrives("by DATA", "--tls", "required", "--no-chunking"))

    def test_auth(self):
        self.start(DEMANDS_AUTH)
        done = self.send(peer.HEADER, "--tls", "required")
        self.assertEqual((done.returncode, done.stderr.count(" 554 5.7.1 ")), (69, 1), done.stderr)
        if "250-AUTH PLAIN LOGIN\n" not in self.send(
                peer.HEADER, "--tls", "required", "--transcript").stdout:
            raise unittest.SkipTest("Postfix without Cyrus SASL (Debian: libsasl2-modules)")
        for mechanism in ([], ["--auth", "PLAIN"], ["--auth", "LOGIN"]):
            options = ("--tls", "required", *mechanism, "--user")
            self.assertIn("with ESMTPSA ", self.arrives("".join(mechanism), *options, USER))
            done = self.send(peer.HEADER, *options, f"{NAME}:wrong")
            self.assertEqual((done.returncode, done.stderr.count(" 535 5.7.8 ")), (69, 1))


if __name__ == "__main__":
    peer.main()
