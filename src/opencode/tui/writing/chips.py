"""What stands for more than it says in the input: `[pasted #1: 40 lines]`, `[shot.png #2]`."""

import base64
import re
from collections.abc import Mapping
from pathlib import Path

from opencode.core.error import UsageError
from opencode.core.message import FilePart
from opencode.i18n.catalog import t

MEDIA = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".pdf": "application/pdf",
}
"""Endings of files that are attached as they are, and their kinds."""

_MOST = 5 * 1024 * 1024
_CHIP = re.compile(r"\[[^\[\]\n]*#(\d+)[^\[\]\n]*\]")


class Chips:
    """Keeps texts and attachments under the numbers of their chips."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._files: dict[str, FilePart] = {}

    def fold(self, text: str) -> str:
        """The chip of a long text."""
        number = self._next("")
        self._texts[number] = text
        return t("chat.pasted", number=number, n=text.count("\n") + 1)

    def attach(self, part: FilePart, written: str = "") -> str:
        """The chip of an attachment; "" when one in what is written was waiting for it."""
        name = re.sub(r"[\[\]#\n]", "_", part.name)
        for found in _CHIP.finditer(written):
            if found[0] == f"[{name} #{found[1]}]" and found[1] not in self._files:
                self._files[found[1]] = part
                return ""
        number = self._next(written)
        self._files[number] = part
        return f"[{name} #{number}]"

    def unfold(self, text: str) -> str:
        """With the long texts in place of their chips."""
        return _CHIP.sub(lambda found: self._texts.get(found[1], found[0]), text)

    def files(self, text: str) -> list[FilePart]:
        """The attachments whose chips stand in the text, in its order."""
        return list(self.attached(text).values())

    def attached(self, text: str) -> dict[str, FilePart]:
        """The attachments whose chips stand in the text, by their numbers."""
        numbers = dict.fromkeys(_CHIP.findall(text))
        return {number: self._files[number] for number in numbers if number in self._files}

    def bring(self, files: Mapping[str, FilePart]) -> None:
        """Attachments whose chips are written already."""
        self._files.update(files)

    def clear(self) -> None:
        """Nothing is written any more."""
        self._texts.clear()
        self._files.clear()

    def _next(self, written: str) -> str:
        taken = {int(number) for number in (*self._texts, *self._files, *_CHIP.findall(written))}
        return str(max(taken, default=0) + 1)


def dropped(text: str) -> Path | None:
    """The picture or document a paste is the path of: terminals type that when one is dropped."""
    path = text.strip().strip("'\"").removeprefix("file://").replace("%20", " ").replace("\\ ", " ")
    if "\n" in path or not path.lower().endswith(tuple(MEDIA)):
        return None
    file = Path(path).expanduser()
    return file if file.is_file() else None


def part_of(name: str, data: bytes) -> FilePart:
    """An attachment. UsageError when it is larger than models take."""
    if len(data) > _MOST:
        raise UsageError(t("chat.too_large", name=name))
    return FilePart(name, MEDIA[Path(name).suffix.lower()], base64.b64encode(data).decode())
