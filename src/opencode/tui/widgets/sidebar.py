"""What surrounds the conversation: the session's figures, todos, files, and other sessions."""

from datetime import date, datetime, timedelta

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from opencode.core.session import SessionInfo
from opencode.i18n.catalog import t
from opencode.tui.blocks.steps import money, tokens
from opencode.tui.here import app_of
from opencode.tui.looks.lines import Line, flow
from opencode.tui.looks.look import Look, look_of
from opencode.tui.looks.text import clean
from opencode.tui.state.facts import Facts
from opencode.tui.widgets.choices import Choice, Choices
from opencode.tui.widgets.lines_view import LinesView

_WIDTH = 38
_BESIDE = 110
"""Cells from which on it stands beside the conversation; in less it lies over it."""
_MARKS = {"completed": "✓", "in_progress": "▶", "cancelled": "⊘"}
_SIGNS = {"added": "A", "changed": "M", "removed": "D"}
_MOST = 200
"""Rows of one kind."""


class Sidebar(Vertical):
    """One list: facts above, sessions below. Enter or a click opens a row. Where it lies over the
    conversation it is there as long as it has the keys."""

    DEFAULT_CSS = """
    Sidebar {
        width: 42; max-width: 100%; background: $surface; padding: 1 2; display: none;
        &.-shown { display: block; }
        &.-over { layer: over; dock: right; padding: 0 1; border-left: solid $foreground 30%; }
        & LinesView { max-height: 30%; background: $surface; margin-bottom: 1; }
        & Choices { height: 1fr; max-height: 100%; }
    }
    """

    class Chosen(Message):
        """A row was chosen: "session:…", "file:…" or "diff:…"."""

        def __init__(self, value: str) -> None:
            super().__init__()
            self.value = value

    class Outdated(Message):
        """What events do not tell must be read anew."""

    def __init__(self, facts: Facts, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._facts = facts
        self._sessions: list[SessionInfo] = []
        self._read: tuple[object, ...] = ()
        self._wanted = False
        """Beside the conversation, where there is room."""

    def compose(self) -> ComposeResult:
        """The title, then the list."""
        yield LinesView()
        yield Choices(id="beside", quiet=True)

    def on_mount(self) -> None:
        """Over the conversation it goes when the keys do."""
        self.watch(self.screen, "focused", self._look_where_keys_are, init=False)

    def _look_where_keys_are(self, focused: Widget | None) -> None:
        if self.is_over and focused is not None and self not in focused.ancestors:
            self.remove_class("-shown")

    @property
    def is_over(self) -> bool:
        """There is no room for it beside the conversation."""
        return self.has_class("-over")

    def make_room(self, width: int) -> None:
        """So many cells are there for it and the conversation."""
        over = width < _BESIDE
        if over != self.is_over:
            self.set_class(over, "-over")
            self.set_class(self._wanted and (not over or self.has_focus_within), "-shown")
            self.update()

    def toggle(self) -> bool:
        """Show or hide it; returns whether it shows now."""
        shown = self.toggle_class("-shown").has_class("-shown")
        self._wanted = self._wanted if self.is_over else shown
        self.update()
        return shown

    def notify_style_update(self) -> None:
        """Other colours."""
        super().notify_style_update()
        if self.is_mounted:
            self.update()

    def update(self) -> None:
        """The facts changed; nothing is drawn while the sidebar is hidden."""
        if not self.has_class("-shown"):
            return
        facts, app = self._facts, app_of(self)
        look = look_of(app.current_theme.name, app.theme_variables, app.current_theme.dark)
        self.query_one(LinesView).fill(_head(facts, look, min(_WIDTH, app.size.width - 3)))
        sessions = session_rows(self._sessions, "session:")
        self.query_one(Choices).renew([*_rows(facts), *sessions])
        wanted = (facts.session, facts.context, facts.edits, facts.model)
        if wanted != self._read:
            self._read = wanted
            self.post_message(self.Outdated())

    def list_sessions(self, infos: list[SessionInfo]) -> None:
        """Other sessions of the project, newest first."""
        self._sessions = infos
        self.update()

    def enter(self) -> None:
        """Let the keys move here."""
        self.query_one(Choices).focus()

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        event.stop()
        self.post_message(self.Chosen(event.choice.value))


def session_rows(infos: list[SessionInfo], prefix: str = "") -> list[Choice]:
    """Sessions as rows under the day they were last used."""
    return [
        Choice(
            info.title or info.id,
            prefix + info.id,
            t("sessions.damaged") if info.damaged else _clock(info.updated),
            _day(info.updated),
        )
        for info in infos
        if not info.parent
    ]


def _day(moment: float) -> str:
    day, today = datetime.fromtimestamp(moment).astimezone().date(), date.today()
    if day == today:
        return t("sessions.today")
    return t("sessions.yesterday") if day == today - timedelta(days=1) else day.isoformat()


def _clock(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%H:%M")


def _head(facts: Facts, look: Look, width: int) -> list[Line]:
    lead = [(" ", look.base)]
    rows = flow([(clean(facts.title or t("sidebar.new")), look.strong)], width, lead)[:3]
    place = f"{facts.folder} · {facts.branch}" if facts.branch else facts.folder
    return [*rows, *flow([(clean(place), look.muted)], width, lead)[:3]]


def _rows(facts: Facts) -> list[Choice]:
    group = t("sidebar.context")
    share = f"{100 * facts.context // facts.window}%" if facts.window else ""
    rows = [Choice(t("sidebar.tokens", count=tokens(facts.context)), "", share, group)]
    rows += [
        Choice("  " + t(f"sidebar.{part}"), "", tokens(count), group, faint=True)
        for part, count in facts.filling
    ]
    cost = t("cost.unknown") if facts.usage.cost is None else money(facts.usage.cost)
    if facts.usage.total:
        rows.append(Choice(t("sidebar.cost"), "", cost, group))
    if facts.parent:
        rows.append(Choice(t("sidebar.parent"), f"session:{facts.parent}", "", group))
    for todo in facts.todos[:_MOST]:
        done = todo.status in ("completed", "cancelled")
        label = f"{_MARKS.get(todo.status, '○')} {todo.text}"
        rows.append(Choice(label, "", "", t("sidebar.todos"), faint=done))
    return [*rows, *_files(facts), *_running(facts)]


def _files(facts: Facts) -> list[Choice]:
    if not facts.changes:
        group = t("sidebar.changed")
        return [Choice(path, f"file:{path}", "", group) for path in facts.files[:_MOST]]
    diffs = [change.diff for change in facts.changes]
    group = t("sidebar.changed")
    total = f"+{sum(d.added for d in diffs)} −{sum(d.removed for d in diffs)}"
    rows = [Choice(t("sidebar.review"), "diff:", total, group)]
    for change in facts.changes[:_MOST]:
        path, diff = change.diff.path, change.diff
        there = "diff" if change.state == "removed" else "file"
        label = f"{_SIGNS[change.state]} {path}"
        rows.append(Choice(label, f"{there}:{path}", f"+{diff.added} −{diff.removed}", group))
    return rows


def _running(facts: Facts) -> list[Choice]:
    rows: list[Choice] = []
    for job, (command, code) in facts.jobs.items():
        if code is None:
            value = f"session:{job}" if job.startswith("ses_") else ""
            rows.append(Choice(command, value, "", t("sidebar.jobs")))
    for name, state in facts.servers.items():
        rows.append(Choice(name, "", state, t("sidebar.servers")))
    return rows
