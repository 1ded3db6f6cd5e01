"""The data of an event as one line: many clients take for a line's end what JSON lets stand."""

from typing import Any

import msgspec

_encode = msgspec.json.Encoder().encode
_ENDS = tuple((end.encode(), f"\\u{ord(end):04x}".encode()) for end in "\x85\u2028\u2029")


def data_line(value: Any) -> bytes:
    """`data: …` with the blank line that ends the event."""
    data = _encode(value)
    for end, escaped in _ENDS:  # they can only stand in texts
        data = data.replace(end, escaped)
    return b"data: " + data + b"\n\n"
