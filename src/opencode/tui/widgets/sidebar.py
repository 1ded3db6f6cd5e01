"""What surrounds the conversation: the session's figures, todos, files, and other sessions."""

from datetime import datetime

from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Vertical

from opencode.core.session import SessionInfo
from opencode.i18n.catalog import t
from opencode.tui.blocks.steps import money, tokens
from opencode.tui.facts import Facts
from opencode.tui.here import app_of
from opencode.tui.lines import BLANK, Line, flow, line
from opencode.tui.look import Look, look_of
from opencode.tui.text import clean, fit
from opencode.tui.widgets.choices import Choice, Choices
from opencode.tui.widgets.lines_view import LinesView

_WIDTH = 38
_MARKS = {"completed": "✓", "in_progress": "▶", "cancelled": "⊘"}


class Sidebar(Vertical):
    """Facts above, sessions below; choosing one opens it."""

    DEFAULT_CSS = """
    Sidebar {
        width: 42; background: $surface; padding: 1 2; display: none;
        &.-shown { display: block; }
        & LinesView { max-height: 60%; background: $surface; }
        & Choices { max-height: 40%; margin-top: 1; }
    }
    """

    def __init__(self, facts: Facts, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._facts = facts

    def compose(self) -> ComposeResult:
        """The facts, then the sessions."""
        yield LinesView()
        yield Choices(id="session-list")

    def update(self) -> None:
        """The facts changed; nothing is drawn while the sidebar is hidden."""
        if self.has_class("-shown"):
            app = app_of(self)
            look = look_of(app.current_theme.name, app.theme_variables, app.current_theme.dark)
            self.query_one(LinesView).fill(_facts(self._facts, look))

    def list_sessions(self, infos: list[SessionInfo]) -> None:
        """Other sessions of the project, newest first."""
        self.query_one("#session-list", Choices).fill(session_rows(infos), self._facts.session)


def session_rows(infos: list[SessionInfo]) -> list[Choice]:
    """Sessions as rows under the day they were last used."""
    return [
        Choice(
            info.title or info.id,
            info.id,
            t("sessions.damaged") if info.damaged else _clock(info.updated),
            _day(info.updated),
        )
        for info in infos
        if not info.parent
    ]


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d")


def _clock(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%H:%M")


def _facts(facts: Facts, look: Look) -> list[Line]:
    rows = flow([(clean(facts.title or t("sidebar.new")), look.strong)], _WIDTH)
    rows.extend(flow([(clean(facts.directory), look.muted)], _WIDTH))
    rows.extend([BLANK, _head("sidebar.context", look)])
    share = f" · {100 * facts.context // facts.window}%" if facts.window else ""
    rows.append(_row(t("sidebar.tokens", count=tokens(facts.context)) + share, look.base))
    cost = facts.usage.cost
    rows.append(_row(t("cost.unknown") if cost is None else money(cost), look.base))
    if facts.todos:
        rows.extend([BLANK, _head("sidebar.todos", look)])
        for todo in facts.todos:
            done = todo.status in ("completed", "cancelled")
            style = look.faint if done else look.base
            rows.append(_row(f"{_MARKS.get(todo.status, '○')} {clean(todo.text)}", style))
    rows.extend(_section("sidebar.files", [(path, look.base) for path in facts.files], look))
    running = [(c, look.accent) for c, code in facts.jobs.values() if code is None]
    rows.extend(_section("sidebar.jobs", running, look))
    servers = [(f"{name} · {state}", look.base) for name, state in facts.servers.items()]
    rows.extend(_section("sidebar.servers", servers, look))
    return rows


def _section(key: str, rows: list[tuple[str, Style]], look: Look) -> list[Line]:
    if not rows:
        return []
    return [BLANK, _head(key, look), *(_row(clean(text), style) for text, style in rows[:20])]


def _head(key: str, look: Look) -> Line:
    return line([(t(key), look.primary)])


def _row(text: str, style: Style) -> Line:
    return line([(fit(text, _WIDTH), style)])
