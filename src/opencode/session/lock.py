"""One writer a session, across processes; a second one is told who it is and becomes a viewer."""

from pathlib import Path

from opencode.core.error import SessionBusy, SessionError
from opencode.host.files import FileLock, Held


class SessionLock:
    """The right to write one session. Released by the system when the process dies."""

    def __init__(self, data: Path, session_id: str, what: str = "opencode") -> None:
        self._id = session_id
        self._lock = FileLock(data / "locks" / f"{session_id}.lock", what)

    def acquire(self) -> None:
        """Take it at once or raise SessionBusy, which names the owner."""
        try:
            self._lock.acquire()
        except Held as held:
            raise SessionBusy(
                f"Session {self._id} is being written by {held}.",
                hint="Wait until it ends, or continue a copy with `--fork`.",
            ) from None
        except OSError as error:
            raise SessionError(
                f"Session {self._id} cannot be locked: {error}.",
                hint="Check that your data folder can be written, or set OPENCODE_DATA_DIR.",
            ) from error

    def release(self) -> None:
        """Let others write."""
        self._lock.release()
