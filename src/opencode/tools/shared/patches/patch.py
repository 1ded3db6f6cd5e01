"""What a patch says, whichever its format: which files, which hunks, and where they belong."""

import re
from dataclasses import dataclass, field
from typing import Literal

from opencode.core.error import ToolError
from opencode.tools.shared.patches.hunk import Row, Sign

_RANGE = re.compile(r"@@+ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@+")


@dataclass(frozen=True)
class Hunk:
    """Lines that stay, go and come, and what the patch says of where they are."""

    rows: tuple[Row, ...]
    anchors: tuple[str, ...] = ()
    """Lines it comes after, outermost first."""
    line: int | None = None
    """The stated first line (1-based) of the old file; for a bare insertion the line before."""
    at_end: bool = False
    closed: bool | None = None
    """Whether the file shall end in a line end; None leaves it as it is."""


@dataclass(frozen=True)
class FilePatch:
    """What happens to one file."""

    kind: Literal["add", "update", "delete"]
    path: str
    hunks: tuple[Hunk, ...] = ()
    move_to: str = ""
    content: str = ""
    mode: int | None = None


@dataclass
class Draft:
    """A hunk that is being read."""

    rows: list[Row] = field(default_factory=list[Row])
    anchors: list[str] = field(default_factory=list[str])
    line: int | None = None
    expected: int | None = None
    """Lines of the old file its header speaks of."""
    at_end: bool = False
    closed: bool | None = None
    _bare: int = 0

    def head(self, text: str) -> None:
        """Read a line that starts with @@."""
        if match := _RANGE.match(text):
            self.line, self.expected = int(match.group(1)), int(match.group(2) or 1)
            return
        anchor = text.strip().removeprefix("@@").removesuffix("@@").strip()
        if anchor.strip(". …"):
            self.anchors.append(anchor)

    def add(self, line: str) -> None:
        """Read a body line; one without a sign is context, which the file must bear out."""
        if line.startswith("\\"):
            if self.rows:
                self.closed = self.rows[-1].sign == "-"
            return
        signs: dict[str, Sign] = {" ": " ", "-": "-", "+": "+"}
        sign = signs.get(line[:1])
        self.rows.append(Row(sign, line[1:]) if sign else Row(" ", line))
        self._bare = 0 if line else self._bare + 1

    def done(self, where: str) -> Hunk:
        """The hunk; empty lines at its end only part it from what follows."""
        if self._bare:
            del self.rows[-self._bare :]
        inserts = all(row.sign == "+" for row in self.rows)
        if inserts and self.expected:
            raise ToolError(f"A hunk of {where} has none of the lines that its @@ line counts.")
        if not inserts and self.line == 0:
            self.line = None
        return Hunk(tuple(self.rows), tuple(self.anchors), self.line, self.at_end, self.closed)
