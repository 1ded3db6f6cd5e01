"""What came of the tasks: a file of JSON lines that grows as they end, and is read to go on."""

import os
import time
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct, field

from opencode.batch.tasks import Task
from opencode.core.delta import Usage
from opencode.core.error import UsageError

State = Literal["done", "refused", "limit", "error", "cancelled"]
"""As `opencode run` ends: something was refused, a cap was reached, it could not be done. What
was cancelled is not written down: it is done anew."""


class Result(Struct, frozen=True):
    """What came of one task."""

    id: str
    state: State
    session: str = ""
    """Of the conversation: `opencode session show ID`."""
    text: str = ""
    """The answer."""
    error: str = ""
    """Why it is not done."""
    steps: int = 0
    seconds: float = 0.0
    usage: Usage = field(default_factory=Usage)
    patch: str = ""
    """What it changed, for `git apply`; `patch_error` says why there is none."""
    patch_error: str = ""
    folder: str = ""
    """Its worktree or copy, when that is kept: by --keep, or because there is no patch of it."""
    host: str = ""
    """The machine it was done on, when that is another one."""
    digest: str = ""
    """Of the task as it was asked."""
    ended: float = 0.0


class Results:
    """The file. Lines are appended whole and synced; the last one of an id counts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.all: dict[str, Result] = {}

    def load(self) -> None:
        """Read what is there; a last line that was torn by a crash is cut off. UsageError when
        it is no file of results, or cannot be written."""
        self._append(b"")
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise UsageError(f"{self.path} cannot be read: {error.strerror}.") from None
        whole = data[: data.rfind(b"\n") + 1]
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                result = msgspec.json.decode(line, type=Result)
            except msgspec.MsgspecError as error:
                raise UsageError(
                    f"{self.path}:{number} is no result of a batch: {error}.",
                    hint="Name another file with --output, or move this one away.",
                ) from None
            self.all[result.id] = result
        if len(whole) < len(data):
            os.truncate(self.path, len(whole))

    def waiting(self, tasks: list[Task], *, retry: bool = False) -> list[Task]:
        """Those that have no result yet; with `retry` also those that did not end as done."""
        return [task for task in tasks if not self._has(task, retry)]

    def _has(self, task: Task, retry: bool) -> bool:
        found = self.all.get(task.id)
        if found is None or found.digest != task.digest:
            return False
        return found.state == "done" or not retry

    def add(self, task: Task, result: Result) -> Result:
        """Write it down; it is on the disk when this returns. This blocks. UsageError when it
        cannot be written."""
        result = msgspec.structs.replace(
            result, id=task.id, digest=task.digest, ended=round(time.time(), 3)
        )
        self._append(msgspec.json.encode(result) + b"\n")
        self.all[task.id] = result
        return result

    def _append(self, line: bytes) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open(os.open(self.path, flags, 0o644), "wb") as file:  # noqa: PTH123
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise UsageError(
                f"{self.path} cannot be written: {error.strerror}.", hint="Name another: --output."
            ) from None
