"""Edits laid out by the project's formatter before they are written: one write, one undo."""

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

from opencode.core.display import Diff, Display
from opencode.core.files import Change, Files
from opencode.core.place import Place
from opencode.core.tool import ToolResult
from opencode.tools.shared.formatters import Formatters, Unformatted
from opencode.tools.shared.patches.diff import diff_of
from opencode.workspace.collaborators.passed_on import PassedOn

_LARGEST = 1_000_000
_SHOWN = 40
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class _Laid:
    """What became of one file."""

    name: str
    before: str | None
    asked: str
    done: str
    trouble: str = ""


@dataclass
class Layout:
    """The formatters of a run, and what they did since results were last looked at."""

    formatters: Formatters | None
    place: Place
    _laid: dict[str, _Laid] = field(default_factory=dict[str, _Laid])

    def over(self, files: Files) -> Files:
        """The same files with every written text laid out."""
        return _Formatting(files, self) if self.formatters else files

    async def laid_out(self, change: Change) -> Change:
        """The change as it is to be written."""
        data = change.after
        if self.formatters is None or not data or len(data) > _LARGEST or b"\0" in data:
            return change
        one = await asyncio.to_thread(self.formatters.of, change.path)
        if one is None:
            return change
        try:
            data.decode()
        except UnicodeDecodeError:
            return change  # formatters read UTF-8
        shown = self.place.show(change.path)
        try:
            made = _like(
                data, await self.formatters.formatted(one, change.path, data.removeprefix(_BOM))
            )
            done = made.decode()
        except (Unformatted, UnicodeDecodeError) as error:
            self._laid[shown] = _Laid(one.name, None, "", "", str(error))
            return change
        if made == data:
            return change
        before = await asyncio.to_thread(_text, change.path) if change.before else None
        self._laid[shown] = _Laid(one.name, before, _lines(data.decode()), _lines(done))
        return Change(change.path, change.before, made, change.mode)

    def told(self, result: ToolResult) -> ToolResult:
        """The result with what formatters did to the files it shows."""
        display: list[Display] = []
        notes: list[str] = []
        for part in result.display:
            laid = self._laid.pop(part.path, None) if isinstance(part, Diff) else None
            if laid and not laid.trouble and isinstance(part, Diff):
                part = diff_of(part.path, laid.before, laid.done)
            if laid and isinstance(part, Diff):
                notes.append(_words(part.path, laid))
            display.append(part)
        if not notes:
            return result
        return replace(result, output="\n".join([result.output, *notes]), display=display)


@dataclass(frozen=True)
class _Formatting(PassedOn):
    """Lays changes out before they are made."""

    layout: Layout

    async def apply(self, changes: list[Change], *, guard: bool = True) -> None:
        laid = [await self.layout.laid_out(change) for change in changes]
        await self.files.apply(laid, guard=guard)


def _like(asked: bytes, made: bytes) -> bytes:
    """With the byte order mark and the line ends the file has."""
    if b"\r\n" in asked and b"\n" not in asked.replace(b"\r\n", b""):
        made = made.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return _BOM + made.removeprefix(_BOM) if asked.startswith(_BOM) else made


def _lines(text: str) -> str:
    """As the tools' own diffs show it."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def _text(path: Path) -> str | None:
    try:
        return _lines(path.read_bytes().removeprefix(_BOM).decode("utf-8", "replace"))
    except OSError:
        return None


def _words(shown: str, laid: _Laid) -> str:
    if laid.trouble:
        return f"[{laid.name} did not format {shown}: {laid.trouble}]"
    lines = diff_of(shown, laid.asked, laid.done).patch.splitlines()[2:]
    more = [f"({len(lines) - _SHOWN} lines more)"] if len(lines) > _SHOWN else []
    head = f"[{laid.name} formatted {shown}; what you wrote became:"
    return "\n".join([head, *lines[:_SHOWN], *more]) + "]"
