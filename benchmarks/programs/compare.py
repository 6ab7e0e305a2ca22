#!/usr/bin/env python3
"""Whole programs side by side: the CPU time of sink beside floor_server and Postfix's smtp-sink, of
send_mail beside Postfix's smtp-source, of both beside Python's aiosmtpd and smtplib, and the memory
of an idle connection.

  compare.py BUILD [--rounds N] [--messages N] [--json FILE]

BUILD is the folder of preset release. Exits with 77 where Postfix's programs are missing. The programs take turns, round by round, and ratios are taken
within a round; what is printed is their median. CPU time is the kernel's own account of a process,
so it matters little what else the machine does, and the wall clock is not looked at. Everything
stays on 127.0.0.1, sends a fixed number of messages and ends by itself.
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

DEADLINE = 120  # seconds that one run may take

# name, octets, connections, mode, a share of --messages, the goal beside the floor
SERVER_LOADS = [
    ("1 KiB, one connection reused", 1024, 20, "reuse", 1.0, 1.10),
    ("4 KiB, one connection reused", 4096, 20, "reuse", 1.0, 1.10),
    ("1 KiB, a connection each", 1024, 20, "new", 0.5, 1.10),
    ("4 KiB, a connection each", 4096, 20, "new", 0.5, 1.10),
    ("4 KiB, envelope in one group", 4096, 20, "group", 2.0, 1.20),
    ("4 KiB, messages overlap", 4096, 20, "overlap", 2.0, 1.20),
    ("1 MiB, one connection reused", 1 << 20, 20, "reuse", 0.02, 1.25),
]
# name, octets, a share of --messages, the goal beside smtp-source
CLIENT_LOADS = [("4 KiB", 4096, 1.0, 0.6), ("1 MiB", 1 << 20, 0.02, 0.8)]

AIOSMTPD = """
import asyncio, logging, sys
from aiosmtpd.smtp import SMTP
class discard:
    async def handle_DATA(self, server, session, envelope): return "250 2.0.0 ok"
async def serve():
    loop = asyncio.get_running_loop()
    make = lambda: SMTP(discard(), hostname="peer", loop=loop)
    server = await loop.create_server(make, "127.0.0.1", int(sys.argv[1]), backlog=1024)
    await server.serve_forever()
logging.disable(logging.CRITICAL)
asyncio.run(serve())
"""
SMTPLIB = """
import pathlib, smtplib, sys
message = pathlib.Path(sys.argv[3]).read_bytes()
with smtplib.SMTP("127.0.0.1", int(sys.argv[1]), local_hostname="client.example.com") as server:
    for _ in range(int(sys.argv[2])):
        server.sendmail("sender@example.com", ["rcpt@example.com"], message)
"""


def cpu_of(pid):
    """Seconds of CPU that a process has used, to the nanosecond."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def memory_of(pid):
    """Octets that are the process's own."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return 1024 * sum(int(line.split()[1]) for line in file if line.startswith("Private_"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, command):
        self.port = free_port()
        words = [word.replace("{port}", str(self.port)) for word in command]
        self.process = subprocess.Popen(
            words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self.pid = self.process.pid
        self.wait_until_it_greets()

    def wait_until_it_greets(self):
        for _ in range(200):
            try:
                with socket.create_connection(("127.0.0.1", self.port), 2) as probe:
                    if probe.recv(200).startswith(b"220"):
                        probe.sendall(b"QUIT\r\n")
                        probe.recv(200)
                        return
            except OSError:
                time.sleep(0.05)
        self.stop()
        sys.exit(f"compare.py: nobody greets on port {self.port}: {self.process.args}")

    def stop(self):
        if self.process.poll() is not None:
            return
        os.killpg(self.pid, signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self.process.wait()


def run(command):
    """Runs it to its end; gives the seconds of CPU that it used."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    timer = signal.signal(signal.SIGALRM, lambda *_: process.kill())
    signal.alarm(DEADLINE)
    complaint = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    signal.alarm(0)
    signal.signal(signal.SIGALRM, timer)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"compare.py: {' '.join(command)}: exit {process.returncode}: {complaint.decode()}")
    return used.ru_utime + used.ru_stime


def generator(tools, port, load, messages):
    _, octets, connections, mode, _, _ = load
    if mode in ("group", "overlap"):
        return [tools["load"], str(port), str(connections), str(messages), str(octets), mode]
    command = [tools["smtp-source"], "-s", str(connections), "-m", str(messages), "-l", str(octets)]
    command += ["-f", "sender@example.com", "-t", "rcpt@example.com"]
    return command + (["-d"] if mode == "reuse" else []) + [f"127.0.0.1:{port}"]


def ratio(ours, theirs):
    return statistics.median(a / b for a, b in zip(ours, theirs))


def compare_servers(tools, rounds, messages):
    commands = {
        "sink": [tools["sink"], "--listen", "127.0.0.1:{port}", "--discard"],
        "floor": [tools["floor_server"], "{port}"],
        "smtp-sink": [tools["smtp-sink"], "-u", "nobody", "-m", "20000", "127.0.0.1:{port}", "1000"],
    }
    if os.geteuid() != 0:
        commands["smtp-sink"][1:3] = []
    servers = {}
    results = []
    print("CPU of a server, ms for 1000 messages".ljust(42), *(name.rjust(10) for name in commands),
          "of floor".rjust(10), "of smtp-sink".rjust(13))
    try:
        for name, command in commands.items():
            servers[name] = Server(command)
        for load in SERVER_LOADS:
            count = max(load[2], int(messages * load[4]))
            used = {name: [] for name in servers}
            for _ in range(rounds):
                for name, server in servers.items():
                    before = cpu_of(server.pid)
                    run(generator(tools, server.port, load, count))
                    time.sleep(0.05)
                    used[name].append((cpu_of(server.pid) - before) / count * 1e6)
            results.append({
                "load": load[0], "goal": load[5],
                "ms": {name: statistics.median(each) for name, each in used.items()},
                "of_floor": ratio(used["sink"], used["floor"]),
                "of_smtp_sink": ratio(used["sink"], used["smtp-sink"]),
            })
            last = results[-1]
            print(load[0].ljust(42), *(f"{last['ms'][name]:10.2f}" for name in commands),
                  f"{last['of_floor']:10.2f}", f"{last['of_smtp_sink']:13.2f}", flush=True)
    finally:
        for server in servers.values():
            server.stop()
    return results


def compare_clients(tools, rounds, messages):
    results = []
    print("\nCPU of a client, ms for 1000 messages".ljust(43), "send_mail".rjust(10),
          "smtp-source".rjust(12), "of smtp-source".rjust(15))
    server = Server([tools["floor_server"], "{port}"])
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name, octets, share, goal in CLIENT_LOADS:
                count = max(20, int(messages * share))
                file = pathlib.Path(folder, "message")
                line = b"x" * 70 + b"\r\n"
                file.write_bytes(line * (octets // len(line)))
                ours = [tools["send_mail"], "--host", "127.0.0.1", "--port", str(server.port),
                        "--from", "sender@example.com", "--to", "rcpt@example.com",
                        "--file", str(file), "--count", str(count)]
                theirs = [tools["smtp-source"], "-d", "-s", "1", "-m", str(count), "-l", str(octets),
                          "-f", "sender@example.com", "-t", "rcpt@example.com",
                          f"127.0.0.1:{server.port}"]
                used = {"send_mail": [], "smtp-source": []}
                for _ in range(rounds):
                    used["send_mail"].append(run(ours) / count * 1e6)
                    used["smtp-source"].append(run(theirs) / count * 1e6)
                results.append({
                    "load": name, "goal": goal,
                    "ms": {each: statistics.median(all_) for each, all_ in used.items()},
                    "of_smtp_source": ratio(used["send_mail"], used["smtp-source"]),
                })
                last = results[-1]
                print(name.ljust(42), f"{last['ms']['send_mail']:10.2f}",
                      f"{last['ms']['smtp-source']:12.2f}", f"{last['of_smtp_source']:15.2f}",
                      flush=True)
    finally:
        server.stop()
    return results


def beside_python(tools, rounds, messages):
    """CPU for 1000 messages of 4 KiB: sink and aiosmtpd, send_mail and smtplib."""
    python = next((each for each in (sys.executable, "/usr/bin/python3") if subprocess.run(
        [each, "-c", "import aiosmtpd"], stderr=subprocess.DEVNULL, check=False).returncode == 0), None)
    if python is None:
        print("\naiosmtpd left out: not installed (Debian: python3-aiosmtpd)")
        return {}
    load = SERVER_LOADS[1]
    count = max(load[2], messages // 10)  # they are slow, and this is about orders of magnitude
    servers = {"sink": Server([tools["sink"], "--listen", "127.0.0.1:{port}", "--discard"]),
               "aiosmtpd": Server([python, "-c", AIOSMTPD, "{port}"])}
    used = {name: [] for name in ("sink", "aiosmtpd", "send_mail", "smtplib")}
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "message")
            file.write_bytes((b"x" * 70 + b"\r\n") * (4096 // 72))
            port = str(servers["sink"].port)
            clients = {
                "send_mail": [tools["send_mail"], "--host", "127.0.0.1", "--port", port, "--file",
                              str(file), "--from", "sender@example.com", "--to", "rcpt@example.com",
                              "--count", str(count)],
                "smtplib": [python, "-c", SMTPLIB, port, str(count), str(file)],
            }
            for _ in range(rounds):
                for name, server in servers.items():
                    before = cpu_of(server.pid)
                    run(generator(tools, server.port, load, count))
                    used[name].append((cpu_of(server.pid) - before) / count * 1e6)
                for name, command in clients.items():
                    used[name].append(run(command) / count * 1e6)
    finally:
        for server in servers.values():
            server.stop()
    ms = {name: statistics.median(each) for name, each in used.items()}
    print("\nCPU beside Python, ms for 1000 messages of 4 KiB")
    for name, value in ms.items():
        print(f"{name.ljust(42)} {value:10.2f}")
    return ms


def idle_memory(tools, connections):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    connections = min(connections, hard - 100)
    results = []
    print("\nmemory of an idle connection after EHLO, octets")
    commands = {"sink": [tools["sink"], "--listen", "127.0.0.1:{port}", "--discard"]}
    for name, command in commands.items():
        server = Server(command)
        held = []
        try:
            before = memory_of(server.pid)
            for _ in range(connections):
                peer = socket.create_connection(("127.0.0.1", server.port), 10)
                held.append(peer)
                peer.recv(512)
                peer.sendall(b"EHLO client.example.com\r\n")
                peer.recv(1024)
            each = (memory_of(server.pid) - before) / connections
            print(f"{name.ljust(42)} {each:10.0f}   ({connections} connections)")
            results.append({"server": name, "octets": each, "connections": connections, "goal": 1024})
        finally:
            for peer in held:
                peer.close()
            server.stop()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return results


def find_tools(build):
    folders = [build / "examples", build / "benchmarks", build / "benchmarks/programs", build]
    tools = {}
    for name in ("sink", "send_mail", "floor_server", "load"):
        found = [folder / name for folder in folders if (folder / name).is_file()]
        if not found:
            sys.exit(f"compare.py: {name} is not built below {build}")
        tools[name] = str(found[0])
    for name in ("smtp-source", "smtp-sink"):
        tools[name] = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
        if tools[name] is None:
            print(f"compare.py: {name} is not installed (Debian: postfix)", file=sys.stderr)
            sys.exit(77)
    return tools


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--connections", type=int, default=5000)
    parser.add_argument("--json", type=pathlib.Path)
    given = parser.parse_args()
    tools = find_tools(given.build)
    results = {
        "servers": compare_servers(tools, given.rounds, given.messages),
        "clients": compare_clients(tools, given.rounds, given.messages),
        "python": beside_python(tools, given.rounds, given.messages),
        "idle": idle_memory(tools, given.connections),
    }
    if given.json:
        given.json.write_text(json.dumps(results, indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
