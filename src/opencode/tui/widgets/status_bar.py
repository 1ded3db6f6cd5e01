"""One row that says where we are: who answers, what is waited for, what it takes, how safe."""

from time import monotonic
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from opencode.i18n.catalog import t
from opencode.tui.blocks.steps import duration, money, retrying, tokens
from opencode.tui.here import app_of
from opencode.tui.looks.look import Look, look_of
from opencode.tui.looks.text import clean, fit, width_of
from opencode.tui.state.facts import Facts

_TICK = 1 / 4
_MOMENT = 10.0
"""Seconds that what was said stands there."""
_WHEEL = "◐◓◑◒"
_WAITS = ("thinking", "answering", "drafting", "asking")
_LONG = 60
"""Cells the thing that is waited for may take."""


class Piece(NamedTuple):
    """Something the bar says. Where the row is too narrow, the least important goes first."""

    importance: int
    text: str
    style: Style


def _port(address: str) -> str:
    """The part of it that differs: `:4096`."""
    return f":{address.rpartition(':')[2]}"


class StatusBar(Widget):
    """Paints its own row and no other; a timer turns the wheel only while a run is busy."""

    DEFAULT_CSS = """
    StatusBar { height: 1; background: $surface; color: $foreground; }
    """

    class Changed(Message):
        """The facts changed: others who show some of them may look, too."""

    class Ticked(Message):
        """A moment went by in the wait for the next try."""

    def __init__(self, facts: Facts, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._facts = facts
        self._timer: Timer | None = None
        self.said = self._mode = ""
        self._silence: Timer | None = None
        self._turn = 0

    def update(self) -> None:
        """The facts changed."""
        if self._facts.busy and self._timer is None:
            self._timer = self.set_interval(_TICK, self._tick)
        elif not self._facts.busy and self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.refresh()
        self.post_message(self.Changed())

    def show_mode(self, mode: str) -> None:
        """Vim's keys: the mode the input is in, where it is not the usual one."""
        self._mode = mode
        self.refresh()

    def say(self, text: str) -> None:
        """A word for a moment: "saved", "copied"."""
        if self._silence is not None:
            self._silence.stop()
        self._silence = self.set_timer(_MOMENT, lambda: self.say("")) if text else None
        self.said = text
        self.refresh()

    def _tick(self) -> None:
        self._turn += 1
        self.refresh()
        if self._facts.doing == "retrying":
            self.post_message(self.Ticked())

    def render_line(self, y: int) -> Strip:
        """Left: who answers and what is waited for. Right: what it takes."""
        del y
        app, base, width = app_of(self), self.rich_style, self.size.width
        look = look_of(app.current_theme.name, app.theme_variables, app.current_theme.dark)
        left, right = fitting(self._left(look), self._right(look), width)
        segments: list[Segment] = []
        room = width
        for piece in left:
            shown = fit(piece.text, room)
            room -= width_of(shown)
            segments.append(Segment(shown, base + piece.style))
        room -= _width(right)
        segments.append(Segment(" " * max(0, room), base))
        for index, piece in enumerate(right):
            segments.append(Segment(" · " if index else "", base + look.faint))
            segments.append(Segment(piece.text, base + piece.style))
        return Strip(segments).adjust_cell_length(width, base)

    def _left(self, look: Look) -> list[Piece]:
        facts = self._facts
        pieces = [
            Piece(20, f" {clean(facts.agent)} ", look.agent(facts.agent) + Style(bold=True)),
            Piece(12, f"{clean(facts.model)} " if facts.model else "", look.muted),
        ]
        if self._mode:
            pieces.insert(1, Piece(25, f" {self._mode} ", look.accent + Style(bold=True)))
        if self.said:
            return [*pieces, Piece(30, f" {clean(self.said)} ", look.success)]
        if not facts.busy:
            title = f" {fit(clean(facts.title), _LONG)} " if facts.title else ""
            return [*pieces, Piece(3, title, look.faint)]
        wheel = _WHEEL[self._turn % len(_WHEEL)]
        since = duration(monotonic() - facts.since)
        room = self.size.width - width_of(pieces[0].text) - width_of(since) - 5
        return [
            *pieces,
            Piece(18, f" {wheel} ", look.accent),
            Piece(19, f"{fit(self._waiting(), min(_LONG, max(room, 8)))} {since} ", look.base),
            Piece(5, f" {t('status.esc')} ", look.faint),
        ]

    def _waiting(self) -> str:
        facts = self._facts
        if facts.doing == "retrying":
            return retrying(facts.retry_reason, facts.retry_at)
        return t(f"status.{facts.doing}") if facts.doing in _WAITS else clean(facts.doing)

    def _right(self, look: Look) -> list[Piece]:
        facts = self._facts
        running = facts.running_jobs
        share = 100 * facts.context // facts.window if facts.window else 0
        room = f"{tokens(facts.context)}{f' ({share}%)' if facts.window else ''}"
        known = facts.usage.cost is not None
        cost = money(facts.usage.cost or 0.0) if known else t("cost.unknown")
        pieces = [
            Piece(16, t("status.queued", n=len(facts.queued)) if facts.queued else "", look.accent),
            Piece(15, t("status.jobs", n=running) if running else "", look.accent),
            Piece(14, room if facts.context else "", look.warning if share >= 80 else look.muted),
            Piece(13 if known else 7, cost if facts.usage.cost != 0 else "", look.muted),
            self._wall(look),
            self._trust(look),
            Piece(4, f"⇄ {_port(facts.served)}" if facts.served else "", look.faint),
            Piece(6, f"⎇ {fit(clean(facts.branch), 30)}" if facts.branch else "", look.muted),
            Piece(2, t("status.help"), look.faint),
        ]
        return [piece for piece in pieces if piece.text]

    def _wall(self, look: Look) -> Piece:
        """That nothing stands around commands matters more than that something does."""
        match self._facts.isolation:
            case "":
                return Piece(0, "", look.muted)
            case "none":
                return Piece(11, t("status.no_sandbox"), look.warning)
            case _:
                return Piece(4, t("status.sandbox"), look.muted)

    def _trust(self, look: Look) -> Piece:
        match self._facts.trust:
            case "untrusted":
                return Piece(10, t("trust.untrusted"), look.warning)
            case "trusted":
                return Piece(1, t("trust.trusted"), look.muted)
            case _:
                return Piece(0, "", look.muted)


def fitting(left: list[Piece], right: list[Piece], width: int) -> tuple[list[Piece], list[Piece]]:
    """What of both sides fits into a row; the least important was left out first."""
    left, right = [p for p in left if p.text], [p for p in right if p.text]
    while len(left) + len(right) > 1:
        taken = sum(width_of(piece.text) for piece in left) + _width(right)
        if taken <= width:
            break
        least = min([*left, *right], key=lambda piece: piece.importance)
        left = [piece for piece in left if piece is not least]
        right = [piece for piece in right if piece is not least]
    return left, right


def _width(right: list[Piece]) -> int:
    """Cells of the right side, with what stands between and one blank at its end."""
    return sum(width_of(piece.text) + 3 for piece in right) - 2 if right else 0
