"""A question in place of the input: the whole of what would run, and the ways to answer."""

from typing import ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from opencode.core.ask import Ask, Question, Reply
from opencode.core.permission import Scope
from opencode.i18n.catalog import t
from opencode.tui.here import app_of
from opencode.tui.looks.lines import Line
from opencode.tui.looks.look import Look, look_of
from opencode.tui.looks.text import width_of
from opencode.tui.tty.outside import edited, editor_command
from opencode.tui.widgets.asked import (
    CHANGE,
    DONE,
    OWN,
    asked,
    permission,
    permission_rows,
    question_rows,
)
from opencode.tui.widgets.choices import Choices
from opencode.tui.widgets.lines_view import LinesView

_SCOPES: dict[str, Scope] = {s: s for s in ("once", "session", "project", "user")}
_LEAST_ROOM, _MOST_ASKED = 12, 20
"""Rows of a small screen that a question may take; rows of what is asked at once."""


class AskPanel(Vertical):
    """Shows one Ask; `Answered` carries the Reply. Digits choose, Esc rejects."""

    DEFAULT_CSS = """
    AskPanel {
        height: auto; background: $surface; padding: 0 1; border-left: thick $warning;
        & LinesView { background: $surface; }
        & Choices { background: $surface; }
        & Input, & Input:focus { border: none; height: 1; padding: 0; background: $panel; }
        & Input { display: none; }
        &.-typing Input { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *[Binding(str(n), f"pick({n - 1})", show=False) for n in range(1, 10)],
        Binding("space", "tick", show=False),
        Binding("ctrl+u,alt+up", "detail(-5)", show=False),
        Binding("ctrl+d,alt+down", "detail(5)", show=False),
    ]

    class Answered(Message):
        """The person answered."""

        def __init__(self, ask: Ask, reply: Reply) -> None:
            super().__init__()
            self.ask, self.reply = ask, reply

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._ask: Ask | None = None
        self._answers: list[list[str]] = []
        self._waiting = 0
        self._fitted = Size()

    def compose(self) -> ComposeResult:
        """What is asked, the answers, a line for one's own words."""
        yield LinesView()
        yield Choices()
        yield Input()

    def show(self, ask: Ask, waiting: int) -> None:
        """Ask this; `waiting` counts the asks after it."""
        self._ask, self._answers = ask, []
        self._waiting = waiting
        self.query_one(LinesView).fill([])  # seen from its beginning
        self._render_ask()

    @property
    def _question(self) -> Question | None:
        ask = self._ask
        if ask is None or ask.kind != "question" or len(self._answers) >= len(ask.questions):
            return None
        return ask.questions[len(self._answers)]

    def _render_ask(self) -> None:
        ask = self._ask
        if ask is None:
            return
        self.remove_class("-typing")
        choices = self.query_one(Choices)
        choices.ticked, choices.ticks = set(), set()
        if question := self._question:
            choices.fill(question_rows(question))
            if question.multiple:
                choices.ticks = {option.label for option in question.options}
        else:
            final = any(request.irreversible for request in ask.requests)
            choices.fill(permission_rows(ask), "reject" if final else "")
        self._render_head(ask)
        if question and not question.options:
            self._write("ask.own_hint")
        else:
            choices.focus()

    def enter(self) -> None:
        """Let the keys answer."""
        (self.query_one(Input) if self.has_class("-typing") else self.query_one(Choices)).focus()

    def _write(self, hint: str) -> None:
        """Own words."""
        self.add_class("-typing")
        box = self.query_one(Input)
        box.value = ""
        box.placeholder = t(hint)
        box.focus()
        self._fitted = Size()  # the line needs room, too
        self.fit()

    def _render_head(self, ask: Ask) -> None:
        app = app_of(self)
        look = look_of(app.current_theme.name, app.theme_variables, app.current_theme.dark)
        self._fitted = self._around()
        width = max(16, self._fitted.width - 4)  # the bar at the left, the blanks, a thumb
        question = self._question
        rows = asked(question, ask.path, width, look) if question else permission(ask, width, look)
        if self._waiting:
            rows = _with_waiting(rows, self._waiting, width, look)
        view = self.query_one(LinesView)
        view.fill(rows)
        self._share_rows(view, len(rows))

    def _around(self) -> Size:
        """What is there for the conversation and the question, whichever of the two shows."""
        return self.parent.size if isinstance(self.parent, Widget) else app_of(self).size

    def notify_style_update(self) -> None:
        """Other colours."""
        super().notify_style_update()
        if self._ask is not None:
            self._render_head(self._ask)

    def on_resize(self) -> None:
        """Another width."""
        self.fit()

    def fit(self) -> None:
        """All of what would run, and the answers, stay to be seen in a screen of another size."""
        if self._ask is not None and self._fitted != self._around():
            self._render_head(self._ask)

    def _share_rows(self, view: LinesView, asked: int) -> None:
        """The answers stay on screen, however long what is asked; on tiny ones both scroll."""
        height, choices = app_of(self).size.height - 1, self.query_one(Choices)
        room = max(height * 7 // 10, min(height, _LEAST_ROOM))
        answers = len(choices.rows) + self.has_class("-typing")
        above = min(asked, max(2, room - answers))
        self.styles.max_height = room
        view.styles.max_height = min(_MOST_ASKED, above)
        choices.styles.max_height = max(1, min(12, room - above))

    def action_pick(self, index: int) -> None:
        """Choose by number; of several that may be chosen, mark."""
        choices = self.query_one(Choices)
        if index < len(choices.rows) and not self.has_class("-typing"):
            choices.index = index
            can_mark = choices.marked and choices.marked.value in choices.ticks
            self.action_tick() if can_mark else choices.action_choose()

    @on(Choices.Ticked)
    def action_tick(self) -> None:
        """Choose or unchoose one of several."""
        choices = self.query_one(Choices)
        if choices.marked and choices.marked.value in choices.ticks:
            choices.ticked ^= {choices.marked.value}
            choices.refresh()

    def action_detail(self, rows: int) -> None:
        """Scroll what is asked."""
        self.query_one(LinesView).scroll_rows(rows)

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        event.stop()
        value, question = event.choice.value, self._question
        if value in (OWN, "reason"):
            self._write("ask.reason_hint" if value == "reason" else "ask.own_hint")
        elif question and value == CHANGE:
            self.run_worker(self._change(question), exclusive=True)
        elif question:
            answers = self._ticked(question) or [value]
            if answers != [DONE]:
                self._answered_one(answers)
        elif value == "reject":
            self._reply(Reply("reject"))
        else:
            self._reply(Reply("allow", _SCOPES[value]))

    async def _change(self, question: Question) -> None:
        """What is asked about, in the person's own editor."""
        text = await edited(app_of(self), f"{question.draft}\n", "plan.md")
        if text is None:
            failed = t("editor.failed", command=editor_command())
            self.notify(f"{failed} {t('editor.hint')}", severity="error", markup=False)
        elif question is self._question and text.strip() not in ("", question.draft.strip()):
            self._answered_one([text.strip()])

    def _ticked(self, question: Question) -> list[str]:
        ticked = self.query_one(Choices).ticked if question.multiple else set[str]()
        return [option.label for option in question.options if option.label in ticked]

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        if question := self._question:
            self._answered_one([*self._ticked(question), event.value])
        else:
            self._reply(Reply("reject", reason=event.value))

    def step_back(self) -> None:
        """Out of the line for one's own words, back to the list; from there it means no."""
        has_list = self._question is None or bool(self._question.options)
        if self.has_class("-typing") and has_list:
            self._render_ask()
        else:
            self._reply(Reply("reject"))

    def count(self, waiting: int) -> None:
        """So many more wait; what is being answered stays as it is."""
        self._waiting = waiting
        if self._ask is not None:
            self._render_head(self._ask)

    def _answered_one(self, answer: list[str]) -> None:
        self._answers.append(answer)
        if self._question is None:
            self._reply(Reply("allow", answers=self._answers))
        else:
            self._render_ask()

    def _reply(self, reply: Reply) -> None:
        if self._ask is not None:
            ask, self._ask = self._ask, None
            self.post_message(self.Answered(ask, reply))


def _with_waiting(rows: list[Line], count: int, width: int, look: Look) -> list[Line]:
    """How many more wait, beside the title, which is seen first, or at the end."""
    waiting = Segment(t("ask.waiting", n=count), look.faint)
    title = [*rows[0].segments, Segment(" · ", look.faint), waiting]
    if sum(width_of(segment.text) for segment in title) > width:
        return [*rows, Line([waiting])]
    return [rows[0]._replace(segments=title), *rows[1:]]
