"""An Exim with a configuration, a spool and a port of its own, as an ordinary user."""

import os
import pathlib
import pwd
import select
import shutil
import subprocess
import tempfile

import peer

BUILT = pathlib.Path(__file__).parents[2] / "build" / "peers" / "exim4"  # by unpack_exim.sh
PROGRAM = BUILT if BUILT.exists() else shutil.which("exim4")
if PROGRAM is None:
    peer.skip("exim4 not found (tests/peers/unpack_exim.sh brings it)")
# Exim begins by asking who Debian-exim is, and there may be no such user.
WRAPPER = "libnss_wrapper.so"
if b"ERROR" in subprocess.run(["/bin/true"], env={"LD_PRELOAD": WRAPPER},
                              stderr=subprocess.PIPE).stderr:
    peer.skip(f"{WRAPPER} not found (Debian: libnss-wrapper)")

# The names in capitals are macros.
MAIN = """
FOLDER = {folder}
PORT = {port}
WRAPPED = {wrapped}
exim_path = FOLDER/exim4
spool_directory = FOLDER/spool
log_file_path = FOLDER/log/%s
pid_file_path = FOLDER/pid
notifier_socket =
keep_environment = LD_PRELOAD : NSS_WRAPPER_PASSWD : NSS_WRAPPER_GROUP
timezone = UTC
primary_hostname = mx.example.net
local_interfaces = 127.0.0.1
daemon_smtp_ports = PORT : WRAPPED
tls_on_connect_ports = WRAPPED
deliver_drop_privilege
smtp_accept_queue_per_connection = 0
"""


class Exim:
    """A mail server for the length of a with block.

    text      what else is in the configuration
    files     files of its folder, with their octets
    """

    def __init__(self, text, files=None):
        self.text = text
        self.files = files or {}

    def __enter__(self):
        self.holder = tempfile.TemporaryDirectory(prefix="postel-exim-")
        self.folder = pathlib.Path(self.holder.name)
        self.output = open(self.folder / "output", "w+", encoding="latin-1")
        uid, gid = os.getuid(), os.getgid()
        who = {}
        if uid == 0:  # Exim refuses to be root all the time
            nobody = pwd.getpwnam("nobody")
            uid, gid = nobody.pw_uid, nobody.pw_gid
            who = {"user": uid, "group": gid, "extra_groups": []}
        os.chown(self.folder, uid, gid)
        shutil.copyfile(PROGRAM, self.folder / "exim4")  # a packaged one is set-user-ID
        (self.folder / "exim4").chmod(0o755)
        self.files["passwd"] = f"Debian-exim:x:{uid}:{gid}::/:/bin/sh\n".encode()
        self.files["group"] = f"Debian-exim:x:{gid}:\n".encode()
        for name, octets in self.files.items():
            self.write(name, octets, uid, gid)
        environment = {"PATH": os.environ["PATH"], "LD_PRELOAD": WRAPPER,
                       "NSS_WRAPPER_PASSWD": self.folder / "passwd",
                       "NSS_WRAPPER_GROUP": self.folder / "group"}
        for _ in range(5):  # somebody may take a port before it does
            self.port, self.wrapped = peer.free_port(), peer.free_port()
            main = MAIN.format(folder=self.folder, port=self.port, wrapped=self.wrapped)
            self.write("configuration", (main + self.text).encode(), uid, gid)
            # Whoever it starts holds this pipe open, and some outlive it.
            self.alive, theirs = os.pipe()
            self.process = subprocess.Popen(
                [self.folder / "exim4", "-C", self.folder / "configuration", "-bdf"],
                stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT,
                pass_fds=[theirs], env=environment, **who)
            os.close(theirs)
            peer.wait_until(lambda: self.process.poll() is not None or peer.answers(self.port),
                            "Exim listens")
            if self.process.poll() is None:
                return self
            os.close(self.alive)
        self.output.seek(0)
        said = self.output.read() + self.log()
        self.output.close()
        self.holder.cleanup()
        raise AssertionError(f"Exim does not start: {said}")

    def __exit__(self, *_):
        peer.stop(self.process)
        ended, _, _ = select.select([self.alive], [], [], peer.PATIENCE)
        os.close(self.alive)
        self.output.close()
        self.holder.cleanup()
        if not ended:
            raise AssertionError("a process of Exim does not end")

    def write(self, name, octets, uid, gid):
        path = self.folder / name
        path.write_bytes(octets)
        path.chmod(0o600)
        os.chown(path, uid, gid)

    def log(self):
        return "".join(path.read_text("latin-1") for path in sorted(
            (self.folder / "log").glob("*")))

    def take(self, user):
        """The messages that have come for somebody since the last call."""
        messages = []
        for path in (self.folder / "mail" / user / "new").glob("*"):
            messages.append(path.read_bytes())
            path.unlink()
        return messages
