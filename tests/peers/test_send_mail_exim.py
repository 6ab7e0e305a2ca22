"""send_mail delivers to a real Exim: PIPELINING, CHUNKING, STARTTLS, AUTH, refusals."""

import pathlib

import mail_server
import peer
from exim import Exim
from mail_server import NAME, PASSWORD, USER

USERS = "b", "c", "d", "submission"
OK, PERMANENT, TEMPORARY = 0, 69, 75

# A client that calls itself ...-pipelining.example or ...-chunking.example sees no such extension.
# Exim refuses whoever does not wait where a server without PIPELINING has to be waited for.
CONFIGURATION = r"""
message_size_limit = 0
pipelining_advertise_hosts = ${if match{$sender_helo_name}{no-pipelining}{}{*}}
chunking_advertise_hosts = ${if match{$sender_helo_name}{no-chunking}{}{*}}
dsn_advertise_hosts = *
tls_advertise_hosts = *
tls_certificate = FOLDER/certificate
tls_privatekey = FOLDER/key
acl_smtp_rcpt = recipient
acl_smtp_data = content

begin acl
recipient:
  accept domains = example.net
         local_parts = b : c : d
  accept local_parts = submission
         authenticated = *
  defer  local_parts = later
         message = come back later
  deny   message = no such user

content:
  deny   condition = ${if eq{$h_Subject:}{unwanted}}
         message = not wanted here
  accept

begin routers
everybody:
  driver = accept
  local_parts = b : c : d : submission
  transport = maildir

begin transports
maildir:
  driver = appendfile
  directory = FOLDER/mail/$local_part_data
  maildir_format
  user = Debian-exim

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and{{eq{$auth2}{NAME}}{eq{$auth3}{PASSWORD}}}}
  server_advertise_condition = ${if def:tls_in_cipher}
  server_set_id = $auth2
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = ${if eq{$auth1}{NAME}{PASSWORD}fail}
  server_set_id = $auth1
""".replace("NAME", NAME).replace("PASSWORD", PASSWORD.replace(":", r"\x3a"))

RATIONED = """
message_size_limit = 1K
recipients_max = 2
smtp_accept_max_per_connection = 3
""" + CONFIGURATION.replace("message_size_limit = 0\n", "")

VARIANTS = {  # title: options
    "all extensions": (),
    "no CHUNKING there": ("--helo", "no-chunking.example"),
    "no PIPELINING there": ("--helo", "no-pipelining.example"),
    "neither there": ("--helo", "no-pipelining.no-chunking.example"),
    "neither wanted": ("--no-pipelining", "--no-chunking"),
    "STARTTLS": ("--tls", "required"),
    "STARTTLS, neither there": ("--tls", "required", "--helo", "no-pipelining.no-chunking.example"),
}


WITH_LARGE = ("all extensions", "no CHUNKING there", "STARTTLS")


class Case(peer.Case):
    @classmethod
    def start(cls, configuration):
        made = mail_server.Certificate.make()
        cls.ca = made.path("certificate")
        cls.exim = Exim(configuration, {name: pathlib.Path(made.path(name)).read_bytes()
                                        for name in ("certificate", "key")}).__enter__()
        cls.addClassCleanup(cls.exim.__exit__)

    def send(self, message, *options, to=("b",), port=None, trust=True):
        recipients = [word for name in to for word in ("--to", f"{name}@example.net")]
        certificates = ["--ca", self.ca] if trust and "--tls" in options else []
        return peer.run(peer.SEND_MAIL, "--host", "127.0.0.1", "--port",
                        str(port or self.exim.port), "--from", "a@example.org", "--transcript",
                        *recipients, *certificates, *options, stdin=message.decode("latin-1"))

    def accepted(self, message, *options, **rest):
        done = self.send(message, *options, **rest)
        self.assertEqual((done.returncode, done.stderr), (OK, ""), done.stdout + self.exim.log())
        return done.stdout

    def arrives(self, message, *names, copies=1):
        """Behind the lines that Exim adds, with LF for CR LF."""
        wanted = b"\n" + message.replace(b"\r\n", b"\n")
        for name in names:
            arrived = []

            def complete():
                arrived.extend(self.exim.take(name))
                return len(arrived) >= copies

            peer.wait_until(complete, f"{copies} messages for {name}")
            self.assert_same([m[-len(wanted):] for m in arrived], [wanted] * copies)

    def tearDown(self):
        self.assertEqual([m for name in USERS for m in self.exim.take(name)], [])
        self.assertNotIn("synchronization", self.exim.log())


class Delivery(Case):
    @classmethod
    def setUpClass(cls):
        cls.start(CONFIGURATION)

    def test_every_message(self):
        for variant, options in VARIANTS.items():
            for title, message in peer.MESSAGES.items():
                if len(message) > 1_000_000 and variant not in WITH_LARGE:
                    continue
                message = f"X-Title: {variant}, {title}\r\n".encode() + peer.HEADER + message
                with self.subTest(f"{variant}, {title}"):
                    said = self.accepted(message, *options)
                    self.assertEqual("\nC: BDAT " in said, "chunking" not in str(options), said)
                    self.assertEqual("\nC: STARTTLS\n" in said, "--tls" in options, said)
                    self.arrives(message, "b")

    def test_many_messages_on_one_connection(self):
        for variant, options in VARIANTS.items():
            message = f"X-Title: many, {variant}\r\n".encode() + peer.MESSAGES["plain"]
            with self.subTest(variant):
                said = self.accepted(message, *options, "--count", "50", to=["b", "c"])
                self.assertEqual(said.count("\nC: MAIL FROM:"), 50)
                self.arrives(message, "b", "c", copies=50)

    def test_refused_recipients_do_not_keep_the_others_from_it(self):
        for variant, options in VARIANTS.items():
            message = f"X-Title: refused, {variant}\r\n".encode() + peer.HEADER
            message += peer.MESSAGES["only dots"]
            with self.subTest(variant):
                done = self.send(message, *options, "--count", "3",
                                 to=["nobody", "b", "none", "c", "d"])
                self.assertEqual((done.returncode, done.stderr.count(": 550 no such user\n")),
                                 (PERMANENT, 6), done.stderr)
                self.arrives(message, "b", "c", "d", copies=3)

    def test_no_recipient_is_left(self):
        for variant, options in VARIANTS.items():
            with self.subTest(variant):
                done = self.send(peer.MESSAGES["plain"], *options, "--count", "2",
                                 to=["nobody", "none"])
                self.assertEqual((done.returncode, done.stderr.count(": 550 no such user\n")),
                                 (PERMANENT, 4), done.stderr)

    def test_a_temporary_refusal(self):
        message = b"X-Title: later\r\n" + peer.MESSAGES["plain"]
        for options in ((), ("--no-pipelining",)):
            done = self.send(message, *options, to=["later", "b", "nobody"])
            self.assertEqual(done.returncode, TEMPORARY, done.stderr)
            self.assertIn("send_mail: <later@example.net>: ", done.stderr)
            self.assertIn(": 451 come back later\n", done.stderr)
        self.arrives(message, "b", copies=2)

    def test_unwanted_content(self):
        message = b"Subject: unwanted\r\n\r\nhello\r\n"
        for variant, options in VARIANTS.items():
            with self.subTest(variant):
                done = self.send(message, *options, "--count", "2", to=["b", "c"])
                self.assertEqual((done.returncode, done.stderr.count(": 550 not wanted here\n")),
                                 (PERMANENT, 4), done.stderr)

    def test_what_dsn_adds_is_understood(self):
        message = b"X-Title: dsn\r\n" + peer.MESSAGES["plain"]
        said = self.accepted(message, "--notify", "failure,delay", "--ret", "headers", "--envid",
                             "a+b=c")
        self.assertIn(" RET=HDRS ENVID=a+2Bb+3Dc\n", said)
        self.assertIn(" NOTIFY=FAILURE,DELAY\n", said)
        self.arrives(message, "b")


class Login(Case):
    @classmethod
    def setUpClass(cls):
        cls.start(CONFIGURATION)

    def test_each_mechanism(self):
        for options in (("--auth", "cram-md5"), ("--tls", "required"),
                        ("--tls", "required", "--auth", "plain"), ("--tls", "implicit")):
            with self.subTest(options):
                port = self.exim.wrapped if "implicit" in options else self.exim.port
                message = f"X-Title: {options}\r\n".encode() + peer.MESSAGES["plain"]
                said = self.accepted(message, "--user", USER, *options, to=["submission"],
                                     port=port)
                self.assertIn("\nS: 235 ", said)
                self.arrives(message, "submission")
                done = self.send(message, "--user", f"{NAME}:wrong", *options, to=["submission"],
                                 port=port)
                self.assertEqual(done.returncode, PERMANENT)
                self.assertIn(", at AUTH: 535 ", done.stderr)

    def test_nothing_goes_in_without(self):
        done = self.send(peer.MESSAGES["plain"], to=["submission"])
        self.assertEqual(done.returncode, PERMANENT)
        self.assertIn(", at RCPT: 550 no such user\n", done.stderr)

    def test_no_trust_no_message(self):
        for options in (("--tls", "required"), ("--tls", "implicit")):
            port = self.exim.wrapped if "implicit" in options else self.exim.port
            done = self.send(peer.MESSAGES["plain"], *options, port=port, trust=False)
            self.assertEqual(done.returncode, TEMPORARY, done.stderr)
            self.assertNotIn("C: MAIL", done.stdout)


class Rations(Case):
    @classmethod
    def setUpClass(cls):
        cls.start(RATIONED)

    def test_a_message_above_size(self):
        for options in ((), ("--helo", "no-chunking.example")):
            done = self.send(peer.big(2000), *options, "--count", "2")
            self.assertEqual(done.returncode, PERMANENT, done.stderr)
            self.assertNotIn("C: MAIL", done.stdout)

    def test_too_many_recipients(self):
        message = b"X-Title: recipients\r\n" + peer.MESSAGES["plain"]
        done = self.send(message, to=["b", "c", "d"])
        self.assertEqual(done.returncode, TEMPORARY, done.stderr)
        self.assertRegex(done.stderr, r"\A[^\n]*<d@example\.net>[^\n]*: 452 [^\n]*\n\Z")
        self.arrives(message, "b", "c")

    def test_too_many_messages(self):
        for i, options in enumerate(VARIANTS.values()):
            message = b"X-Title: messages %d\r\n" % i + peer.MESSAGES["plain"]
            done = self.send(message, *options, "--count", "5")
            self.assertEqual((done.returncode, done.stderr.count(": 421 too many messages")),
                             (TEMPORARY, 2), done.stderr)
            self.arrives(message, "b", copies=3)


if __name__ == "__main__":
    peer.main()
