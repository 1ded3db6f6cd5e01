"""What stood there before a shell command, kept on disk while it runs: when our program is killed
in its middle, the next one works out what the command changed, and undo covers it all the same."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from opencode.core.ids import new_id
from opencode.host.files import write_atomic
from opencode.session.undo.blobs import Blobs
from opencode.session.undo.steps import Intent, State, Write, path_of
from opencode.session.undo.sweep import Look
from opencode.session.undo.watch import Watch

_BEAT = 1.0
_DYING = 3_000_000_000
"""Nanoseconds a command may go on after the last sign of life of its program."""


class _Before(Struct, frozen=True):
    folder: str
    group: str
    look: Look
    states: dict[str, State]


def mark_beside(journal: Path) -> Path:
    """A place for the record of what stood there before one command, until it has ended."""
    return journal.with_suffix(f".{new_id('cmd')}.before")


def left_behind(journal: Path) -> list[Path]:
    """The records of commands whose end nobody saw."""
    return sorted(journal.parent.glob(f"{journal.stem}.*.before"))


def keep(mark: Path, group: str, watch: Watch) -> None:
    """Write down what `watch` saw. Without room there is no record, and the command still runs."""
    before = _Before(str(watch.folder), group, watch.before, watch.states)
    # Not msgspec's own JSON, which cannot hold every file name.
    data = json.dumps(msgspec.to_builtins(before)).encode()
    with contextlib.suppress(OSError):
        write_atomic(mark, data, mode=0o600)


@asynccontextmanager
async def alive(mark: Path) -> AsyncGenerator[None]:
    """Let the record's time say until when we lived: what is younger is somebody else's work."""
    beat = asyncio.create_task(_beat(mark))
    try:
        yield
    finally:
        beat.cancel()
        await asyncio.wait([beat])


async def _beat(mark: Path) -> None:
    while True:
        await asyncio.sleep(_BEAT)
        with contextlib.suppress(OSError):
            await asyncio.to_thread(os.utime, mark)


def recall(mark: Path, blobs: Blobs, known: list[Intent]) -> Intent | None:
    """What the command did, as far as it is not `known` or the work of a tool; None when nothing
    is left, or the record is damaged. Blocks."""
    try:
        before = msgspec.convert(json.loads(mark.read_bytes()), _Before)
        last = mark.stat().st_mtime_ns + _DYING
    except (OSError, ValueError):
        return None
    folder = Path(before.folder)
    watch = Watch(folder, blobs, {}, before=before.look, states=before.states)
    writes = [step for one in known for step in one.steps if isinstance(step, Write)]
    steps, names = watch.end_late({path_of(w.path): w.after.name for w in writes}, last)
    if not (steps or names) or steps in [one.steps for one in known]:
        return None
    return Intent(new_id("chg"), before.group, steps, lost=[os.fsencode(folder / n) for n in names])
