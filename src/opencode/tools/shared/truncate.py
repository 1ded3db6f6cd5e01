"""Long texts for models: both ends, what lies between counted, and where the whole can be read."""

from collections.abc import Callable

LINES = 2000
SIZE = 50_000


def shorten(
    text: str, whole: Callable[[], str] | None = None, *, lines: int = LINES, size: int = SIZE
) -> str:
    """`text` with at most so many lines and bytes of UTF-8 and a marker where the middle was.
    `whole` keeps the text and says where; it is called only when something is left out."""
    data = text.encode(errors="replace")
    rows = text.count("\n") + (not text.endswith("\n"))
    if len(data) <= size and rows <= lines:
        return text
    head = _first(data, lines // 2, size // 2)
    tail = _last(data[len(head) :], lines - lines // 2, size - size // 2)
    middle = data[len(head) : len(data) - len(tail)]
    where = f"; the whole is in {path}" if whole and (path := whole()) else ""
    count = middle.count(b"\n")
    gap = f"[... {count} lines, {len(middle)} bytes left out{where} ...]"
    return f"{head.decode().rstrip()}\n{gap}\n{tail.decode().lstrip()}"


def _first(data: bytes, lines: int, size: int) -> bytes:
    """The first lines that fit; of a line longer than all room, its beginning."""
    rows = data[:size].splitlines(keepends=True)[:lines]
    kept = b"".join(rows)
    if len(kept) == size and not kept.endswith(b"\n"):
        whole = b"".join(rows[:-1])
        return whole if len(whole) > size // 2 else _characters(kept)
    return kept


def _last(data: bytes, lines: int, size: int) -> bytes:
    """The last lines that fit; of a line longer than all room, its end."""
    cut = data[-size:]
    rows = cut.splitlines(keepends=True)
    kept = b"".join(rows[-lines:])
    if len(kept) == size < len(data):
        whole = b"".join(rows[1:])
        kept = whole if len(whole) > size // 2 else kept
    return kept.lstrip(bytes(range(0x80, 0xC0)))


def _characters(data: bytes) -> bytes:
    """Without a character that was cut at the end."""
    return data.decode(errors="ignore").encode()
