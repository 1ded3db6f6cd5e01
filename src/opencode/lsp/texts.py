"""Files as servers see them: read from disk when they changed, from memory when they did not."""

import asyncio
import os
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

from opencode.core.error import ToolError
from opencode.lsp.positions import lines_of

_KEPT = 64
_LARGEST = 1_000_000
"""Characters; longer files are read each time."""

_Stamp = tuple[int, int, int]


class Shown(NamedTuple):
    """A file's text, whole and in lines."""

    text: str
    lines: list[str]


class Texts:
    """The last few files that were asked about. A question about an unchanged file costs one look
    at its record instead of a thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Path, tuple[_Stamp, Shown]] = OrderedDict()
        self._read: dict[Path, _Stamp | None] = {}

    async def of(self, path: Path) -> Shown:
        """The file as it stands on disk now; ToolError when there is none."""
        stamp = _stamp(path)
        kept = self._kept.get(path)
        if stamp and kept and kept[0] == stamp:
            self._kept.move_to_end(path)
            return kept[1]
        try:
            shown = await asyncio.to_thread(_shown, path)
        finally:
            self._read[path] = stamp  # not before: until then others must not pass it by
        if stamp and len(shown.text) <= _LARGEST and stamp == _stamp(path):
            self._kept[path] = (stamp, shown)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return shown

    def has_changed(self, path: Path) -> bool:
        """Whether it is other on disk than when it was read last, or gone."""
        return self._read.get(path) != _stamp(path)

    def forget(self, path: Path) -> None:
        """It was just written: a clock may be too coarse to tell."""
        self._kept.pop(path, None)
        self._read.pop(path, None)


def text_of(path: Path) -> str:
    """The text of a file; ToolError when it is none or cannot be read. Blocks."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise ToolError(f"{path.name} is no UTF-8 text.") from None
    except OSError as error:
        raise ToolError(f"{path.name} cannot be read: {error.strerror}.") from None


def _shown(path: Path) -> Shown:
    text = text_of(path)
    return Shown(text, lines_of(text))


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - on the way of every question
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
