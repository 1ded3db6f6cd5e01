"""How the app begins: what the command line and the settings ask for."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field


class Options(Struct, frozen=True, kw_only=True):
    """Everything has a sensible absence."""

    session: str = ""
    """Open this one (id or unique prefix)."""
    newest: bool = False
    """Open the newest session of the project instead of a new one."""
    prompt: str = ""
    """Send this at once."""
    agent: str = ""
    model: str = ""
    theme: str = ""
    """Empty follows the terminal's background."""
    language: str = "en"
    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    """Command → keys, over the defaults (see keys.py)."""
    history: Path | None = None
    """The file in which prompts are remembered."""
    notify: bool = True
    """Ring and tell the terminal when an answer or a question comes and nobody looks."""
