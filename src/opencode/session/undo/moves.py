"""Folders to the trash and back: a rename, or across disks a copy that is whole before the
original goes."""

import contextlib
import errno
import os
import shutil
import time
from pathlib import Path

from opencode.host.files import sync_folder
from opencode.session.undo.steps import Move, path_of

_TRASH_SECONDS = 30 * 86_400


def move(step: Move) -> None:
    """Move source to target. Killed anywhere, `settle_move` finds one whole tree. OSError."""
    source, target = path_of(step.source), path_of(step.target)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        aside = path_of(step.aside)
        source.rename(aside)
        try:
            _copy(aside, target)
        except OSError:
            aside.rename(source)
            raise
        _delete(aside)
    sync_folder(target.parent)


def settle_move(step: Move) -> None:
    """After a kill in the middle: what stands aside goes if the copy is whole, else back."""
    aside, source, target = map(path_of, (step.aside, step.source, step.target))
    _delete(_copying(target))
    if not os.path.lexists(aside):
        return
    if os.path.lexists(target):
        _delete(aside)
    elif not os.path.lexists(source):
        aside.rename(source)


def _copy(source: Path, target: Path) -> None:
    temp = _copying(target)
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, temp, symlinks=True)
    else:
        shutil.copy2(source, temp, follow_symlinks=False)
    temp.rename(target)


def _copying(target: Path) -> Path:
    return target.with_name(f".opencode-{target.name[:200]}.copying")


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def empty_trash(folder: Path) -> None:
    """Throw away what tools removed more than 30 days ago."""
    for one in folder.glob("*/*"):
        with contextlib.suppress(OSError):
            if time.time() - one.stat().st_mtime > _TRASH_SECONDS:
                shutil.rmtree(one, ignore_errors=True)
