"""What changed in files, as the undo journal writes it, and the way back from it. Pure."""

import os
from pathlib import Path

from msgspec import Struct, field


class State(Struct, frozen=True):
    """A file at one moment. `name` is the sha256 of its bytes (of a link: of its target), ""
    when there was no file."""

    name: str = ""
    mode: int | None = None
    link: bool = False

    def same(self, other: "State") -> bool:
        """Whether the bytes are equal, whatever the mode."""
        return (self.name, self.link) == (other.name, other.link)

    def is_at(self, wanted: "State") -> bool:
        """Whether nothing has to be done to reach the wanted state."""
        modes = {self.mode, wanted.mode}
        return self.same(wanted) and (len(modes) == 1 or None in modes or os.name == "nt")


class Write(Struct, frozen=True, tag="write"):
    """A file changed, came or went."""

    path: bytes
    """As the system spells it; JSON could not hold every name."""
    before: State
    after: State


class Move(Struct, frozen=True, tag="move"):
    """A folder or a large file moved, to the trash or out of it. `aside` is its name for the
    moment it takes to reach another disk."""

    source: bytes
    target: bytes
    aside: bytes


Step = Write | Move


class Intent(Struct, frozen=True, tag="intent"):
    """Written and synced before the steps are taken."""

    id: str
    group: str
    steps: list[Step]
    folders: list[bytes] = field(default_factory=list)
    """Made for the files; they go with them when empty."""
    undoes: list[str] = field(default_factory=list)
    lost: list[bytes] = field(default_factory=list)
    """Changed, too, by a command whose end nobody saw; no undo brings them back."""


class Done(Struct, frozen=True, tag="done"):
    """How an intent ended; `ok` is false when all of it was taken back at once."""

    id: str
    ok: bool = True


Record = Intent | Done


def path_of(raw: bytes) -> Path:
    """A path as it was recorded."""
    return Path(os.fsdecode(raw))


def way_back(intents: list[Intent]) -> tuple[list[Step], list[Path]]:
    """The steps that take the intents (in order) back, and paths where somebody else's change
    lies between ours: those go back only as far as ours reach without a gap."""
    steps: list[Step] = []
    gaps: list[Path] = []
    pending: dict[bytes, Write] = {}

    def settle() -> None:
        steps.extend(Write(w.path, w.after, w.before) for w in pending.values())
        pending.clear()

    for step in (step for intent in reversed(intents) for step in reversed(intent.steps)):
        if isinstance(step, Move):
            settle()
            steps.append(Move(step.target, step.source, step.aside))
            continue
        later = pending.get(step.path)
        if path_of(step.path) in gaps:
            continue
        if later is None:
            pending[step.path] = step
        elif step.after.same(later.before):
            pending[step.path] = Write(step.path, step.before, later.after)
        else:
            gaps.append(path_of(step.path))
    settle()
    return steps, gaps
