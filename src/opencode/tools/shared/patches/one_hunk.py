"""One hunk of a diff taken back: its lines as they were, everything else as it is now."""

import re

from opencode.core.error import ToolError

_HEAD = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


def without_hunk(patch: str, number: int, before: bytes, now: bytes) -> bytes:
    """`now` with the hunk of that number (from 0) as in `before`; `patch` leads from one to the
    other. ToolError when it has no such hunk."""
    heads = list(_HEAD.finditer(patch))
    if not 0 <= number < len(heads):
        raise ToolError("The file has no such hunk any more.", hint="Look at it again.")
    a, b, c, d = heads[number].groups()
    old, new = _lines(before), _lines(now)
    i1, i2 = _range(a, b)
    j1, j2 = _range(c, d)
    return b"".join([*new[:j1], *old[i1:i2], *new[j2:]])


def _range(start: str, size: str | None) -> tuple[int, int]:
    """Indices of the lines; an empty range names the line before it."""
    count = 1 if size is None else int(size)
    first = int(start) - 1 if count else int(start)
    return first, first + count


def _lines(data: bytes) -> list[bytes]:
    """With their ends; only a line feed ends a line, as in the diff."""
    pieces = data.split(b"\n")
    last = pieces.pop()
    return [*(piece + b"\n" for piece in pieces), *([last] if last else [])]
