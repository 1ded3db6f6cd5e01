"""One line of the doctor: what was looked at, how it is, and what to do about it."""

from typing import Literal

from msgspec import Struct

State = Literal["ok", "warn", "fail", "off"]


class Finding(Struct, frozen=True):
    """How one thing is. `fail`: something that was asked for cannot work; `warn`: it works, but
    less well; `off`: not used, and nobody has to."""

    group: str
    name: str
    state: State
    detail: str = ""
    fix: str = ""
    """What to do, as a person would type it; empty when nothing is to be done."""
