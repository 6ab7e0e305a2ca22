"""Every flip of include/postel: what could be written in the place of a token.

A flip is known by its file, the text of its line and the text that takes its place, never by a line
number, so that what is said of it outlives changes elsewhere in the file.
"""
import re
from pathlib import Path
from typing import NamedTuple


class Flip(NamedTuple):
    file: str     # below include/postel
    row: int      # of this reading of the file only
    before: str   # the line
    after: str
    cell: bool    # of a table

    @property
    def key(self):
        return self.file, self.before.strip(), self.after.strip()


# Never compiled by the tests of this machine, or no code.
LEFT_OUT = {"detail/scan_neon.hpp", "detail/scan_avx2.hpp", "version.hpp", "postel.hpp"}

BLANKED = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![\w])\'(?:\\.[^\']*|[^\'\\])\'', re.S)
NUMBER = re.compile(r"(?<![\w.'])(0x[0-9A-Fa-f']+|\d[\d']*)(?=(?:u|U|ull|min|s|h|ms)?\b)")
OTHER = {
    " == ": [" != "], " != ": [" == "],
    " < ": [" <= ", " >= "], " <= ": [" < ", " > "], " > ": [" >= ", " <= "], " >= ": [" > ", " < "],
    " && ": [" || "], " || ": [" && "],
    " + ": [" - "], " - ": [" + "], " * ": [" / "], " / ": [" * "], " % ": [" / "],
    " << ": [" >> "], " >> ": [" << "], " & ": [" | "], " | ": [" & "],
    " += ": [" -= "], " -= ": [" += "], " |= ": [" &= "], " &= ": [" |= "],
    "++": ["--"], "--": ["++"], "true": ["false"], "false": ["true"], "!": [""],
}
OPERATOR = re.compile(r" (?:==|!=|<=|>=|<<|>>|&&|\|\||[-+|&]=|[<>+\-*/%&|]) |\+\+|--"
                      r"|\btrue\b|\bfalse\b|!(?=[\w(*])")
CHARACTER = re.compile(r"(?<!\w)'([0-9A-Za-z.,:;=<>@\[\]_+/* \-])'")
# What is checked by being compiled, or checks others.
NO_CODE = re.compile(r"^\s*(#|template|requires|static_assert|using|namespace|assert\()|operator|noexcept")


def blanked(text):
    """Comments and literals as spaces, line ends kept."""
    return BLANKED.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def body_end(text, at):
    """Behind the brace that closes the one at `at`."""
    depth = 0
    for i in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return i + 1
    return len(text)


def number_beside(digits, by):
    value = int(digits.replace("'", ""), 0) + by
    if value < 0:
        return None
    return f"0x{value:X}" if digits.startswith("0x") else str(value)


# --- cells of tables

ROW = re.compile(r"\b(server_row|server_arrow|question_row|client_row|error_row|extension_row|verb_row"
                 r"|sasl_mechanism_row)(?=\{)|/\* \w+ +\*/ (?=\{\{\{)|inline constexpr reply \w+ +(?=\{)")
CELL = re.compile(r'"(?:\\.|[^"\\])*"|&?[A-Za-z_][\w:]*|\d+|\{\}')
# What a row leaves to its default.
UNSAID = {"error_row": [("fault::", ", fault::local")],
          "verb_row": [("extension::", ", extension::help"), ("false", ", {}, false")]}
EMPTY = {"error_row": "{5, 0, 0}", "question_row": "{5, 0, 0}", "verb_row": "extension::help"}


def other_cell(kind, cells, slot, rows):
    """The value that the next rows have in this place and this one has not."""
    text, at_end = cells[slot]
    if text == "{}":
        return '{500, {}, ""}' if kind == "question_row" and at_end else EMPTY.get(kind)
    if text[0] == '"':
        return '"x"' if text == '""' else text[:-2] + ("y" if text[-2] == "x" else "x") + '"'
    if text.isdigit():
        return str(int(text) + 1)
    if text in OTHER:
        return OTHER[text][0]
    scope = text.rpartition("::")[0]
    here = next(i for i, row in enumerate(rows) if row is cells)
    order = rows[here + 1:] + rows[:here]
    column = [row[slot][0] for row in order if slot < len(row)]
    anywhere = [cell for row in order + [cells] for cell, _ in row]
    for other in column + anywhere:
        if other != text and other[0] not in '"{' and not other.isdigit() and other not in OTHER \
                and other.rpartition("::")[0] == scope:
            return other
    return None


def cell_flips(file, text, lines, starts):
    code = re.sub(r"//[^\n]*", lambda m: " " * len(m.group()), text)
    bare = blanked(text)
    tables = {}
    for found in ROW.finditer(code):
        if bare[found.start()] == " " and not found.group().startswith("/*"):
            continue
        kind = found.group(1) or ("dot" if found.group().startswith("/*") else "reply")
        begin, end = found.end(), body_end(bare, found.end())
        cells = list(CELL.finditer(code, begin + 1, end - 1))
        tables.setdefault(kind, []).append((begin, end, cells))
    for kind, rows in tables.items():
        texts = [[(c.group(), c.end() == end - 1) for c in cells] for _, end, cells in rows]
        for (begin, end, cells), row in zip(rows, texts):
            for slot, cell in enumerate(cells):
                if (other := other_cell(kind, row, slot, texts)) is not None:
                    yield put(file, lines, starts, cell.start(), cell.end(), other, True)
            for sign, more in UNSAID.get(kind, []):
                if sign not in code[begin:end]:
                    yield put(file, lines, starts, end - 1, end - 1, more, True)


# --- everything else

def put(file, lines, starts, begin, end, other, cell):
    row = max(i for i, s in enumerate(starts) if s <= begin)
    before, at = lines[row], begin - starts[row]
    return Flip(file, row, before, before[:at] + other + before[at + end - begin:], cell)


def code_flips(file, text, lines, starts):
    bare = blanked(text)
    skipped = [(m.start(), body_end(bare, bare.index("{", m.start())))
               for m in re.finditer(r"\bconsteval\b", bare)]
    skipped += [(m.start(), bare.index(";", m.start())) for m in re.finditer(r"\bstatic_assert\b", bare)]
    skipped += [(m.start(), m.end())
                for m in re.finditer(r"// clang-format off.*?// clang-format on", text, re.S)
                if ROW.search(m.group())]
    skipped += [(m.start(), body_end(bare, m.end())) for m in re.finditer(r"server_arrow(?=\{)", bare)]
    skipped += [m.span() for m in re.finditer(r"(?<=: )1(?= = )", bare)]  # bits that a bool takes

    def offer(begin, end, others):
        row = max(i for i, s in enumerate(starts) if s <= begin)
        if NO_CODE.search(lines[row]) or any(b <= begin < e for b, e in skipped):
            return
        for other in others:
            if other is not None:
                yield put(file, lines, starts, begin, end, other, False)

    for found in OPERATOR.finditer(bare):
        yield from offer(found.start(), found.end(), OTHER[found.group()])
    for found in NUMBER.finditer(bare):
        yield from offer(*found.span(), [number_beside(found.group(1), 1), number_beside(found.group(1), -1)])
    for found in CHARACTER.finditer(text):
        if text.rfind("//", starts[max(i for i, s in enumerate(starts) if s <= found.start())], found.start()) < 0:
            yield from offer(*found.span(), [f"'{chr(ord(found.group(1)) + 1)}'".replace("'\\'", "'x'")])


def find(include):
    """All flips of the headers below `include`/postel, cells of tables first."""
    headers = Path(include) / "postel"
    every = []
    for path in sorted(headers.rglob("*.hpp")):
        file = path.relative_to(headers).as_posix()
        if file in LEFT_OUT:
            continue
        text = path.read_text(encoding="utf-8")
        lines = text.split("\n")
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line) + 1)
        every += cell_flips(file, text, lines, starts)
        every += code_flips(file, text, lines, starts)
    return sorted(set(every), key=lambda f: (not f.cell, f.file, f.row, f.after))
