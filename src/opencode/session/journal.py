"""What happened since the file was written: one checked line a record, appended and synced."""

import contextlib
import os
import zlib
from pathlib import Path

from msgspec import Struct, field

from opencode.host.files import write_atomic


class Records(Struct):
    """What a journal holds: whole records in order, and what is no record."""

    whole: list[bytes] = field(default_factory=list)
    torn: bytes = b""


def read_records(path: Path) -> Records:
    """Read a journal without touching it. A damaged line is passed over; those after it count."""
    records = Records()
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return records
    torn: list[bytes] = []
    for line in data.splitlines(keepends=True):
        payload = _payload(line)
        if payload is None:
            torn.append(line)
        else:
            records.whole.append(payload)
    records.torn = b"".join(torn)
    return records


def frame(payload: bytes) -> bytes:
    """A record as its line: length, checksum, JSON without line ends."""
    return b"%d %08x %b\n" % (len(payload), zlib.crc32(payload), payload)


def _payload(line: bytes) -> bytes | None:
    length, _, rest = line.partition(b" ")
    checksum, _, payload = rest.partition(b" ")
    if not payload.endswith(b"\n") or b"%d" % (len(payload) - 1) != length:
        return None
    payload = payload[:-1]
    return payload if b"%08x" % zlib.crc32(payload) == checksum else None


class Journal:
    """An open journal. One writer; whoever reads takes `read_records`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle = -1
        self.size = 0

    def open(self) -> list[bytes]:
        """Open for appending; returns the whole records. A torn tail is cut off and kept in a
        file beside the journal."""
        records = read_records(self.path)
        if records.torn:
            self._set_aside(records.torn)
            write_atomic(self.path, b"".join(map(frame, records.whole)), mode=0o600)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self._handle = os.open(self.path, flags, 0o600)
        self.size = os.fstat(self._handle).st_size
        return records.whole

    def append(self, payload: bytes, *, sync: bool = False) -> None:
        """Add a record; with `sync` it survives a power cut when this returns. On failure (disk
        full) the journal is as it was."""
        line = frame(payload)
        try:
            written = os.write(self._handle, line)
            while written < len(line):
                written += os.write(self._handle, line[written:])
            if sync:
                os.fsync(self._handle)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, self.size)
            raise
        self.size += len(line)

    def sync(self) -> None:
        """Make everything appended so far survive a power cut."""
        os.fsync(self._handle)

    def clear(self, size: int) -> None:
        """Forget the records once they stand in the file, unless more than the first `size`
        bytes were written meanwhile: folding a record twice does no harm, losing one does."""
        if self._handle >= 0 and self.size == size:
            os.ftruncate(self._handle, 0)
            os.fsync(self._handle)
            self.size = 0

    def close(self) -> None:
        """Close; an empty journal leaves no file."""
        if self._handle < 0:
            return
        os.close(self._handle)
        self._handle = -1
        if self.size == 0:
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)

    def _set_aside(self, torn: bytes) -> None:
        aside = self.path.with_suffix(".torn")
        with aside.open("ab") as file:
            file.write(torn if torn.endswith(b"\n") else torn + b"\n")
            file.flush()
            os.fsync(file.fileno())
