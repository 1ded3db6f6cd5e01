"""The one writer of an open session: what stands in its journal, what in its file."""

import contextlib
import os
import threading
import time
from collections.abc import Generator
from pathlib import Path

from opencode.core.error import SessionError
from opencode.core.message import Message
from opencode.core.session import Session
from opencode.host.files import write_atomic
from opencode.session.document import encode, encode_head
from opencode.session.journal import Journal
from opencode.session.lock import SessionLock
from opencode.session.places import journal_of
from opencode.session.replay import make_record


class Writer:
    """Appends what changed and folds it into the file. The cost of an append does not grow with
    the history. Errors are SessionErrors that say what to do; what was not written is tried
    again with the next record."""

    def __init__(self, path: Path, lock: SessionLock) -> None:
        self.path = path
        import asyncio  # noqa: PLC0415 - 15 ms that lists of sessions do without

        self.turn = asyncio.Lock()
        self.folded_at = time.monotonic()
        self._lock = lock
        self._journal = Journal(journal_of(path))
        self._head: dict[str, bytes] = {}
        self._ids: list[str] = []
        self._known: set[str] = set()
        self._pending: dict[str, Message] = {}
        self._stamp: tuple[int, int] | None = None
        self._folds = threading.Lock()
        self._fold_number = 0
        self._folded_number = 0

    def open(self) -> list[bytes]:
        """Open the journal; returns its records. The lock is held already."""
        with self._said(opening=True):
            return self._journal.open()

    @property
    def is_folded(self) -> bool:
        """Whether the file alone holds everything."""
        return self._journal.size == 0 and self._stamp is not None

    def stands(self, session: Session, *, intact: bool) -> None:
        """The session as it is now stands in file and journal. A file that is not `intact` is
        kept aside before it is written anew."""
        self._settle(encode_head(session), [message.id for message in session.messages])
        self._stamp = _stamp(self.path) if intact else None

    def append(self, session: Session, touched: tuple[Message, ...]) -> bool:
        """Write one record of what changed; False when nothing did."""
        self._pending.update({message.id: message for message in touched})
        head = encode_head(session)
        changed = {name: value for name, value in head.items() if value != self._head.get(name)}
        common = self._common(session.messages)
        fresh, keep, known = session.messages[common:], None, self._known
        if common < len(self._ids):
            keep = self._ids[common - 1] if common else ""
            known = set(self._ids[:common])
        again = [message for message in self._pending.values() if message.id in known]
        if not changed and keep is None and not again and not fresh:
            return False
        with self._said():
            self._journal.append(make_record(changed, keep, [*again, *fresh]))
        del self._ids[common:]
        self._ids.extend(message.id for message in fresh)
        self._known = known
        self._known.update(message.id for message in fresh)
        self._head = head
        self._pending.clear()
        return True

    def sync(self) -> None:
        """Make all records survive a power cut (this blocks)."""
        with self._said():
            self._journal.sync()

    def prepare(self, session: Session) -> tuple[bytes, int, int]:
        """The file as it is to be written; hand it to `fold`, in a thread if you like."""
        self._fold_number += 1
        return encode(session), self._journal.size, self._fold_number

    def fold(self, data: bytes, size: int, number: int) -> None:
        """Write the file whole and empty the journal. An older fold never follows a newer one."""
        with self._folds, self._said():
            if number < self._folded_number:
                return
            self._journal.sync()
            if self._stamp is None or self._stamp != _stamp(self.path):
                _keep_aside(self.path)
            write_atomic(self.path, data, mode=0o600)
            self._stamp = _stamp(self.path)
            self._journal.clear(size)
            self._folded_number, self.folded_at = number, time.monotonic()

    def close(self) -> None:
        """Let others write."""
        self._journal.close()
        self._lock.release()

    def _settle(self, head: dict[str, bytes], ids: list[str]) -> None:
        self._head, self._ids, self._known = head, ids, set(ids)

    def _common(self, messages: list[Message]) -> int:
        """How many messages from the start are those already written, by their ids. Looks at the
        last one only as long as messages are just appended."""
        count = len(self._ids)
        if count == 0 or (len(messages) >= count and messages[count - 1].id == self._ids[-1]):
            return count
        pairs = enumerate(zip(messages, self._ids, strict=False))
        return next((n for n, (m, known) in pairs if m.id != known), min(count, len(messages)))

    @contextlib.contextmanager
    def _said(self, *, opening: bool = False) -> Generator[None]:
        try:
            yield
        except OSError as error:
            folder, why = self.path.parent, error.strerror
            raise SessionError(
                f"The session could not be opened in {folder}: {why}."
                if opening
                else f"The session could not be saved in {folder}: {why}.",
                hint="Make room or allow writing there, or set OPENCODE_DATA_DIR; "
                "nothing that was saved before is lost.",
            ) from error


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size


def _keep_aside(path: Path) -> None:
    """Copy a file that is not ours as we left it to the first free name beside it."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    number = 1
    while (aside := path.with_name(f"{path.name}.kept-{number}")).exists():
        if aside.read_bytes() == data:
            return
        number += 1
    write_atomic(aside, data, mode=0o600)
    os.utime(aside, (path.stat().st_atime, path.stat().st_mtime))
