"""Some lines of a text, numbered and bounded, and what to ask for next."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from opencode.core.error import ToolError
from opencode.tools.shared.encodings import Undecodable, detect

LARGEST = 50_000
"""Bytes of one answer, unless less is asked for."""
_LONGEST = 2000
"""Characters of one line."""
_SAMPLE = 65536


@dataclass(frozen=True)
class Excerpt:
    """Lines as they are shown: `text` for people, `numbered` for models, from line `start`."""

    text: str
    numbered: str
    start: int
    footer: str


def excerpt(
    lines: list[str],
    offset: int,
    limit: int,
    note: str,
    *,
    what: tuple[str, str] = ("line", "lines"),
    size: int = LARGEST,
) -> Excerpt:
    """Up to `limit` lines and `size` bytes from line `offset` (1-based); ToolError past the end."""
    total, plural = len(lines), what[1]
    if offset > max(total, 1):
        count = f"{total} {what[0] if total == 1 else plural}"
        raise ToolError(f"offset {offset} is past the end: there are {count}.")
    shown, capped = _bounded(lines[offset - 1 : offset - 1 + limit], size)
    last = offset + len(shown) - 1
    parts = [note] if note else []
    if not total and plural == "lines":
        parts.append("the file is empty")
    elif offset > 1 or last < total:
        parts.append(f"{plural} {offset}-{last} of {total}")
    if last < total:
        parts.append(_more(last + 1, size if capped else 0))
    return _drawn(shown, offset, "; ".join(parts))


def excerpt_of_large(path: Path, offset: int, limit: int, size: int = LARGEST) -> Excerpt:
    """The same from a file that is too large to hold; only what is asked for is kept."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(22, "not a regular file")
        codec = _codec(file.read(_SAMPLE))
        file.seek(0)
        passed = _skip(file, offset - 1)
        if passed < offset - 1 or not (first := file.peek(1)[:1]):
            raise ToolError(f"offset {offset} is past the end: there are {passed} lines.")
        del first
        found = (raw.decode(codec, "replace") for raw in _lines(file))
        wanted = list(islice(found, limit))
        more = bool(file.peek(1)[:1])
    if offset == 1 and wanted:
        wanted[0] = wanted[0].removeprefix("\ufeff")
    shown, capped = _bounded(wanted, size)
    last = offset + len(shown) - 1
    parts = [f"decoded from {codec}"] if codec != "utf-8" else []
    parts.append(f"lines {offset}-{last} of a large file")
    if more or len(shown) < len(wanted):
        parts.append(_more(last + 1, size if capped else 0))
    return _drawn(shown, offset, "; ".join(parts))


def _more(offset: int, reached: int) -> str:
    why = f"{reached / 1000:.0f} KB reached; " if reached else ""
    return f"{why}more with offset={offset}"


def _codec(sample: bytes) -> str:
    cut = sample[: sample.rfind(b"\n") + 1] or sample
    _, codec = detect(cut)
    if codec.startswith(("utf-16", "utf-32")):
        raise Undecodable(f"it is large and in {codec}; convert it with iconv")
    return codec


def _skip(file: BinaryIO, lines: int) -> int:
    """Move behind so many line ends; returns how many lines there were."""
    passed = 0
    open_end = False
    while passed < lines and (chunk := file.read(1 << 20)):
        ends = chunk.count(b"\n")
        open_end = not chunk.endswith(b"\n")
        if passed + ends < lines:
            passed += ends
            continue
        position = -1
        for _ in range(lines - passed):
            position = chunk.index(b"\n", position + 1)
        file.seek(position + 1 - len(chunk), os.SEEK_CUR)
        return lines
    return passed + (open_end and passed < lines)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines without their ends, none longer than what is shown of it."""
    most = _LONGEST * 4 + 4
    while line := file.readline(most):
        tail = line
        while not tail.endswith(b"\n") and (tail := file.readline(1 << 20)):
            pass
        yield line.removesuffix(b"\n").removesuffix(b"\r")


def _bounded(lines: Iterable[str], most: int) -> tuple[list[str], bool]:
    """The lines, each cut to what is shown of it, up to the size of an answer; whether more
    were left out."""
    kept: list[str] = []
    size = 0
    for line in lines:
        cut = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}… (line cut)"
        size += len(cut.encode("utf-8", "replace")) + 8
        if size > most and kept:
            return kept, True
        kept.append(cut)
    return kept, False


def _drawn(lines: list[str], start: int, footer: str) -> Excerpt:
    numbered = "\n".join(f"{number}\t{line}" for number, line in enumerate(lines, start))
    return Excerpt("\n".join(lines), numbered, start, footer)
