"""What a conversation shows before a word is said: where we are, who answers, what to press."""

from collections.abc import Sequence

from opencode import __version__
from opencode.i18n.catalog import t
from opencode.tui.keys import Keys, spelled_out
from opencode.tui.looks.lines import BLANK, Line, line
from opencode.tui.looks.look import Look
from opencode.tui.looks.text import clean, cut, fit, width_of
from opencode.tui.state.facts import Facts

_MARGIN = 2
_PRESSED = ("help", "palette")
"""Commands whose keys are worth knowing first."""


def greeting(facts: Facts, keys: Keys, width: int, look: Look) -> list[Line]:
    """The rows, at most `width` cells wide; who answers is left out until it is known."""
    keyless = facts.model.startswith("offline/")
    said = _state(facts)
    hints = [
        *_pressed(keys, [] if said == "answers" else ["models"]),
        ("Enter", t("welcome.plain" if keyless else "welcome.ask")),
        ("@", t("help.mention")),
        ("!", t("help.shell")),
        *_pressed(keys, _PRESSED),
    ]
    lead = max(width_of(key) for key, _ in hints) + 2
    room = max(1, width - _MARGIN)
    margin = (" " * _MARGIN, look.base)
    answers = t(f"welcome.{said}", model=clean(facts.model)) if facts.model else ""
    style = look.muted if said == "answers" else look.warning
    rows = [
        line([margin, ("opencode", look.strong), (f" {__version__}", look.faint)], _MARGIN),
        line([margin, (_folder(clean(facts.folder), room), look.muted)], _MARGIN),
        line([margin, (fit(answers, room), style)], _MARGIN),
        BLANK,
    ]
    for key, what in hints:
        pressed = (f"{key:<{lead}}", look.accent)
        rows.append(line([margin, pressed, (fit(what, max(1, room - lead)), look.base)], _MARGIN))
    return rows


def _state(facts: Facts) -> str:
    """Whether the model answers, is unknown, or has no key: as the catalogue calls it."""
    if not facts.model or facts.model not in (facts.stranger, facts.locked):
        return "answers"
    return "unknown" if facts.model == facts.stranger else "locked"


def _pressed(keys: Keys, names: Sequence[str]) -> list[tuple[str, str]]:
    """The first key of each command that has one, and what it does."""
    return [(spelled_out(keys.of(n)[0]), t(f"command.{n}")) for n in names if keys.of(n)]


def _folder(shown: str, room: int) -> str:
    """Of a long one the end, which says more."""
    over = width_of(shown) - room
    return "…" + cut(shown, over + 1) if over > 0 else shown
