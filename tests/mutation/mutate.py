#!/usr/bin/env python3
"""Flips one token of include/postel at a time, and reports which flips no test notices.

    mutate.py                         the short fixed run of CI: a sample of cells and of other flips
    mutate.py --cells 0 --flips 600   so many of each, drawn by --seed; "all" for every one
    mutate.py --only 'sasl/*'         of these headers

A flip is noticed if a test fails, crashes or hangs, or if a static_assert stops the compiler. Flips
that are no program at all are not counted. What survives for a reason stands in survivors.csv.
The tree is never changed: a flipped header lies in a folder that is searched before include/.
"""
import argparse
import csv
import fnmatch
import hashlib
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
import flips  # noqa: E402

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
INCLUDE = TESTS.parent / "include"
COMPILER = next(filter(shutil.which, ["clang++-14", "clang++-19", "clang++", "g++"]))
CLANG = "clang" in COMPILER
# With SSSE3, where this is an x86-64, so that its kernels are flipped as well.
FLAGS = ["-std=c++20", "-O0", "-w", "-I", str(TESTS)] + ["-mssse3"] * (platform.machine() == "x86_64")
LIBRARIES = ["-lCatch2WithMain", "-lfmt", "-lssl", "-lcrypto"] + ["-fuse-ld=lld"] * bool(shutil.which("ld.lld"))
# What tests include besides their subject, read once.
PRECOMPILED = ["support/catch.hpp", "array", "chrono", "fmt/format.h", "fstream", "functional", "map",
               "optional", "random", "set", "span", "sstream", "string", "variant", "vector"]
PATIENCE = 40  # seconds of the processor, several times what the slowest file of tests takes
# Tests of everything, asked last. The pages printed from tables come after what obeys the tables.
WIDE = ["command", "transcripts", "pair", "tables_as_markdown", "errors_as_markdown"]
# Pages that are printed from a table and compared with it.
PAGES = {"error": ["errors_as_markdown"], "server_table": ["tables_as_markdown"],
         "client_table": ["tables_as_markdown"]}
# Whom to ask about a header beside the tests that bear its name.
KIN = {
    "limits": ["server_limits", "client_limits", "reply_reader"],
    "policy": ["path", "server_foreign", "server_content"],
    "timeouts": ["server_limits", "client_limits"],
    "result": ["decimal", "cursor"],
    "enhanced_status": ["reply"], "reply_code": ["reply", "reply_view"],
    "command_types": ["command"],
    "sasl_scram_keys": ["sasl_scram"], "sasl_scram_client": ["sasl_scram"], "sasl_scram_server": ["sasl_scram"],
    "sasl_bearer": ["sasl_xoauth2", "sasl_oauthbearer"], "sasl_channel_bindings": ["sasl_scram"],
    "sasl_crypto": ["sasl_scram"], "set_shapes": ["runs"], "proxy_header": ["proxy_protocol", "proxy_writer"],
}


# --- which tests

def includes_of(path):
    return re.findall(r'#include [<"]([^>"]+)[>"]', path.read_text(encoding="utf-8"))


class Witnesses:
    """For each header the tests that are asked, those that bear its name first."""

    def __init__(self):
        self.tests = sorted(TESTS.glob("*.test.cpp"))
        self.direct = {test: self.postel_of(test) for test in self.tests}
        self.reach = {test: self.closure(found) for test, found in self.direct.items()}

    def postel_of(self, path, seen=None):
        seen = set() if seen is None else seen
        found = set()
        for name in includes_of(path):
            if name.startswith("postel/"):
                found.add(name[len("postel/"):])
            elif name.startswith("support/") and name not in seen and (TESTS / name).exists():
                seen.add(name)
                found |= self.postel_of(TESTS / name, seen)
            elif (path.parent / name).exists() and name not in seen and path.parent != TESTS:
                seen.add(name)
                found |= self.postel_of(path.parent / name, seen)
        return found

    def closure(self, names):
        reached, todo = set(), list(names)
        while todo:
            name = todo.pop()
            if name not in reached:
                reached.add(name)
                todo += [n[len("postel/"):] for n in includes_of(INCLUDE / "postel" / name)
                         if n.startswith("postel/")]
        return reached

    def of(self, header):
        stem = header[:-len(".hpp")].replace("/", "_").replace("detail_", "")
        role = stem.split("_")[0]
        names = [*PAGES.get(stem, []), stem, *KIN.get(stem, [])]
        if role in ("server", "client"):
            names += [role + "_session", "transcripts", "transcript"]
        if role == "scan":
            names += ["scan", "dot_decoder", "dot_encoder"]
        if role == "runs":
            names += ["runs", "domain", "mailbox"]
        if role in ("server", "client", "sasl", "proxy"):
            names += sorted(t.name.split(".")[0] for t in self.tests if t.name.startswith(role + "_"))
        named = [t for name in names for t in self.tests if t.name.split(".")[0] == name]
        including = [t for t in self.tests if f"<postel/{header}>" in t.read_text(encoding="utf-8")]
        wide = [t for name in WIDE for t in self.tests if t.name.split(".")[0] == name]
        late = [t for t in wide if "as_markdown" in t.name and t not in named]
        asked = [t for t in named + including + wide if t not in late] + late
        return [t for t in dict.fromkeys(asked) if header in self.reach[t]]


# --- one flip

def limited(seconds):
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return limit


class Judge:
    def __init__(self, folder):
        self.folder = folder
        self.room = threading.local()
        self.rooms = 0
        self.lock = threading.Lock()
        self.sound = {}  # tests that pass when nothing is flipped, and the seconds they may take
        header = folder / "precompiled.hpp"
        header.write_text("".join(f"#include <{name}>\n" for name in PRECOMPILED))
        made = folder / ("precompiled.pch" if CLANG else "precompiled.hpp.gch")
        subprocess.run([COMPILER, *FLAGS, "-x", "c++-header", header, "-o", made], check=True)
        self.precompiled = ["-include-pch", made] if CLANG else ["-include", header]

    def own_room(self):
        if not hasattr(self.room, "path"):
            with self.lock:
                self.rooms += 1
                self.room.path = self.folder / str(self.rooms)
        shutil.rmtree(self.room.path, ignore_errors=True)
        (self.room.path / "postel").mkdir(parents=True)
        return self.room.path

    def compile(self, test, room):
        """None, or what the compiler says against it."""
        try:
            done = subprocess.run([COMPILER, *FLAGS, *self.precompiled, "-I", room, "-I", INCLUDE, test,
                                   "-o", room / "program", *LIBRARIES],
                                  capture_output=True, text=True, timeout=20 * PATIENCE,
                                  preexec_fn=limited(PATIENCE))
        except subprocess.TimeoutExpired:
            return "constant expression without end"
        return None if done.returncode == 0 else done.stderr

    def run(self, test, room):
        try:
            return subprocess.run([room / "program", "-a"], cwd=TESTS, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, timeout=20 * PATIENCE,
                                  preexec_fn=limited(self.sound.get(test, PATIENCE))).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def passes_unflipped(self, test):
        """Asked when a test first fails, so that it is not believed if it fails of itself."""
        with self.lock:
            if test not in self.sound:
                room = Path(tempfile.mkdtemp(dir=self.folder))
                begun = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
                if self.compile(test, room) is not None or not self.run(test, room):
                    raise SystemExit(f"{test.name} fails before anything is flipped")
                took = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - begun
                self.sound[test] = min(PATIENCE, 3 + int(2 * took))  # compiling counts as well
                shutil.rmtree(room)
        return True

    def judge(self, flip, tests):
        """The name of what noticed it; "" if nothing did, None if it is no program."""
        for test in tests:
            room = self.own_room()
            lines = (INCLUDE / "postel" / flip.file).read_text(encoding="utf-8").split("\n")
            lines[flip.row] = flip.after
            target = room / "postel" / flip.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("\n".join(lines), encoding="utf-8")
            if said := self.compile(test, room):
                if re.search(r"static.assert|constant expression|array index .* is past the end", said):
                    return "the compiler"
                return None
            if not self.run(test, room) and self.passes_unflipped(test):
                return test.name
        return ""


# --- all of them

def drawn(every, seed):
    """In an order that a change elsewhere does not disturb."""
    return sorted(every, key=lambda f: hashlib.sha256(repr((seed, f.key)).encode()).digest())


def explained():
    path = HERE / "survivors.csv"
    with open(path, newline="", encoding="utf-8") as file:
        return {(r["file"], r["line"], r["flipped"]): r["why"] for r in csv.DictReader(file)}


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--seed", default="5321")
    options.add_argument("--cells", default="10", help="how many cells of tables, or all")
    options.add_argument("--flips", default="15", help="how many other flips, or all")
    options.add_argument("--only", default=["*"], nargs="+", help="headers, as patterns below include/postel")
    options.add_argument("--allow", type=int, default=0, help="survivors without a reason that are no failure")
    options.add_argument("--jobs", type=int, default=1)
    options.add_argument("--list", action="store_true", help="print the flips and try none")
    options.add_argument("--log", help="a file for what noticed each flip")
    wanted = options.parse_args()

    every = flips.find(INCLUDE)
    known = explained()
    stale = set(known) - {f.key for f in every}
    for entry in sorted(stale):
        print("survivors.csv, no such line or flip any more:", *entry, sep="\n    ")
    chosen = []
    for cell, many in ((True, wanted.cells), (False, wanted.flips)):
        of_kind = drawn([f for f in every if f.cell == cell
                         and any(fnmatch.fnmatch(f.file, only) for only in wanted.only)],
                        wanted.seed)
        chosen.append((of_kind, len(of_kind) if many == "all" else int(many)))
    if wanted.list:
        for of_kind, many in chosen:
            for flip in of_kind[:many]:
                print(*flip.key, sep=" | ")
        return 0

    witnesses = Witnesses()
    log = open(wanted.log, "a", encoding="utf-8") if wanted.log else None
    begun = time.monotonic()
    killed = reasons = 0
    survivors = []
    with tempfile.TemporaryDirectory(prefix="postel_mutants.") as folder:
        judge = Judge(Path(folder))
        with ThreadPoolExecutor(wanted.jobs) as pool:
            for of_kind, many in chosen:
                left = iter(of_kind)
                while many > 0 and (batch := [f for f, _ in zip(left, range(many))]):
                    verdicts = pool.map(lambda f: judge.judge(f, witnesses.of(f.file)), batch)
                    for flip, verdict in zip(batch, verdicts):
                        if log:
                            print(*flip.key, "no program" if verdict is None else verdict or "SURVIVED",
                                  f"{time.monotonic() - begun:.0f} s", sep="\t", file=log, flush=True)
                        if verdict is None:
                            continue  # the next one takes its place
                        many -= 1
                        killed += verdict != ""
                        if verdict == "" and flip.key in known:
                            reasons += 1
                        elif verdict == "":
                            survivors.append(flip)
                            print(f"survived: {flip.file}\n  - {flip.before.strip()}\n  + {flip.after.strip()}",
                                  flush=True)
    print(f"mutants: {killed} of {killed + reasons + len(survivors)} killed, {reasons} explained"
          f" (seed {wanted.seed})")
    return 1 if stale or len(survivors) > wanted.allow else 0


if __name__ == "__main__":
    sys.exit(main())
