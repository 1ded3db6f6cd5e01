"""What a command prints, kept small in memory and whole on disk; and how the launcher speaks of it.

Imported by the launcher, so the standard library only, and little of it.
"""

import marshal
import os

Plain = str | int | bytes | None | list[str] | tuple[int, ...] | dict[str, str]
"""What a frame may hold."""


class Spec:
    """What the owner asks of the launcher. A plain class: dataclasses cost more than the launch."""

    def __init__(
        self,
        argv: list[str],
        env: dict[str, str],
        cwd: str,
        *,
        log: str = "",
        held: list[str] | None = None,
        absent: list[str] | None = None,
    ) -> None:
        self.argv, self.env, self.cwd = argv, env, cwd
        self.log = log
        """Where a long output goes."""
        self.keep = 24_000
        """Bytes of head and of tail that stay in memory."""
        self.cap = 64 << 20
        """Bytes of output that go to disk at most."""
        self.spool = False
        """Whether the output goes to disk from its first byte on."""
        self.held = held or []
        """Empty folders to be there while it runs, so that a sandbox can cover them."""
        self.absent = absent or []
        """Files that must not be there afterwards."""

    def pack(self) -> bytes:
        """The frame that says all this."""
        return _frame(vars(self))


def _frame(content: tuple[Plain, ...] | dict[str, Plain]) -> bytes:
    data = marshal.dumps(content)
    return len(data).to_bytes(4, "big") + data


def send(*frame: Plain) -> None:
    """Tell the owner; an owner that is gone is no error."""
    view = memoryview(_frame(frame))
    try:
        while view:
            view = view[os.write(1, view) :]
    except OSError:
        pass


def receive() -> Spec:
    """The one frame the owner sends; EOFError when it died first."""
    spec = Spec([], {}, "")
    vars(spec).update(marshal.loads(_exactly(int.from_bytes(_exactly(4), "big"))))
    return spec


def _exactly(count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = os.read(0, count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


class Spool:
    """Head and tail in memory, `keep` bytes each; the whole in `path` once it is longer than
    both, up to `cap` bytes and the tail."""

    def __init__(self, path: str, keep: int, cap: int) -> None:
        self.path, self.keep = path, keep
        self.cap: int = cap
        self.size, self.written = 0, 0
        self.head, self.tail = bytearray(), bytearray()
        self.fd: int | None = None

    @property
    def log(self) -> str:
        """Where the whole lies; "" when head and tail are all of it."""
        return self.path if self.written else ""

    @property
    def recent(self) -> bytes:
        """The last bytes, for people watching."""
        return bytes((self.tail or self.head)[-4096:])

    def feed(self, data: bytes) -> None:
        """Take the next piece."""
        self.size += len(data)
        if self.fd is not None:
            self._write(data)
        room = self.keep - len(self.head)
        if room > 0:
            self.head += data[:room]
            data = data[room:]
        self.tail += data
        if self.size > 2 * self.keep:
            self.spill()
            del self.tail[: -self.keep]

    def spill(self) -> None:
        """From now on the whole goes to disk too."""
        if self.fd is not None or not self.path:
            return
        try:
            self.fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:
            self.path = ""
            return
        self._write(bytes(self.head + self.tail))

    def _write(self, data: bytes) -> None:
        view = memoryview(data)[: max(0, self.cap - self.written)]
        try:
            while view and self.fd is not None:
                count = os.write(self.fd, view)
                self.written += count
                view = view[count:]
        except OSError:
            self.cap = self.written  # a full disk: what is there stays, the rest is only counted

    def close(self) -> None:
        """Nothing more will come; a file that was capped ends with the tail."""
        if self.fd is None:
            return
        missing = self.size - self.written - len(self.tail)
        if missing > 0 and self.written:
            self.cap = self.written + len(self.tail) + 100
            self._write(b"\n[%d bytes are not kept]\n" % missing)
            self._write(bytes(self.tail))
        os.close(self.fd)
        self.fd = None
