"""What a program that failed had to say, from all it wrote: mostly one line of it."""

import re
from collections.abc import Iterable

_LONGEST = 400
_ERROR = re.compile(r"\W*\w*error\b", re.IGNORECASE)


def complaint_of(lines: Iterable[str]) -> str:
    """The last line that begins with an error, as no line of a trace does; else the end."""
    said = [" ".join(line.split()) for line in lines if line.strip()]
    named = [line for line in said if _ERROR.match(line)]
    return named[-1][:_LONGEST] if named else " ".join(said[-3:])[-_LONGEST:]
