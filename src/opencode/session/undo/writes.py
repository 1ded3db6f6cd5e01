"""One file from one state to another, whole or not at all."""

import os
import stat
from pathlib import Path

from opencode.host.files import sync_folder, write_atomic
from opencode.session.undo.blobs import digest
from opencode.session.undo.steps import State


def read_state(path: Path) -> tuple[State, bytes | None]:
    """What is there now, and its bytes (of a link: where it leads). OSError, also for folders
    and devices."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return State(), None
    mode = stat.S_IMODE(found.st_mode)
    if stat.S_ISLNK(found.st_mode):
        data = os.fsencode(path.readlink())
        return State(digest(data), link=True), data
    if not stat.S_ISREG(found.st_mode):
        raise IsADirectoryError(21, "Not a regular file", str(path))
    data = path.read_bytes()
    return State(digest(data), mode), data


def bring_to(path: Path, state: State, data: bytes | None) -> None:
    """Write, link or remove so that the file is in that state. OSError."""
    if not state.name:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
    elif state.link:
        _link(path, data or b"")
    else:
        write_atomic(path, data or b"", mode=state.mode)


def _link(path: Path, target: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temp = path.with_name(f".opencode-{os.getpid()}-{os.urandom(6).hex()}.tmp")
    temp.symlink_to(os.fsdecode(target))
    temp.replace(path)
    sync_folder(path.parent)
