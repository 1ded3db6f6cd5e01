"""Foreign text made safe and measured: what every character from outside passes before a cell."""

import re

from rich.cells import cell_len, split_graphemes

TAB = 4

_SEQUENCES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC: titles, links, clipboard
    r"|\x1b[PX^_].*?(?:\x1b\\|$)"  # DCS, SOS, PM, APC
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[ -/]*[0-~]"
    r"|\x9b[0-?]*[ -/]*[@-~]",
    re.DOTALL,
)
_CONTROLS: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(0x20) if code not in (0x09, 0x0A)},
    0x7F: "\u2421",
    **dict.fromkeys(range(0x80, 0xA0), "\ufffd"),
    # Characters that reorder, hide or break what is seen: shown, never obeyed.
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF], "\ufffd"),
    **dict.fromkeys([0x2028, 0x2029, 0x85], "\n"),
}
_SUSPECT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANKS = " \t"
_WORDS = re.compile(r"[^ \t]+[ \t]*|[ \t]+")


def clean(text: str) -> str:
    """The text without anything a terminal would obey: sequences dropped, other control and
    reordering characters made visible, a line overwritten by carriage returns as it ends up."""
    if not _SUSPECT.search(text):
        return text
    text = _SEQUENCES.sub("", text).replace("\r\n", "\n")
    if "\r" in text:
        text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return _SURROGATES.sub("\ufffd", text.translate(_CONTROLS))


def without_sequences(text: str) -> str:
    """The text without what a terminal, or who reads its keys, would take for an order."""
    return _SEQUENCES.sub("", text).replace("\x1b", "")


def width_of(text: str) -> int:
    """Cells the text takes, tabs apart."""
    return len(text) if text.isascii() else cell_len(text)


def expand(text: str, start: int = 0) -> str:
    """Tabs as spaces up to the next stop; `start` is the column the text begins at."""
    if "\t" not in text:
        return text
    out: list[str] = []
    column = start
    for piece in re.split("(\t)", text):
        shown = " " * (TAB - column % TAB) if piece == "\t" else piece
        out.append(shown)
        column += width_of(shown)
    return "".join(out)


def graphemes(text: str) -> list[tuple[str, int]]:
    """What a person sees as one character each, with its cells; tabs reach to the next stop."""
    if text.isascii() and "\t" not in text:
        return [(character, 1) for character in text]
    out: list[tuple[str, int]] = []
    column = 0
    for run in re.split("(\t)", text):
        if run == "\t":
            out.append((run, TAB - column % TAB))
            column += out[-1][1]
            continue
        for begin, end, cells in split_graphemes(run)[0]:
            out.append((run[begin:end], cells))
            column += cells
    return out


def cut(text: str, start: int, end: int | None = None) -> str:
    """The characters whose cells begin in `start` … `end`; tabs come out as tabs."""
    if text.isascii() and "\t" not in text:
        return text[max(0, start) : end]
    out: list[str] = []
    column = 0
    for piece, cells in graphemes(text):
        if column >= start and (end is None or column < end):
            out.append(piece)
        column += cells
    return "".join(out)


def fit(text: str, width: int) -> str:
    """One line of at most `width` cells; what is cut off ends in an ellipsis."""
    text = " ".join(text.split("\n"))
    if width_of(text) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    out: list[str] = []
    column = 0
    for piece, cells in graphemes(text):
        if column + cells > width - 1:
            break
        out.append(piece)
        column += cells
    return "".join(out) + "…"


def wrap(text: str, width: int) -> list[tuple[int, int]]:
    """Where one line breaks softly: (start, end) indices; blanks at a break are left out.
    Words stay whole where they fit; longer ones and text without blanks break between
    graphemes."""
    if width_of(text) <= width:
        return [(0, len(text))]
    width = max(1, width)
    lines: list[tuple[int, int]] = []
    start = column = 0
    for match in _WORDS.finditer(text):
        word = match.group().rstrip(_BLANKS)
        size = width_of(word)
        if column + size > width and column:
            lines.append((start, len(text[start : match.start()].rstrip(_BLANKS)) + start))
            start, column = match.start(), 0
        if size > width:
            start, column = _break_word(match.start(), word, width, lines)
        else:
            column += size
        column += len(match.group()) - len(word)
    lines.append((start, len(text)))
    return [(a, max(a, b)) for a, b in lines]


def _break_word(start: int, word: str, width: int, lines: list[tuple[int, int]]) -> tuple[int, int]:
    """Append the full lines of a word wider than a line; returns where the rest begins and its
    cells."""
    column, at = 0, start
    for piece, cells in graphemes(word):
        if column + cells > width:
            lines.append((start, at))
            start, column = at, 0
        at += len(piece)
        column += cells
    return start, column
