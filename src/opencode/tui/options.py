"""How the app begins, and what it may know and change of the settings on this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct, field

Notify = bool | Literal["bell", "message"]
Decision = Literal["trust", "later", "never"]


class Options(Struct, frozen=True, kw_only=True):
    """Everything has a sensible absence."""

    session: str = ""
    """Open this one (id or unique prefix)."""
    newest: bool = False
    """Open the newest session of the project instead of a new one."""
    prompt: str = ""
    """Send this at once."""
    where: str = ""
    """The server's address, where the project is another machine's: shown until a conversation
    says which folder it is about."""
    agent: str = ""
    """Asked for by name: it answers from now on, as does `model`."""
    default_agent: str = ""
    model: str = ""
    theme: str = ""
    """Empty and "auto" follow the terminal's background."""
    theme_folders: list[Path] = field(default_factory=list[Path])
    """Where themes of one's own lie; later folders win."""
    language: str = "en"
    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    """Command → keys, over the defaults (see keys.py)."""
    history: Path | None = None
    """The file in which prompts are remembered."""
    log: Path | None = None
    """The file a person may send when something went wrong."""
    notify: Notify = True
    """Ring ("bell"), tell the terminal ("message") or both when an answer or a question comes and
    nobody looks."""
    title: bool = True
    """Write the session's title into the terminal's."""
    vim: bool = False
    """Vim's keys in the input."""
    trust: Literal["", "trusted", "untrusted"] = ""
    """Whether what the folder's own settings want takes effect; "" when they want nothing."""


class Waiting(Struct, frozen=True):
    """A folder whose own settings want more than is allowed by themselves."""

    folder: str
    effects: list[tuple[str, str]]
    """Everything that would take effect: its name, and its value or the file's text."""
    has_changed: bool = False
    """The folder was trusted before: `effects` are what is other than it was then."""


class Setting(Struct, frozen=True):
    """One setting in force."""

    key: str
    value: str
    """As people write it; "" when it is not set."""
    origin: str
    """Who said so: "built-in", "user config", "project config" …"""


class Granted(Struct, frozen=True):
    """A permission somebody gave for longer than once."""

    id: str
    rule: str
    scope: str
    where: str
    """Project or session it holds for; "" for everywhere."""
    since: float


class Home(Protocol):
    """The settings on this machine. All of it touches the disk: call it in a thread."""

    def options(self) -> Options:
        """As the settings stand now, the command line over them."""
        ...

    def waiting(self) -> Waiting | None:
        """What waits for trust; None when nothing does or it was decided."""
        ...

    def decide(self, decision: Decision) -> None:
        """Remember what the person said about what `waiting` showed last."""
        ...

    def settings(self, *keys: str) -> list[Setting]:
        """Those of these dotted keys, in this order."""
        ...

    def change(self, key: str, text: str) -> str:
        """Write it into the user's own file, which keeps its comments; returns the file's name.
        OpenCodeError when the value does not fit or the file cannot be written."""
        ...

    def holds(self, key: str) -> bool:
        """Whether the user's own file says something about that key or one below it."""
        ...

    def grants(self) -> list[Granted]:
        """Newest first."""
        ...

    def revoke(self, grant: str) -> None:
        """Take one back: the next such call asks again."""
        ...
