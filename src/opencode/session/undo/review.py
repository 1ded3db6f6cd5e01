"""The files as the session found them beside what is there now, and single ones brought back."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from opencode.core.error import StaleFile, ToolError
from opencode.session.undo.blobs import digest
from opencode.session.undo.change_log import ChangeLog
from opencode.session.undo.steps import Intent, Move, State, Write, path_of, way_back
from opencode.session.undo.writes import read_state


class Found(Struct, frozen=True):
    """A file before and now; None where there was or is none."""

    name: str
    before: bytes | None
    now: bytes | None
    version: str = ""
    """The sha256 of what is there now."""
    held: bool = False
    """Somebody else changed it since."""
    lost: bool = False
    """The old bytes are gone from the store."""
    folder: bool = False
    """A folder (or a very large file) that was moved to the trash; it has no bytes here."""


Make = Callable[[bytes | None, bytes | None], bytes | None] | str | None
"""What a file becomes: worked out of its bytes at first and now, a version of before, or (None)
what the session found."""


def found_by(log: ChangeLog, show: Callable[[Path], str]) -> list[Found]:
    """Every file that is other than at first, by name. Blocks."""
    rows = [_found(log, step, show(path_of(step.path))) for step in _writes(log)]
    rows += [Found(show(path), None, None, folder=True) for path in _moved_away(log)]
    return sorted((row for row in rows if row), key=lambda row: row.name)


def bring(log: ChangeLog, path: Path, make: Make, version: str) -> tuple[str, str]:
    """Bring a file to what `make` says; returns the versions before and after. Blocks."""
    raw = os.fsencode(path)
    present, data = _present(path)
    steps = [(intent, step) for intent, step in _steps(log) if step.path == raw]
    if not steps or not present.same(steps[-1][1].after):
        raise StaleFile(
            f"{path.name} was changed by somebody else since; it stays as it is.",
            hint="Take the change back in an editor, or with git.",
        )
    if version and version != present.name:
        raise StaleFile(f"{path.name} has changed since it was shown.", hint="Look at it again.")
    state, wanted = _wanted(log, raw, present, data, make)
    if data is not None and log.blobs.put(data, sync=True) is None:
        raise ToolError(f"{path.name} stays: there is no room to keep what would be replaced.")
    if not present.is_at(state):
        ours = [i.group for i, step in steps if not i.undoes and present.same(step.after)]
        group = ours[-1] if ours else steps[-1][0].group
        log.write(group, [(Write(raw, present, state), wanted)])
    return present.name, state.name


def _writes(log: ChangeLog) -> Iterator[Write]:
    """From the file as it is (`before`) to the file as it was (`after`)."""
    for step in way_back(log.intents())[0]:
        if isinstance(step, Write) and not step.before.same(step.after):
            yield step


def _found(log: ChangeLog, step: Write, name: str) -> Found | None:
    before = log.blobs.get(step.after.name) if step.after.name else None
    try:
        present, now = _present(path_of(step.path))
    except ToolError:
        return Found(name, before, None, held=True)
    if present.same(step.after):
        return None  # somebody has taken it back already
    held, lost = not present.same(step.before), bool(step.after.name) and before is None
    return Found(name, before, now, present.name, held, lost)


def _wanted(
    log: ChangeLog, raw: bytes, present: State, data: bytes | None, make: Make
) -> tuple[State, bytes | None]:
    if isinstance(make, str):
        states = [
            s for _, step in _steps(log) if step.path == raw for s in (step.before, step.after)
        ]
        state = next((s for s in reversed(states) if s.name == make), None)
        wanted = log.blobs.get(make) if make else None
        if state is None or (make and wanted is None):
            raise ToolError(f"That version of {path_of(raw).name} is not kept any more.")
        return state, wanted
    first = next((step.after for step in _writes(log) if step.path == raw), present)
    old = log.blobs.get(first.name) if first.name else None
    if first.name and old is None:
        raise ToolError(f"What {path_of(raw).name} was at first is not kept any more.")
    if make is None:
        return first, old
    made = make(old, data)
    if made is None:
        return State(), None
    return State(digest(made), present.mode if present.name else first.mode), made


def _present(path: Path) -> tuple[State, bytes | None]:
    try:
        return read_state(path)
    except OSError as error:
        raise ToolError(f"{path.name} cannot be read: {error.strerror}.") from error


def _steps(log: ChangeLog) -> Iterator[tuple[Intent, Write]]:
    for intent in log.intents():
        yield from ((intent, step) for step in intent.steps if isinstance(step, Write))


def _moved_away(log: ChangeLog) -> list[Path]:
    """What went to the trash as a whole and did not come back."""
    gone: set[bytes] = set()
    for step in (step for intent in log.intents() for step in intent.steps):
        if isinstance(step, Move) and step.target in gone:
            gone.discard(step.target)
        elif isinstance(step, Move):
            gone.add(step.source)
    return [path_of(source) for source in sorted(gone) if not os.path.lexists(source)]
