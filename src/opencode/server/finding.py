"""Searching the project for HTTP clients, with the search the tools use."""

import re
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from opencode.tools.shared.search.search import Query, Searcher

_FILES = 100
_MATCHES = 200


class Text(Struct):
    """A text, wrapped as ripgrep does."""

    text: str


class Submatch(Struct):
    """Where in the line, in bytes."""

    match: Text
    start: int
    end: int


class Match(Struct):
    """A line that matches, as ripgrep tells it."""

    path: Text
    lines: Text
    line_number: int
    absolute_offset: int
    submatches: list[Submatch]


async def find_text(root: Path, pattern: str) -> list[Match]:
    """Lines that match the regular expression. ToolError when it is none."""
    searcher = Searcher(root)
    query = Query(pattern)
    tally = await searcher.count(query, root)
    files = sorted(tally.counts)[:_FILES]
    found = await searcher.lines(query, files) if files else {}
    matches: list[Match] = []
    for path in files:
        numbers = [line.number for line in found.get(path, []) if line.is_match]
        matches.extend(_matches(path, root, numbers, pattern))
    return matches[:_MATCHES]


def _matches(path: Path, root: Path, numbers: Iterable[int], pattern: str) -> Iterable[Match]:
    """The lines of these numbers, with where they lie in the file."""
    wanted = set(numbers)
    offset = 0
    name = Text(path.relative_to(root).as_posix())
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if number in wanted:
                text = line.decode("utf-8", "replace")
                yield Match(name, Text(text), number, offset, _submatches(text, pattern))
            offset += len(line)


def _submatches(line: str, pattern: str) -> list[Submatch]:
    try:
        found = re.finditer(pattern, line.rstrip("\r\n"))
        return [
            Submatch(Text(one[0]), _bytes(line[: one.start()]), _bytes(line[: one.end()]))
            for one in found
        ]
    except re.error:  # a word only ripgrep's dialect knows: the line matches all the same
        return []


def _bytes(text: str) -> int:
    return len(text.encode())


async def find_files(root: Path, query: str, kind: str, limit: int) -> list[str]:
    """Paths that hold the letters of the query in their order, the closest first; `kind` is
    file, directory, or "" for both."""
    paths, _ = await Searcher(root).files(root, re.compile(r".*", re.DOTALL))
    names = set(paths) if kind != "directory" else set[str]()
    if kind != "file":
        names |= {f"{p.as_posix()}/" for path in paths for p in Path(path).parents if p.name}
    scored = [(score, len(name), name) for name in names if (score := _score(query, name))]
    return [name for _, _, name in sorted(scored)[: limit or 100]]


def _score(query: str, name: str) -> int:
    """1 is best, 0 is no match."""
    wanted, whole = query.lower(), name.lower()
    if not wanted:
        return 1
    last = whole.rstrip("/").rpartition("/")[2]
    if last.startswith(wanted):
        return 1
    if wanted in last:
        return 2
    if wanted in whole:
        return 3
    letters = iter(whole)
    return 4 if all(letter in letters for letter in wanted) else 0
