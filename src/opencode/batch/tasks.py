"""What is to be done: a file of tasks, one JSON value a line."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import Struct

from opencode.config.check import what_is_wrong
from opencode.config.suggest import did_you_mean
from opencode.core.error import UsageError


class Caps(Struct, frozen=True, omit_defaults=True):
    """What may be used; 0 means no cap."""

    max_steps: int = 0
    max_cost: float = 0.0
    """US dollars."""
    timeout: float = 0.0
    """Seconds."""


class Task(Struct, frozen=True, omit_defaults=True):
    """One prompt and where and by whom it is to be done; what is empty is as for all."""

    prompt: str
    id: str = ""
    dir: str = ""
    """The project, relative to that of the batch."""
    base: str = ""
    """The commit its worktree begins with; the one checked out when empty."""
    model: str = ""
    agent: str = ""
    files: list[str] = []
    """Attached to the prompt, relative to the project."""
    max_steps: int = 0
    max_cost: float = 0.0
    timeout: float = 0.0

    @property
    def digest(self) -> str:
        """Of all that is asked, the id left out: another text is another task."""
        asked = msgspec.structs.replace(self, id="")
        return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()[:16]


_KEYS = Task.__struct_fields__


def read_tasks(text: str, name: str) -> list[Task]:
    """The tasks of a file; each has an id of its own afterwards. A line is an object with
    `prompt`, or just the prompt as a string; empty lines and `#` lines are skipped. UsageError
    says which line cannot be understood."""
    tasks: list[Task] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            tasks.append(_task(line, f"{name}:{number}"))
    if not tasks:
        raise UsageError(f"{name} holds no task.", hint='Write lines like {"prompt": "Fix …"}.')
    return _named(tasks)


def _task(line: str, where: str) -> Task:
    try:
        value = _object(msgspec.json.decode(line))
        if unknown := [key for key in value if key not in _KEYS]:
            near = did_you_mean(unknown[0], _KEYS)
            raise UsageError(
                f"{where}: a task has no {unknown[0]!r}{near}.",
                hint=f"It may have: {', '.join(_KEYS)}.",
            )
        if "prompt" not in value:
            raise UsageError(
                f"{where}: the task has no prompt.",
                hint='A task is a line like {"id": "a", "prompt": "Fix …"}.',
            )
        task = msgspec.convert(value, Task)
    except msgspec.MsgspecError as error:
        wrong = isinstance(error, msgspec.ValidationError)
        raise UsageError(
            f"{where}: {what_is_wrong(error) if wrong else error}.",
            hint='A task is a line like {"id": "a", "prompt": "Fix …"}.',
        ) from None
    if not task.prompt.strip():
        raise UsageError(f"{where}: the prompt is empty.")
    return task


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {"prompt": value}
    if not isinstance(value, dict):
        raise msgspec.ValidationError("it is neither an object nor a text")
    return cast("dict[str, Any]", value)


def _named(tasks: list[Task]) -> list[Task]:
    """Ids that are missing are made of what is asked, so that lines may be moved about."""
    twice = [name for name, count in Counter(t.id for t in tasks if t.id).items() if count > 1]
    if twice:
        raise UsageError(f"Two tasks have the id {twice[0]!r}.", hint="Give each its own.")
    taken = {task.id for task in tasks}
    named: list[Task] = []
    for task in tasks:
        name, n = task.id or task.digest[:8], 1
        while not task.id and name in taken:
            n += 1
            name = f"{task.digest[:8]}-{n}"
        taken.add(name)
        named.append(msgspec.structs.replace(task, id=name))
    return named


def folder_of(task: Task, project: Path) -> Path:
    """The project a task works in. UsageError when it is not there."""
    folder = (project / Path(task.dir).expanduser()).resolve()
    if not folder.is_dir():
        raise UsageError(f"Task {task.id}: {folder} is no folder.", hint="Correct its `dir`.")
    return folder
