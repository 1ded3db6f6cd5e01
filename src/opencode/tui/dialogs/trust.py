"""A folder wants more than is allowed by itself: what exactly, and whether it may."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from opencode.i18n.catalog import t
from opencode.tui.here import app_of, leave
from opencode.tui.looks.lines import BLANK, Line, flow
from opencode.tui.looks.look import Look, look_of
from opencode.tui.looks.text import clean
from opencode.tui.options import Decision, Waiting
from opencode.tui.widgets.choices import Choice, Choices
from opencode.tui.widgets.lines_view import LinesView

_SMALL, _TINY = 18, 10
"""Rows below which the answers leave no room for the words around, or hardly any for the rest."""
_DECISIONS: dict[str, Decision] = {"later": "later", "trust": "trust", "never": "never"}


class TrustDialog(ModalScreen[Decision]):
    """Returns what the person decided; Esc means not now, which is marked first, too."""

    DEFAULT_CSS = """
    TrustDialog {
        align: center middle; background: $background 60%;
        & > Vertical {
            width: 90%; max-width: 110; height: auto; max-height: 90%;
            background: $surface; padding: 1 2; border-left: thick $warning;
        }
        & Static { height: auto; }
        & #title { text-style: bold; }
        & LinesView { height: auto; max-height: 1fr; margin: 1 0; background: $surface; }
        & Choices { height: auto; }
        &.-small > Vertical { width: 100%; max-height: 100%; padding: 0 1; }
        &.-small LinesView { margin: 0; }
        &.-small #folder, &.-small #explained { display: none; }
        &.-tiny #title { max-height: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+q,ctrl+c", "quit", show=False, priority=True),
        Binding("pageup,ctrl+u,alt+up", "scroll(-8)", show=False, priority=True),
        Binding("pagedown,ctrl+d,alt+down", "scroll(8)", show=False, priority=True),
        *[Binding(str(n), f"pick({n - 1})", show=False) for n in (1, 2, 3)],
    ]

    def __init__(self, waiting: Waiting) -> None:
        super().__init__()
        self._waiting = waiting

    def compose(self) -> ComposeResult:
        """What it is about, all that would take effect, the answers."""
        with Vertical():
            yield Static(
                t("trust.changed" if self._waiting.has_changed else "trust.title"),
                id="title",
                markup=False,
            )
            yield Static(clean(self._waiting.folder), id="folder", markup=False)
            yield LinesView()
            yield Static(t("trust.explained"), id="explained", markup=False)
            yield Choices([Choice(t(f"trust.{name}"), name) for name in _DECISIONS])

    def on_mount(self) -> None:
        """Nothing is decided by a key typed in haste: "not now" is marked."""
        self._draw()
        self.query(Choices).focus()

    def on_resize(self) -> None:
        """Other widths wrap otherwise; the answers stay on screen."""
        self._draw()

    def _draw(self) -> None:
        if not self.query(LinesView):
            return  # it is being taken away
        app = app_of(self)
        look = look_of(app.current_theme.name, app.theme_variables, app.current_theme.dark)
        width, height = max(16, min(110, app.size.width * 9 // 10) - 6), app.size.height
        small, tiny = height < _SMALL, height < _TINY
        self.set_class(small, "-small")
        self.set_class(tiny, "-tiny")
        view = self.query_one(LinesView)
        rest = len(_DECISIONS) + (1 if tiny else 3)  # the answers and the title
        view.styles.max_height = max(1, height - rest) if small else height * 9 // 10 - 12
        view.fill(_effects(self._waiting, width, look))

    def action_scroll(self, rows: int) -> None:
        """Further up or down in what would take effect."""
        self.query_one(LinesView).scroll_rows(rows)

    def action_pick(self, index: int) -> None:
        """Choose by number."""
        choices = self.query_one(Choices)
        choices.index = index
        choices.action_choose()

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        event.stop()
        leave(self, _DECISIONS[event.choice.value])

    def action_quit(self) -> None:
        """Leave the app; nothing is decided."""
        app_of(self).exit()

    def action_leave(self) -> None:
        """Not now."""
        leave(self, "later")


def _effects(waiting: Waiting, width: int, look: Look) -> list[Line]:
    rows: list[Line] = []
    for name, value in waiting.effects:
        rows.extend(flow([(clean(name), look.strong)], width))
        for text in clean(value).split("\n"):
            rows.extend(flow([(text, look.muted)], width, [("  ", look.base)]))
        rows.append(BLANK)
    return rows[:-1]
