"""Every key and command on one page, from the tables they are made of."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from opencode.i18n.catalog import t
from opencode.tui.here import app_of
from opencode.tui.keys import Keys, spelled_out
from opencode.tui.lines import BLANK, Line, Span, flow, line
from opencode.tui.look import Look, look_of
from opencode.tui.widgets.lines_view import LinesView

_KEYS = 26
_FIXED = (
    ("Enter", "help.send"),
    ("Shift+Enter, Ctrl+J, Alt+Enter, \\ Enter", "help.newline"),
    ("↑ ↓", "help.history"),
    ("@", "help.mention"),
    ("/", "help.slash"),
    ("!", "help.shell"),
    ("Ctrl+C", "help.leave"),
    ("Ctrl+H", "help.help"),
)


class HelpPanel(Vertical):
    """Shown over the transcript; the key that opened it closes it."""

    DEFAULT_CSS = """
    HelpPanel {
        display: none; height: 1fr; background: $background; padding: 1 2;
        &.-shown { display: block; }
        & LinesView { height: 1fr; }
    }
    """

    def compose(self) -> ComposeResult:
        """One scrolling page."""
        yield LinesView()

    def fill(self, keys: Keys, commands: Sequence[tuple[str, str]]) -> None:
        """Draw the page: commands are (name, what it does)."""
        app = app_of(self)
        look = look_of(app.current_theme.name, app.theme_variables, app.current_theme.dark)
        width = max(30, app.size.width - 6)
        rows = [line([(t("help.title"), look.strong)]), BLANK]
        for shown, text in _FIXED:
            rows.extend(_row(shown, t(text), width, look))
        named = [(", ".join(map(spelled_out, keys.of(name))), what) for name, what in _bound(keys)]
        for shown, what in named:
            rows.extend(_row(shown, what, width, look))
        rows.extend([BLANK, line([(t("help.commands"), look.strong)]), BLANK])
        for name, what in commands:
            rows.extend(_row(f"/{name}", what, width, look))
        self.query_one(LinesView).fill(rows)


def _bound(keys: Keys) -> list[tuple[str, str]]:
    names = dict.fromkeys([*keys.names.values(), *keys.leader.values()])
    return [(name, t(f"command.{name}")) for name in names]


def _row(keys: str, what: str, width: int, look: Look) -> list[Line]:
    lead: list[Span] = [(f"{keys:<{_KEYS}}  ", look.accent)]
    return flow([(what, look.base)], width, lead)
