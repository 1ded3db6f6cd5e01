"""The private temporary folders of sandboxes: one a workspace, gone with it for sure."""

import contextlib
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

if sys.platform == "win32":

    def _locked(path: Path) -> int | None:
        """Folders cannot be locked here; the system's clean-up must do."""
        del path

else:
    import fcntl

    def _locked(path: Path) -> int | None:
        """The open folder, when nobody else holds it."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            return None
        return fd


_PREFIX = "opencode-tmp-"
_YOUNG = 60.0
"""Seconds in which a folder may not have found its lock yet."""


class PrivateFolder:
    """A folder only this user can enter; locked while its owner lives."""

    def __init__(self) -> None:
        self.path = Path(os.path.realpath(tempfile.mkdtemp(prefix=_PREFIX)))
        self._lock = _locked(self.path)

    def close(self) -> None:
        """Take it away with everything in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def sweep() -> None:
    """Take away the folders whose owners died without doing so."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            young = time.time() - path.lstat().st_mtime < _YOUNG
            if not young and (lock := _locked(path)) is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(lock)
