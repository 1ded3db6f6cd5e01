"""Searching in files by ripgrep, or by our own program where there is none: same answers."""

import asyncio
import contextlib
import json
import os
import re
import shutil
import sys
import sysconfig
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from opencode.core.error import ToolError
from opencode.tools.shared.search.glob import is_secret, matches
from opencode.tools.shared.search.lines import Line, note
from opencode.tools.shared.search.run import Ended, run
from opencode.tools.shared.search.walk import LEFT_OUT, Stopped, walk

SECONDS = 20.0
"""A search that takes longer is ended; what it found until then counts."""

_WALK = (
    *("--no-config", "--hidden", "--no-require-git", "--no-messages"),
    *(f"--glob={pattern}" for pattern in LEFT_OUT),
)
_MOST_BYTES = 64_000_000
_SLOW = "import sys; sys.path.insert(0, sys.argv[2]); " + (
    "from opencode.tools.shared.search.slow import main; sys.exit(main(sys.argv[1]))"
)


@dataclass(frozen=True)
class Query:
    """What is looked for."""

    pattern: str
    ignore_case: bool = False
    include: str = ""
    """A glob for files, relative to the searched folder."""

    @property
    def is_multiline(self) -> bool:
        """Patterns that name a line end reach over lines."""
        return "\\n" in self.pattern or "\n" in self.pattern or self.pattern.startswith("(?s)")


@dataclass(frozen=True)
class Tally:
    """Matches by file, before any are shown."""

    counts: dict[Path, int]
    cut: bool = False
    """The search was ended for its time or size."""
    secrets: list[Path] = field(default_factory=list[Path])
    """Files with matches that are read only when named."""
    denied: list[Path] = field(default_factory=list[Path])
    """Files with matches that rules forbid to read."""


class Searcher:
    """Runs searches for one working directory. `program` is rg's path, "" for our own program."""

    def __init__(self, cwd: Path, program: str | None = None) -> None:
        self._cwd = cwd
        self._program = find_rg(cwd) if program is None else program

    async def count(self, query: Query, root: Path) -> Tally:
        """How often each file below `root` (or the file `root`) matches."""
        found = bytearray()

        def take(chunk: bytes) -> bool:
            found.extend(chunk)
            return len(found) < _MOST_BYTES

        cut = await self._search(query, [root], take, count=True)
        tally = Tally({}, cut)
        for name, number in re.findall(rb"([^\0]+)\0(\d+)\r?\n", bytes(found)):
            path = Path(os.fsdecode(name))
            if path == root:
                tally.counts[path] = int(number)
                continue
            relative = path.relative_to(root).as_posix()
            if query.include and not matches(query.include, relative):
                continue
            if is_secret(path.name):
                tally.secrets.append(path)
            else:
                tally.counts[path] = int(number)
        return tally

    async def lines(
        self, query: Query, files: Sequence[Path], context: int = 0
    ) -> dict[Path, list[Line]]:
        """The matching lines of these files with `context` lines around each."""
        found: dict[Path, list[Line]] = {}
        rest = bytearray()
        seen = 0

        def take(chunk: bytes) -> bool:
            nonlocal seen
            seen += len(chunk)
            rest.extend(chunk)
            *whole, last = rest.split(b"\n")
            rest[:] = last
            for raw in whole:
                note(found, raw, query.is_multiline)
            return seen < _MOST_BYTES

        await self._search(query, files, take, context=context)
        return found

    async def files(self, root: Path, wanted: re.Pattern[str]) -> tuple[list[str], bool]:
        """Files below `root` whose relative path is wanted, and whether time ran out."""
        found: list[str] = []
        rest = bytearray()

        def take(chunk: bytes) -> bool:
            rest.extend(chunk)
            *names, last = bytes(rest).split(b"\0")
            rest[:] = last
            paths = [os.fsdecode(name).replace(os.sep, "/") for name in names]
            found.extend(path for path in paths if wanted.fullmatch(path))
            return True

        if not self._program:
            return await _files_slowly(root, wanted)
        command = [self._program, *_WALK, "--files", "--null"]
        try:
            ended = await run(command, root, take, SECONDS)
        except OSError:
            return await _files_slowly(root, wanted)  # it does not run here
        return found, ended.cut

    async def _search(
        self,
        query: Query,
        paths: Sequence[Path],
        take: Callable[[bytes], bool],
        *,
        count: bool = False,
        context: int = 0,
    ) -> bool:
        """Whether it was cut short. ToolError for a pattern that cannot be read."""
        slow = _slow_command(query, paths, count, context)
        if not self._program:
            return _judged(await run(slow, self._cwd, take, SECONDS), query)
        fast = [self._program, *_rg_options(query, count, context), "--", *map(str, paths)]
        try:
            return _judged(await run(fast, self._cwd, take, SECONDS), query)
        except _NeedsPython:
            return _judged(await run(slow, self._cwd, take, SECONDS), query)
        except OSError:
            self._program = ""  # found, but it does not run here
            return _judged(await run(slow, self._cwd, take, SECONDS), query)


async def _files_slowly(root: Path, wanted: re.Pattern[str]) -> tuple[list[str], bool]:
    stop = Event()

    def look() -> tuple[list[str], bool]:
        found: list[str] = []
        deadline = time.monotonic() + SECONDS
        with contextlib.suppress(Stopped):
            for path in walk(root, stop=stop):
                whole = root / path
                if wanted.fullmatch(path) and whole.is_file() and not whole.is_symlink():
                    found.append(path)
                if time.monotonic() > deadline:
                    return found, True
        return found, False

    try:
        return await asyncio.to_thread(look)
    finally:
        stop.set()


class _NeedsPython(Exception):
    """The pattern is one that only Python's dialect knows."""


def find_rg(cwd: Path) -> str:
    """The system's rg, else the one installed with us; never one out of the project."""
    name = "rg.exe" if os.name == "nt" else "rg"
    found = shutil.which(name)
    if found and Path(found).is_absolute() and not Path(found).is_relative_to(cwd):
        return found
    for folder in (sysconfig.get_path("scripts"), str(Path(sys.executable).parent)):
        if os.access(ours := Path(folder, name), os.X_OK):
            return str(ours)
    return ""


def _rg_options(query: Query, count: bool, context: int) -> list[str]:
    options = [
        *_WALK,
        "--crlf",
        "--no-mmap",
        "--ignore-case" if query.ignore_case else "--case-sensitive",
    ]
    if query.is_multiline:
        options += ["--multiline"]
    name = query.include.removeprefix("!")
    if count and name and "/" not in name and "," not in name:
        # a type, since --glob would bring back files the ignore files leave out
        options += [f"--type-add=wanted:{name}"]
        options += ["--type-not=wanted" if query.include.startswith("!") else "--type=wanted"]
    if not count:
        options += ["--json", f"--context={context}"]
    elif query.is_multiline:
        options += ["--count-matches", "--null", "--with-filename"]
    else:
        options += ["--count", "--null", "--with-filename"]
    return [*options, f"--regexp={query.pattern}"]


def _slow_command(query: Query, paths: Sequence[Path], count: bool, context: int) -> list[str]:
    wanted = {
        "pattern": query.pattern,
        "ignore_case": query.ignore_case,
        "multiline": query.is_multiline,
        "paths": [str(path) for path in paths],
        "name": "" if "/" in query.include else query.include,
        "count": count,
        "context": context,
    }
    packages = str(Path(__file__).parents[4])
    return [sys.executable, "-I", "-c", _SLOW, json.dumps(wanted), packages]


def _judged(ended: Ended, query: Query) -> bool:
    """Whether the search was cut short. What rg says against the pattern becomes an error; other
    trouble (a folder that may not be read) leaves the matches as they are."""
    complaint = ended.complaint if ended.code == 2 else ""
    if "not supported" in complaint and "error" in complaint:
        raise _NeedsPython
    ours = re.search(r"regex parse error: (\d+) (.+)", complaint)
    if ours:
        raise _bad_pattern(ours[2], int(ours[1]))
    if "regex parse error" in complaint:
        reason = re.search(r"^error: (.+)", complaint, re.MULTILINE)
        place = _place(complaint, query.pattern)
        raise _bad_pattern(reason[1] if reason else "it cannot be read", place)
    if "rg: " in complaint and "regex" in complaint:
        raise _bad_pattern(complaint.partition("rg: ")[2].splitlines()[0])
    if "glob" in complaint:
        raise ToolError(complaint.strip().splitlines()[0].removeprefix("rg: "))
    return ended.cut


def _place(complaint: str, pattern: str) -> int:
    """The character of the pattern at which rg's caret points. rg wraps a pattern in `(?:…)` and
    for a group left open points at that; Python then says where the group begins."""
    caret = re.search(r"^( +)\^", complaint, re.MULTILINE)
    place = len(caret[1]) - len("    (?:") + 1 if caret else 0
    if place > 0:
        return place
    try:
        re.compile(pattern)
    except re.error as error:
        return (error.pos or 0) + 1
    return 0


def _bad_pattern(reason: str, place: int = 0) -> ToolError:
    where = f" at character {place}" if place else ""
    hint = r"To search for the text as it is, put \ before each of ( ) [ ] { } . * + ? ^ $ | \."
    return ToolError(f"the pattern is no regular expression: {reason}{where}", hint=hint)
