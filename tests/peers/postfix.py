"""A Postfix with a configuration, a queue and a port of its own."""

import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile

import peer

POSTCONF = peer.need("postconf", "postfix")
if os.getuid() != 0:
    peer.skip("Postfix wants to be started by root")

# What every one has in common.
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mx.example.net
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks_style = host
biff = no
alias_maps =
alias_database =
local_recipient_maps =
relay_domains =
"""

# Everything without a chroot, since there is nothing in the queue that could serve as one.
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
qmgr      unix n - n 300 1 qmgr
cleanup   unix n - n - 0 cleanup
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
virtual   unix - n n - - virtual
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
tlsmgr    unix - - n 1000? 1 tlsmgr
postlog   unix-dgram n - n - 1 postlogd
"""

QUEUE = {  # name: (owner, group, mode)
    "": ("root", "root", 0o755), "pid": ("root", "root", 0o755),
    "public": ("postfix", "postdrop", 0o2710), "maildrop": ("postfix", "postdrop", 0o1730),
    **{name: ("postfix", "root", 0o700) for name in (
        "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
        "private", "saved", "trace")}}


class Postfix:
    """A mail server for the length of a with block.

    main      further lines of main.cf
    services  further lines of master.cf
    files     further files of that folder, with their texts
    """

    def __init__(self, main, services="", files=None):
        self.main = MAIN + main
        self.master = MASTER + services
        self.files = files or {}

    def __enter__(self):
        self.holder = tempfile.TemporaryDirectory(prefix="postel-postfix-")
        self.folder = pathlib.Path(self.holder.name)
        self.folder.chmod(0o755)
        owner, daemons = peer.run(POSTCONF, "-dh", "mail_owner", "daemon_directory").stdout.split()
        nobody = pwd.getpwnam("nobody")
        for name, (user, group, mode) in QUEUE.items():
            self.make(self.folder / "queue" / name, user, group, mode)
        self.make(self.folder / "data", owner, "root", 0o700)
        self.make(self.folder / "mail", "nobody", "root", 0o755)
        (self.folder / "etc").mkdir()
        for name, text in self.files.items():
            path = self.folder / "etc" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        for _ in range(5):  # somebody may take the port before it does
            self.port = peer.free_port()
            for name, text in (("main.cf", self.main), ("master.cf", self.master)):
                (self.folder / "etc" / name).write_text(text.format(
                    folder=self.folder, port=self.port, uid=nobody.pw_uid, gid=nobody.pw_gid))
            self.process = subprocess.Popen([f"{daemons}/master", "-d", "-c", self.folder / "etc"],
                                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            peer.wait_until(lambda: self.process.poll() is not None or peer.answers(self.port),
                            "Postfix listens")
            if self.process.poll() is None:
                return self
            said = self.process.stdout.read()
            self.process.stdout.close()
        raise AssertionError(f"Postfix does not start: {said}\n{self.log()}")

    def __exit__(self, *_):
        peer.stop(self.process)
        self.process.stdout.close()
        self.holder.cleanup()

    @staticmethod
    def make(path, user, group, mode):
        path.mkdir(exist_ok=True)
        shutil.chown(path, user, group)
        path.chmod(mode)

    def log(self):
        log = self.folder / "log"
        return log.read_text() if log.exists() else ""

    def delivered(self, user):
        return [path.read_bytes() for path in (self.folder / "mail" / user / "new").glob("*")]
