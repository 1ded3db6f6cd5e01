"""One row that says where we are: agent, model, what is waited for, tokens and cost."""

from time import monotonic

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from opencode.i18n.catalog import t
from opencode.tui.blocks.steps import duration, money, tokens
from opencode.tui.facts import Facts
from opencode.tui.here import app_of
from opencode.tui.lines import Span
from opencode.tui.look import Look, look_of
from opencode.tui.text import clean, fit, width_of

_TICK = 1 / 4
_WHEEL = "◐◓◑◒"
_WAITS = ("thinking", "answering", "drafting", "asking")


class StatusBar(Widget):
    """Paints its own row and no other; a timer turns the wheel only while a run is busy."""

    DEFAULT_CSS = """
    StatusBar { height: 1; background: $surface; color: $foreground; }
    """

    def __init__(self, facts: Facts, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._facts = facts
        self._timer: Timer | None = None
        self._said = ""
        self._turn = 0

    def update(self) -> None:
        """The facts changed."""
        if self._facts.busy and self._timer is None:
            self._timer = self.set_interval(_TICK, self._tick)
        elif not self._facts.busy and self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.refresh()

    def say(self, text: str) -> None:
        """A word instead of the hint, until the next key: "saved", "copied"."""
        self._said = text
        self.refresh()

    def _tick(self) -> None:
        self._turn += 1
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Left: who answers and what is waited for. Right: what it takes."""
        del y
        app, base, width = app_of(self), self.rich_style, self.size.width
        look = look_of(app.current_theme.name, app.theme_variables, app.current_theme.dark)
        right = fit(" · ".join(self._right()), max(0, width - 20))
        room = width - width_of(right) - 1
        segments: list[Segment] = []
        for text, style in self._left(look):
            shown = fit(text, room)
            room -= width_of(shown)
            segments.append(Segment(shown, base + style))
        segments.append(Segment(" " * max(0, room), base))
        segments.append(Segment(right + " ", base + look.muted))
        return Strip(segments).adjust_cell_length(width, base)

    def _left(self, look: Look) -> list[Span]:
        facts = self._facts
        spans: list[Span] = [
            (f" {clean(facts.agent)} ", look.agent(facts.agent) + Style(bold=True)),
            (f"{clean(facts.model)} " if facts.model else "", look.muted),
        ]
        if self._said:
            return [*spans, (f" {clean(self._said)}", look.success)]
        if not facts.busy:
            return [*spans, (f" {clean(facts.title)}" if facts.title else "", look.faint)]
        wheel = _WHEEL[self._turn % len(_WHEEL)]
        return [
            *spans,
            (f" {wheel} ", look.accent),
            (f"{fit(self._waiting(), 60)} {duration(monotonic() - facts.since)} ", look.base),
            (f" {t('status.esc')}", look.faint),
        ]

    def _waiting(self) -> str:
        facts = self._facts
        if facts.doing == "retrying":
            left = max(0, round(facts.retry_at - monotonic()))
            return t("status.retrying", reason=clean(facts.retry_reason), n=left)
        return t(f"status.{facts.doing}") if facts.doing in _WAITS else clean(facts.doing)

    def _right(self) -> list[str]:
        facts = self._facts
        out: list[str] = []
        if facts.queued:
            out.append(t("status.queued", n=len(facts.queued)))
        if running := sum(code is None for _, code in facts.jobs.values()):
            out.append(t("status.jobs", n=running))
        if facts.context:
            share = f" ({100 * facts.context // facts.window}%)" if facts.window else ""
            out.append(f"{tokens(facts.context)}{share}")
        if facts.usage.cost is None:
            out.append(t("cost.unknown"))
        elif facts.usage.cost:
            out.append(money(facts.usage.cost))
        out.append(t("status.help"))
        return out
