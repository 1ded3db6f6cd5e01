"""Unified diffs as editors take them: the old and the new text of each hunk."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from opencode.core.display import Diff

_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_OPEN = "\\ No newline at end of file"


class Hunk(NamedTuple):
    """One changed place. `old` is None where there was no file before."""

    line: int
    """Where it begins in the new file, from 1."""
    old: str | None
    new: str


def hunks(diff: Diff) -> list[Hunk]:
    """Every hunk; none when the patch shows no lines."""
    lines = diff.patch.split("\n")
    is_new = lines[0].startswith("--- /dev/null")
    found: list[tuple[int, _Sides]] = []
    for line in lines[2:]:
        if start := _HUNK.match(line):
            found.append((int(start[1]), _Sides()))
        elif found:
            found[-1][1].take(line)
    return [
        Hunk(max(line, 1), None if is_new else "".join(sides.old), "".join(sides.new))
        for line, sides in found
    ]


@dataclass
class _Sides:
    old: list[str] = field(default_factory=list[str])
    new: list[str] = field(default_factory=list[str])
    last: str = ""

    def take(self, line: str) -> None:
        """One line of the patch; the mark of a missing line end is about the line before it."""
        if line == _OPEN:
            for side, signs in ((self.old, " -"), (self.new, " +")):
                if self.last in signs:
                    side[-1] = side[-1].removesuffix("\n")
            return
        self.last = line[:1] or "."
        if self.last in " -":
            self.old.append(f"{line[1:]}\n")
        if self.last in " +":
            self.new.append(f"{line[1:]}\n")
