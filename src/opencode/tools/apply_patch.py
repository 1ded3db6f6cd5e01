"""Apply a patch to several files, all or none."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from msgspec import Struct

from opencode.core.display import Display, Text
from opencode.core.error import ToolError
from opencode.core.files import Change
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.tool import Tool, ToolContext, ToolResult
from opencode.tools.shared.missing import missing
from opencode.tools.shared.opened import bytes_of, check_path, loaded, text_of
from opencode.tools.shared.patches.diff import diff_of
from opencode.tools.shared.patches.hunks import patched
from opencode.tools.shared.patches.parse import parse_patch
from opencode.tools.shared.patches.patch import FilePatch
from opencode.tools.shared.text import Undecodable, decode


class ApplyPatchInput(Struct):
    """The patch."""

    patch: str


class ApplyPatch(Tool[ApplyPatchInput]):
    """Adds, changes, moves and deletes files by hunks that are all verified first."""

    name = "apply_patch"
    description = (
        "Apply a unified diff, or *** Begin Patch … *** End Patch with sections *** Add File: p, "
        "*** Update File: p (then *** Move to: p), *** Delete File: p; hunks start with @@ and, "
        "if lines are not unique, the line of their block. All or nothing."
    )
    input = ApplyPatchInput
    effects = True
    aliases: ClassVar[dict[str, str]] = {
        "patchText": "patch",
        "patch_text": "patch",
        "input": "patch",
        "diff": "patch",
        "content": "patch",
        "command": "patch",
    }

    def requests(self, args: ApplyPatchInput, place: Place) -> list[Request]:
        """Editing every file it names. What cannot be read is refused by `run`."""
        try:
            names = _names(parse_patch(args.patch))
        except ToolError:
            return []
        return [request for name in names for request in place.requests("edit", name)]

    async def run(self, args: ApplyPatchInput, ctx: ToolContext) -> ToolResult:
        """Verify everything in memory, then write all files at once."""
        patches = parse_patch(args.patch)
        reals = {name: ctx.place.real(name) for name in _names(patches)}
        async with ctx.files.lock(reals.values()):
            desk = _Desk(ctx, {})
            for patch in patches:
                try:
                    await desk.take(patch)
                except ToolError as error:
                    told = f"{patch.path}: {error.message} Nothing was written."
                    raise type(error)(told) from error
            changes = desk.changes()
            if not changes:
                raise ToolError("The patch changes nothing.")
            # `loaded` has held them against what was seen; one seen and removed may come anew
            await ctx.files.apply(changes, guard=False)
        display = await asyncio.to_thread(desk.displays)
        told = [f"Applied: {', '.join(desk.done)}.", *desk.notes]
        return ToolResult("\n".join(told), display)


def _names(patches: Sequence[FilePatch]) -> list[str]:
    names = [name for patch in patches for name in (patch.path, patch.move_to) if name]
    for name in names:
        try:
            check_path(name)
        except ValueError as error:
            raise ToolError(f"The patch names no file: {error}.") from error
    return list(dict.fromkeys(names))


@dataclass
class _State:
    """One file before the patch and after what was taken of it; None is no file."""

    shown: str
    before: bytes | None
    after: bytes | None
    mode: int | None = None


class _Desk:
    """The files of a patch, changed in memory until all of it has proved to fit."""

    def __init__(self, ctx: ToolContext, states: dict[Path, _State]) -> None:
        self.ctx, self.states = ctx, states
        self.done: list[str] = []
        self.notes: list[str] = []

    async def take(self, patch: FilePatch) -> None:
        """Apply one file's part."""
        state = await self._state(patch.path)
        match patch.kind:
            case "add":
                _expect(state.after is None, "it exists already; use Update File.")
                state.after, state.mode = (
                    await asyncio.to_thread(_encoded, patch.content),
                    patch.mode,
                )
                self.done.append(f"added {state.shown}")
            case "delete":
                await self._updated(patch, state)
                _expect(
                    not patch.hunks or not state.after, "the patch deletes it but leaves lines."
                )
                state.after = None
                self.done.append(f"deleted {state.shown}")
            case "update":
                await self._updated(patch, state)
                await self._moved(patch, state)

    async def _state(self, name: str) -> _State:
        real = self.ctx.place.real(name)
        if real not in self.states:
            found = await loaded(self.ctx, name)
            data = found.data if found else None
            mode = found.mode if found else None
            shown = self.ctx.place.show(self.ctx.place.resolve(name))
            self.states[real] = _State(shown, data, data, mode)
        return self.states[real]

    async def _updated(self, patch: FilePatch, state: _State) -> None:
        if state.after is None:
            wanted = self.ctx.place.resolve(patch.path)
            raise ToolError(await asyncio.to_thread(missing, self.ctx.place, wanted))
        if not patch.hunks:
            return
        document = await asyncio.to_thread(text_of, state.after, state.shown)
        after, notes = await asyncio.to_thread(patched, document, patch.hunks)
        _expect(after != document or bool(patch.move_to), "the patch changes nothing in it.")
        state.after = await asyncio.to_thread(bytes_of, after, state.shown)
        self.notes += [f"{state.shown}: {note}" for note in notes]

    async def _moved(self, patch: FilePatch, state: _State) -> None:
        place = self.ctx.place
        if not patch.move_to or place.real(patch.move_to) == place.real(patch.path):
            self.done.append(f"changed {state.shown}")
            return
        target = await self._state(patch.move_to)
        _expect(target.after is None, f"{target.shown} exists already and is not overwritten.")
        target.after, target.mode, state.after = state.after, state.mode, None
        self.done.append(f"moved {state.shown} to {target.shown}")

    def changes(self) -> list[Change]:
        """What has to be written."""
        return [
            Change(
                real,
                hashlib.sha256(state.before).hexdigest() if state.before is not None else "",
                state.after,
                state.mode,
            )
            for real, state in self.states.items()
            if state.before != state.after
        ]

    def displays(self) -> list[Display]:
        """What people see of it."""
        changed = [state for state in self.states.values() if state.before != state.after]
        return [_display(state) for state in changed]


def _display(state: _State) -> Display:
    try:
        before, after = (
            None if data is None else decode(data).text for data in (state.before, state.after)
        )
    except Undecodable:
        return Text(f"{state.shown} was {'removed' if state.after is None else 'written'}.")
    return diff_of(state.shown, before, after)


def _encoded(content: str) -> bytes:
    try:
        return content.encode()
    except UnicodeEncodeError as error:
        raise ToolError(f"The new text cannot be written: {error.reason}.") from None


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ToolError(otherwise)
