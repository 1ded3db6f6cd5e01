"""What programs print, made safe to show, to store and to send: text without control sequences."""

import re

_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor moves
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # titles, links and other strings
    r"|\x1b[ -/]*[0-~]",
    re.DOTALL,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_OVERWRITTEN = re.compile(r"[^\n]*\r(?=[^\n])")


def plain(data: bytes) -> str:
    """The text as a screen would show it: progress bars as their last state, bytes that are no
    UTF-8 as the replacement character, no character that could steer a terminal."""
    text = data.decode("utf-8", errors="replace")
    if "\x1b" in text:
        text = _SEQUENCE.sub("", text)
    if "\r" in text:
        text = _OVERWRITTEN.sub("", text.replace("\r\n", "\n"))
    return _CONTROL.sub("", text)


def whole_characters(data: bytes) -> bytes:
    """`data` without a UTF-8 character that was cut at its end."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte < 0x80:
            return data
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return data[:-back] if back < length else data
    return data


def head_and_tail(head: bytes, tail: bytes, size: int) -> str:
    """Both ends of an output of `size` bytes with what lies between counted; cut at line ends
    where there are some."""
    missing = size - len(head) - len(tail)
    if missing <= 0:
        return plain(head + tail)
    first = head[: head.rfind(b"\n") + 1] or whole_characters(head)
    last = tail[tail.find(b"\n") + 1 :] or tail
    last = last.lstrip(bytes(range(0x80, 0xC0)))
    missing = size - len(first) - len(last)
    return f"{plain(first)}\n[... {missing} bytes left out ...]\n\n{plain(last)}"
