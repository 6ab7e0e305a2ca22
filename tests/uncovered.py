"""Reads what llvm-cov counted in include/ and prints one line of summary.

    uncovered.py PROGRAM PROFILE REPORT

Lists the lines that no test runs, and the conditions that no test finds true or finds false, in
REPORT. Those in vectors/uncovered.csv have a reason. Fails below the thresholds, and when a place is
open, neither covered nor explained.

Why llvm-cov and not gcov: gcov counts a branch wherever a call may throw, more than a thousand in
include/ where no condition stands. llvm-cov counts conditions as they are written.
"""
import csv
import json
import subprocess
import sys
from pathlib import Path

LINES, BRANCHES = 98.5, 96.5  # per cent, at least
TESTS = Path(__file__).resolve().parent
INCLUDE = TESTS.parent / "include"
LLVM_COV = "llvm-cov-14"


def exported(program, profile, form):
    return subprocess.run([LLVM_COV, "export", f"-format={form}", "-instr-profile", profile, program],
                          check=True, capture_output=True, text=True).stdout


def below_include(path):
    path = Path(path)
    path = path if path.is_absolute() else Path.cwd() / path
    path = path.resolve()
    return path.relative_to(INCLUDE / "postel").as_posix() if INCLUDE in path.parents else None


def lines_of(text):
    """{(file, line): times run}"""
    found, file = {}, None
    for record in text.splitlines():
        kind, _, rest = record.partition(":")
        if kind == "SF":
            file = below_include(rest)
        elif kind == "DA" and file:
            line, count = rest.split(",")[:2]
            found[file, int(line)] = found.get((file, int(line)), 0) + int(count)
    return found


def branches_of(text):
    """{(file, line, column, end line, end column): [times true, times false]}, all instances of a template together"""
    found = {}
    for file in json.loads(text)["data"][0]["files"]:
        if name := below_include(file["filename"]):
            for line, column, end, end_column, yes, no, *_ in file["branches"]:
                sum_ = found.setdefault((name, line, column, end, end_column), [0, 0])
                sum_[0] += yes
                sum_[1] += no
    return found


def decides(source):
    """False where a branch is no choice at run time: written by the compiler (`= default`), settled
    by it (`if constexpr`), or a switch whose every case is named (-Wswitch sees to that)."""
    return not any(word in source for word in ("default;", "if constexpr", "is_constant_evaluated", "switch ("))


class Sources(dict):
    def __missing__(self, file):
        self[file] = (INCLUDE / "postel" / file).read_text(encoding="utf-8").split("\n")
        return self[file]

    def line(self, file, line):
        return self[file][line - 1]

    def shown(self, file, line, column, end, end_column):
        text = self.line(file, line)
        return text[column - 1:end_column - 1] if line == end else text[column - 1:] + " ..."


def main(program, profile, report):
    lines = lines_of(exported(program, profile, "lcov"))
    branches = branches_of(exported(program, profile, "text"))
    sources, missing = Sources(), []  # (file, text of the line, what)
    # llvm-cov gives the line behind an assert the count of its failure.
    lines = {place: count for place, count in lines.items()
             if "assert(" not in sources.line(place[0], place[1] - 1)}
    for (file, line), count in sorted(lines.items()):
        if count == 0 and sources.line(file, line).strip() != "}":  # what it ends is named
            missing.append((file, line, "never run"))
    branches = {place: counts for place, counts in branches.items() if decides(sources.line(*place[:2]))}
    for place, counts in sorted(branches.items()):
        for way, count in zip(("true", "false"), counts):
            if count == 0:
                missing.append((place[0], place[1], f"never {way}: {sources.shown(*place)}"))

    with open(TESTS / "vectors" / "uncovered.csv", newline="", encoding="utf-8") as file:
        reasons = {(r["file"], r["line"], r["what"]): r["why"] for r in csv.DictReader(file)}
    met, unexplained = set(), []
    with open(report, "w", encoding="utf-8") as out:
        for file, line, what in missing:
            key = (file, sources.line(file, line).strip(), what)
            met.add(key)
            if key not in reasons:
                unexplained.append(key)
            print(f"{file}:{line}: {what}\n    {key[1]}\n    {reasons.get(key, 'NOT EXPLAINED')}", file=out)

    ways = [count for counts in branches.values() for count in counts]
    of_lines = 100 * sum(c != 0 for c in lines.values()) / len(lines)
    of_branches = 100 * sum(c != 0 for c in ways) / len(ways)
    for key in sorted(set(reasons) - met):
        print("vectors/uncovered.csv explains what is covered or gone:", *key, sep="\n    ")
    fit = of_lines >= LINES and of_branches >= BRANCHES and not unexplained
    if not fit:
        print(f"wanted: {LINES} % of lines, {BRANCHES} % of branches, none open; see {report}")
    print(f"coverage: {of_lines:.1f} % of lines, {of_branches:.1f} % of branches of include/;"
          f" {len(missing) - len(unexplained)} places explained, {len(unexplained)} open")
    return 0 if fit else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
