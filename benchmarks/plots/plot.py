#!/usr/bin/env python3
"""Draws the figures in benchmarks/figures/ as bars, each picture in a light and a dark form.

  plot.py [FIGURES [PICTURES]]

FIGURES holds what the benchmarks printed: decode_dots.json, encode_dots.json and memory_limits.json
(--benchmark_repetitions=3 --benchmark_format=json; the medians are used) and compare.json
(programs/compare.py). instructions.txt is looked for beside that folder (instructions.sh).
A picture whose figures are missing is left out, with a line that says so.
"""

import json
import pathlib
import sys
from xml.sax.saxutils import escape

THEMES = {
    "light": {"text": "#1f2328", "quiet": "#59636e", "rule": "#d1d9e0",
              "ours": "#0969da", "other": "#8c959f", "goal": "#cf222e"},
    "dark": {"text": "#f0f6fc", "quiet": "#9198a1", "rule": "#3d444d",
             "ours": "#4493f8", "other": "#656c76", "goal": "#f85149"},
}
WIDTH, LEFT, RIGHT, ROW, GAP = 760, 230, 90, 20, 14


class Picture:
    """Horizontal bars in groups, from zero, with a mark where the goal is."""

    def __init__(self, title, unit, one_scale=False):
        self.title, self.unit, self.one_scale, self.groups = title, unit, one_scale, []

    def group(self, name, bars):
        """bars: (label, value, ours, goal or None)"""
        if bars:
            self.groups.append((name, bars))

    def scale(self, bars):
        if self.one_scale:
            bars = [each for _, group in self.groups for each in group]
        return (WIDTH - LEFT - RIGHT) / max(max(value, goal or 0) for _, value, _, goal in bars)

    def draw(self, theme):
        y, body = 58, []
        for name, bars in self.groups:
            scale = self.scale(bars)
            if name:
                body.append(text(0, y + 4, name, theme["text"], weight=600))
                y += ROW
            for label, value, ours, goal in bars:
                body += bar(y, label, value, value * scale, theme["ours" if ours else "other"], theme)
                if goal is not None:
                    x = LEFT + goal * scale
                    body.append(f'<path d="M{x:.1f} {y - 10}v{ROW - 2}" stroke="{theme["goal"]}" stroke-width="2"/>')
                y += ROW
            y += GAP
        head = [
            text(0, 16, self.title, theme["text"], size=15, weight=600),
            text(0, 34, self.unit, theme["quiet"]),
            f'<path d="M{LEFT} 46V{y - GAP}" stroke="{theme["rule"]}"/>',
        ]
        goals = any(goal is not None for _, bars in self.groups for *_, goal in bars)
        if goals:
            head.append(text(WIDTH, 34, "red: the goal", theme["goal"], anchor="end"))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" '
            f'height="{y}" font-family="system-ui, sans-serif" font-size="12" role="img" '
            f'aria-label="{escape(self.title)}">\n' + "\n".join(head + body) + "\n</svg>\n"
        )


def text(x, y, words, colour, size=12, weight=400, anchor="start"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}" '
            f'font-weight="{weight}" text-anchor="{anchor}">{escape(words)}</text>')


def bar(y, label, value, length, colour, theme):
    return [
        text(LEFT - 8, y + 4, label, theme["text"], anchor="end"),
        f'<rect x="{LEFT}" y="{y - 8}" width="{max(length, 1):.1f}" height="14" rx="2" fill="{colour}"/>',
        text(LEFT + length + 6, y + 4, spelled(value), theme["quiet"]),
    ]


def spelled(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def medians(file):
    """name -> octets a second, the median where a benchmark was repeated"""
    rows = json.loads(file.read_text())["benchmarks"]
    found = {}
    for row in rows:
        if row.get("run_type") == "aggregate" and row["aggregate_name"] != "median":
            continue
        name = row.get("run_name", row["name"])
        if "bytes_per_second" in row and (name not in found or row.get("run_type") == "aggregate"):
            found[name] = row["bytes_per_second"]
    return found


def content(figures):
    limits = medians(figures / "memory_limits.json")
    decode = medians(figures / "decode_dots.json")
    encode = medians(figures / "encode_dots.json")
    picture = Picture("Content beside the limits of memory", "GB/s of one core; longer is better", one_scale=True)
    kinds = {"base64": "lines of 76 columns, in cache", "html": "long lines, in cache",
             "base64/out_of_cache": "lines of 76 columns, out of cache"}
    for kind, name in kinds.items():
        bars = []
        for label, found, key, ours in [
            ("memcpy", limits, f"memory_limits/memcpy/{kind}", False),
            ("reading", limits, f"memory_limits/read/{kind}", False),
            ("memchr for LF", limits, f"memory_limits/memchr/{kind}", False),
            ("decoding", decode, f"decode_dots/{kind}", True),
            ("encoding", encode, f"encode_dots/{kind}", True),
        ]:
            if key in found:
                bars.append((label, found[key] / 1e9, ours, None))
        picture.group(name, bars)
    return picture


def instructions(figures):
    picture = Picture("Instructions of the main paths, and of each kind of command",
                      "counted by callgrind, each group in its own scale; shorter is better")
    rows = [line.split() for line in (figures.parent / "instructions.txt").read_text().splitlines()[2:]]
    count = {row[0]: float(row[1]) for row in rows}
    goals = {"parse_command": 500, "parse_reply": 250, "parse_capabilities": 2000,
             "server_transaction": 3500, "client_transaction": 5000}
    names = {"parse_command": "a command, mixed", "parse_reply": "a reply, mixed",
             "parse_capabilities": "what EHLO says", "server_transaction": "server, 4 KiB message",
             "client_transaction": "client, 4 KiB message"}
    picture.group("main paths", [(names[key], count[key], True, goals[key]) for key in goals if key in count])
    each = sorted((value, name.split("/")[1]) for name, value in count.items() if name.startswith("parse_command/"))
    picture.group("kinds of command", [(name.replace("_", ", "), value, True, None) for value, name in each])
    return picture


def programs(figures):
    found = json.loads((figures / "compare.json").read_text())
    picture = Picture("CPU of whole programs", "milliseconds for 1000 messages, each group in its own scale; shorter is better")
    for row in found["servers"]:
        floor = row["ms"]["floor"]
        picture.group("server: " + row["load"], [
            (name, value, name == "sink", row["goal"] * floor if name == "sink" else None)
            for name, value in row["ms"].items()])
    for row in found["clients"]:
        theirs = row["ms"]["smtp-source"]
        picture.group("client: " + row["load"], [
            (name, value, name == "send_mail", row["goal"] * theirs if name == "send_mail" else None)
            for name, value in row["ms"].items()])
    return picture


def python(figures):
    ms = json.loads((figures / "compare.json").read_text()).get("python", {})
    picture = Picture("CPU beside Python's mail packages",
                      "milliseconds for 1000 messages of 4 KiB, each group in its own scale; shorter is better")
    for name, pair in {"server": ("sink", "aiosmtpd"), "client": ("send_mail", "smtplib")}.items():
        picture.group(name, [(each, ms[each], each == pair[0], None) for each in pair if each in ms])
    return picture


def memory(figures):
    found = json.loads((figures / "compare.json").read_text())["idle"]
    picture = Picture("Memory of an idle connection", "octets of the process, after EHLO; shorter is better")
    picture.group("", [(row["server"], row["octets"], row["server"] == "sink",
                        1024 if row["server"] == "sink" else None) for row in found])
    return picture


def main():
    here = pathlib.Path(__file__).resolve().parent
    figures = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent / "figures"
    pictures = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else here
    for make in (content, instructions, programs, python, memory):
        try:
            picture = make(figures)
        except FileNotFoundError as missing:
            print(f"plot.py: {make.__name__} left out: no {missing.filename}")
            continue
        for name, theme in THEMES.items():
            (pictures / f"{make.__name__}-{name}.svg").write_text(picture.draw(theme), encoding="utf-8")


if __name__ == "__main__":
    main()
