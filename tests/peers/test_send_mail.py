"""What send_mail says and how it exits, with a server that refuses, defers, babbles or leaves."""

import os
import socket
import subprocess
import tempfile

import peer
from scripted_server import CLOSE, SILENCE, ScriptedServer

MESSAGE = "From: <a@example.org>\n\nhello\n"
WIRE = b"From: <a@example.org>\r\n\r\nhello\r\n"
OK, USAGE, DATA, NO_INPUT, PERMANENT, TEMPORARY, PROTOCOL = 0, 64, 65, 66, 69, 75, 76


class Case(peer.Case):
    def send(self, port, *options, message=MESSAGE, to=("b@example.net",)):
        recipients = [word for address in to for word in ("--to", address)]
        return peer.run(peer.SEND_MAIL, "--host", "127.0.0.1", "--port", str(port), "--from",
                        "a@example.org", *recipients, *options, stdin=message)

    def sends(self, code, *options, answers=None, stderr=None, **rest):
        """The server gives these answers, and the program exits with this code."""
        with ScriptedServer(**(answers or {})) as server:
            done = self.send(server.port, *options, **rest)
        self.assertEqual((done.returncode, done.stdout if "--transcript" not in options else ""),
                         (code, ""), done.stderr)
        if stderr is not None:
            self.assertEqual(done.stderr.splitlines(), stderr)
        elif code == OK:
            self.assertEqual(done.stderr, "")
        server.stdout = done.stdout
        return server


class Accepted(Case):
    def test_one_recipient(self):
        server = self.sends(OK, "--helo", "client.example")
        self.assertEqual(server.messages, [WIRE])
        self.assertEqual(server.commands, [
            "EHLO client.example", f"MAIL FROM:<a@example.org> SIZE={len(WIRE)}",
            "RCPT TO:<b@example.net>", "DATA", "QUIT"])

    def test_groups_share_packets(self):
        # EHLO; MAIL, RCPT, DATA; content and QUIT.
        self.assertEqual(self.sends(OK, to=["b@example.net"] * 10).packets, 3)

    def test_a_server_without_extensions(self):
        server = self.sends(OK, answers={"EHLO": "500 what?"})
        self.assertEqual(server.messages, [WIRE])
        self.assertIn("MAIL FROM:<a@example.org>", server.commands)

    def test_without_pipelining_each_reply_is_waited_for(self):
        # EHLO, MAIL, RCPT, RCPT, DATA, content, QUIT
        server = self.sends(OK, "--no-pipelining", to=["b@example.net", "c@example.net"])
        self.assertEqual(server.packets, 7)

    def test_many_messages_on_one_connection(self):
        server = self.sends(OK, "--count", "5")
        self.assertEqual(server.messages, [WIRE] * 5)
        # The end of each content carries the next envelope.
        self.assertEqual(server.packets, 1 + 1 + 5)

    def test_the_null_reverse_path_and_postmaster(self):
        with ScriptedServer() as server:
            done = peer.run(peer.SEND_MAIL, "--host", "127.0.0.1", "--port", str(server.port),
                            "--from", "", "--to", "postmaster", stdin=MESSAGE)
        self.assertEqual(done.returncode, OK, done.stderr)
        self.assertTrue(server.commands[1].startswith("MAIL FROM:<>"))
        self.assertEqual(server.commands[2].upper(), "RCPT TO:<POSTMASTER>")

    def test_line_ends_dots_and_nothing(self):
        for given, wanted in (("", b""), (".\n", b".\r\n"), ("a", b"a\r\n"), ("\n", b"\r\n"),
                              ("a\r\nb\n.\n", b"a\r\nb\r\n.\r\n"), ("..\n.\n", b"..\r\n.\r\n")):
            with self.subTest(given):
                self.assert_same(self.sends(OK, message=given).messages, [wanted])

    def test_eight_bit_content_is_declared(self):
        server = self.sends(OK, message="\xe4\n")
        self.assertIn("MAIL FROM:<a@example.org> BODY=8BITMIME SIZE=3", server.commands)
        self.assertEqual(server.messages, [b"\xe4\r\n"])

    def test_a_transcript_without_the_content(self):
        server = self.sends(OK, "--transcript", "--helo", "me.example", message="secret\n.\n")
        self.assertEqual(server.stdout.splitlines(), [
            "S: 220 scripted.example ESMTP", "C: EHLO me.example", "S: 250-scripted.example",
            "S: 250-PIPELINING", "S: 250-8BITMIME", "S: 250 SIZE 1000000",
            "C: MAIL FROM:<a@example.org> SIZE=11", "C: RCPT TO:<b@example.net>", "C: DATA",
            "S: 250 sender ok", "S: 250 recipient ok", "S: 354 go ahead", "C: (11 octets of content)",
            "C: .", "C: QUIT", "S: 250 taken", "S: 221 bye"])

    def test_a_server_that_leaves_after_the_last_message(self):
        self.sends(OK, answers={"QUIT": CLOSE})

    def test_a_file_by_name(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(MESSAGE.encode())
            file.flush()
            self.assertEqual(self.sends(OK, "--file", file.name).messages, [WIRE])


class Refused(Case):
    def test_some_recipients(self):
        server = self.sends(
            PERMANENT, to=["b@example.net", "c@example.net", "d@example.net"],
            answers={"RCPT": ["250 ok", "550-5.1.1 no\r\n550 5.1.1 such user", "250 ok"]},
            stderr=["send_mail: <c@example.net>: refused by the server, at RCPT: 550 5.1.1 no: "
                    "550 5.1.1 such user"])
        self.assertEqual(server.messages, [WIRE])

    def test_all_recipients(self):
        server = self.sends(PERMANENT, to=["b@example.net", "c@example.net"],
                            answers={"RCPT": "550 no", "DATA": "554 nobody"})
        self.assertEqual(server.messages, [])

    def test_all_recipients_by_a_server_that_says_354_all_the_same(self):
        server = self.sends(PERMANENT, answers={"RCPT": "550 no", "content": "554 nobody"})
        self.assertEqual(server.messages, [b""])

    def test_deferred(self):
        self.sends(TEMPORARY, answers={"RCPT": "450 later", "DATA": "554 nobody"}, stderr=[
            "send_mail: <b@example.net>: refused by the server, at RCPT: 450 later"])

    def test_some_refused_and_some_deferred_is_worth_another_attempt(self):
        self.sends(TEMPORARY, to=["b@example.net", "c@example.net", "d@example.net"],
                   answers={"RCPT": ["550 no", "450 later", "250 ok"]})

    def test_the_sender(self):
        self.sends(PERMANENT, to=["b@example.net", "c@example.net"],
                   answers={"MAIL": "550 no", "RCPT": "503 no", "DATA": "503 no"},
                   stderr=[f"send_mail: <{who}@example.net>: refused by the server, at MAIL: 550 no"
                           for who in "bc"])

    def test_the_message(self):
        for code, wanted in (("554", PERMANENT), ("451", TEMPORARY)):
            self.sends(wanted, to=["b@example.net", "c@example.net"],
                       answers={"RCPT": ["250 ok", "550 no"], "content": code + " no"}, stderr=[
                           "send_mail: <c@example.net>: refused by the server, at RCPT: 550 no",
                           f"send_mail: <b@example.net>: refused by the server, at content: {code} no"])

    def test_the_session(self):
        for step in ("greeting", "EHLO"):
            self.sends(PERMANENT, answers={step: "554 go away"})
            self.sends(TEMPORARY, answers={step: "421 go away"})
            self.sends(TEMPORARY, answers={step: "451 go away"})

    def test_one_message_of_three(self):
        server = self.sends(PERMANENT, "--count", "3",
                            answers={"content": ["250 ok", "554 no", "250 ok"]}, stderr=[
                                "send_mail: message 2: <b@example.net>: refused by the server, "
                                "at content: 554 no"])
        self.assertEqual(server.messages, [WIRE] * 3)

    def test_what_the_server_cannot_take_is_not_sent(self):
        bare = {"EHLO": "250 scripted.example"}
        self.assertEqual(self.sends(PERMANENT, answers=bare, message="\xe4\n").messages, [])
        self.assertEqual(self.sends(PERMANENT, to=["\u7528@example.net"]).messages, [])
        server = self.sends(PERMANENT, answers={"EHLO": "250-x\r\n250 SIZE 10"})
        self.assertEqual(server.commands[1:], ["QUIT"])

    def test_octets_that_could_steer_a_terminal_are_not_shown(self):
        self.sends(PERMANENT, answers={"RCPT": "550 \x1b[2Jno\xff", "DATA": "554 nobody"}, stderr=[
            "send_mail: <b@example.net>: refused by the server, at RCPT: 550 ?[2Jno?"])


class Broken(Case):
    def test_garbage(self):
        for step in ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "content"):
            for garbage in ("hello there", "99 no", "250-x\r\n550 y", "354 y\n354 z", ""):
                with self.subTest(step=step, garbage=garbage):
                    self.sends(PROTOCOL, answers={step: garbage})

    def test_replies_that_answer_nothing(self):
        self.sends(PROTOCOL, answers={"MAIL": "354 go ahead"})
        self.sends(PROTOCOL, answers={"DATA": "250 ok"})
        self.sends(PROTOCOL, answers={"content": "354 go ahead"})

    def test_a_reply_without_end(self):
        self.sends(PROTOCOL, answers={"greeting": "220-x\r\n" * 100_000})
        self.sends(PROTOCOL, answers={"greeting": "220 " + "x" * 1_000_000})

    def test_a_lost_connection(self):
        for step in ("greeting", "EHLO", "MAIL", "RCPT", "DATA"):
            self.sends(TEMPORARY, answers={step: CLOSE})
        self.sends(TEMPORARY, answers={"content": CLOSE}, stderr=[
            "send_mail: <b@example.net>: connection lost, at content; the message may have been "
            "accepted"])

    def test_a_lost_connection_between_messages(self):
        self.sends(TEMPORARY, "--count", "4", answers={"content": ["250 ok", CLOSE]}, stderr=[
            "send_mail: message 2: <b@example.net>: connection lost, at content; the message may "
            "have been accepted",
            "send_mail: message 3: <b@example.net>: connection lost, at content",
            "send_mail: message 4: <b@example.net>: connection lost, at content"])

    def test_421_anywhere(self):
        for step in ("MAIL", "RCPT", "DATA", "content"):
            self.sends(TEMPORARY, answers={step: "421 closing"})

    def test_silence(self):
        for step in ("greeting", "MAIL", "content"):
            self.sends(TEMPORARY, "--timeout", "1", answers={step: SILENCE})

    def test_a_server_that_refuses_in_the_middle_of_content_and_closes(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            process = subprocess.Popen(
                [peer.SEND_MAIL, "--host", "127.0.0.1", "--port", str(listener.getsockname()[1]),
                 "--from", "a@example.org", "--to", "b@example.net"],
                stdin=subprocess.PIPE, stderr=subprocess.PIPE)
            process.stdin.write(peer.big(20_000_000))
            process.stdin.close()
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"220 x\r\n")
                for reply in (b"250 x\r\n", b"250 x\r\n", b"250 x\r\n", b"354 x\r\n"):
                    connection.recv(1000)
                    connection.sendall(reply)
                connection.recv(1000)
                connection.sendall(b"421 4.3.1 disk full\r\n")
                connection.shutdown(socket.SHUT_WR)
                said = process.stderr.read()
            self.assertEqual(process.wait(peer.PATIENCE), TEMPORARY)
            self.assertIn(b"421 4.3.1 disk full", said)
            process.stderr.close()


class Local(Case):
    def fails(self, code, *options, **rest):
        done = self.send(peer.free_port(), *options, **rest)
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("send_mail: "), done.stderr)
        return done.stderr

    def test_nobody_listens(self):
        self.assertIn("Connection refused", self.fails(TEMPORARY))

    def test_unreadable_files(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in (folder, os.path.join(folder, "none")):
                self.assertIn(name, self.fails(NO_INPUT, "--file", name))

    def test_messages_that_nobody_could_send(self):
        self.assertIn("line 2 holds a CR", self.fails(DATA, message="a\nb\rc\n"))
        self.assertIn("line 3 holds a NUL", self.fails(DATA, message="a\n\n\0\n"))
        self.assertIn("line 1 is longer", self.fails(DATA, message="x" * 999 + "\n"))
        self.assertEqual(len(self.sends(OK, message="x" * 998 + "\n").messages[0]), 1000)

    def test_bad_usage(self):
        self.fails(USAGE, "--no-such-option")
        self.fails(USAGE, "--port", "0")
        self.fails(USAGE, "--count", "0")
        self.fails(USAGE, "--count", "-1")
        self.fails(USAGE, "--timeout", "soon")
        self.fails(USAGE, "--helo", "two words")
        self.fails(USAGE, "--tls", "maybe")
        self.fails(USAGE, "surplus@example.net")
        self.fails(USAGE, to=[])
        self.fails(USAGE, to=["not a mailbox"])
        self.fails(USAGE, to=["b@example.net>\r\nDATA"])

    def test_options_that_contradict_each_other(self):
        for options in (["--ca", "x"], ["--insecure"], ["--auth", "PLAIN"],
                        ["--auth", "EXTERNAL", "--user", "ann:x"],
                        ["--auth", "NONSENSE", "--user", "ann:x"], ["--user", "ann"],
                        ["--user", "ann:"], ["--user", ":x"], ["--user", "ann:\x01"],
                        ["--notify", "never,delay"], ["--ret", "half"]):
            with self.subTest(options):
                self.assertNotIn("ann:", self.fails(USAGE, *options))

    def test_certificates_that_cannot_be_read(self):
        for ca in ("/no/such/file", "/dev/null"):
            self.assertIn(ca, self.fails(NO_INPUT, "--tls", "required", "--ca", ca))

    def test_help_explains(self):
        done = peer.run(peer.SEND_MAIL, "--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for option in ("host", "port", "from", "to", "file", "helo", "tls", "ca", "insecure", "user",
                       "auth", "lmtp", "count", "no-pipelining", "no-chunking", "timeout",
                       "transcript", "notify", "ret", "envid"):
            self.assertIn("--" + option, done.stdout)


if __name__ == "__main__":
    peer.main()
