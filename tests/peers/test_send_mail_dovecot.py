"""send_mail delivers to Dovecot by LMTP."""

import grp
import os
import pathlib
import pwd
import subprocess
import tempfile

import peer

DOVECOT = peer.need("dovecot", "dovecot-lmtpd")
if not os.path.exists("/usr/lib/dovecot/lmtp"):
    peer.skip("no LMTP in this Dovecot (Debian: dovecot-lmtpd)")
if os.getuid() != 0:
    peer.skip("Dovecot wants to be started by root")

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = lmtp
ssl = no
default_internal_user = nobody
default_internal_group = {group}
default_login_user = nobody
first_valid_uid = 1
mail_location = maildir:~
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {port}
  }}
}}
"""


class Delivery(peer.Case):
    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory(prefix="postel-dovecot-")
        cls.addClassCleanup(holder.cleanup)
        cls.folder = pathlib.Path(holder.name)
        cls.folder.chmod(0o755)
        nobody = pwd.getpwnam("nobody")
        users = []
        for name in ("b", "c"):
            (cls.folder / name).mkdir()
            os.chown(cls.folder / name, nobody.pw_uid, nobody.pw_gid)
            users.append(f"{name}@example.net::{nobody.pw_uid}:{nobody.pw_gid}::"
                         f"{cls.folder}/{name}\n")
        (cls.folder / "users").write_text("".join(users))
        cls.port = peer.free_port()
        configuration = cls.folder / "dovecot.conf"
        configuration.write_text(CONFIGURATION.format(
            folder=cls.folder, port=cls.port, group=grp.getgrgid(nobody.pw_gid).gr_name))
        cls.process = subprocess.Popen([DOVECOT, "-F", "-c", configuration])
        cls.addClassCleanup(peer.stop, cls.process)
        peer.wait_until(lambda: cls.process.poll() is not None or peer.answers(cls.port),
                        "Dovecot listens")

    def send(self, message, *options, to):
        recipients = [word for name in to for word in ("--to", f"{name}@example.net")]
        return peer.run(peer.SEND_MAIL, "--host", "127.0.0.1", "--port", str(self.port), "--lmtp",
                        "--from", "a@example.org", *recipients, *options,
                        stdin=message.decode("latin-1"))

    def arrived(self, name, message):
        """It is there behind the lines that Dovecot adds, with LF for CR LF."""
        wanted = b"\n" + message.replace(b"\r\n", b"\n")
        return sum(path.read_bytes().replace(b"\r\n", b"\n").endswith(wanted)
                   for path in (self.folder / name / "new").glob("*"))

    def log(self):
        return (self.folder / "log").read_text()

    def test_every_message(self):
        for i, (title, message) in enumerate(peer.MESSAGES.items()):
            message = b"X-Number: %d\r\n" % i + peer.HEADER + message
            with self.subTest(title):
                done = self.send(message, to=["b", "c"])
                self.assertEqual((done.returncode, done.stderr), (0, ""), self.log())
                self.assertEqual([self.arrived(name, message) for name in "bc"], [1, 1])

    def test_each_recipient_has_a_result(self):
        message = b"X-Number: results\r\n" + peer.HEADER
        for options in ((), ("--no-pipelining",), ("--no-chunking",)):
            done = self.send(message, "--count", "2", *options, to=["nobody", "b", "none"])
            self.assertEqual((done.returncode, done.stderr.count(" 550 5.1.1 ")), (69, 4),
                             done.stderr)
        self.assertEqual(self.arrived("b", message), 6)


if __name__ == "__main__":
    peer.main()
