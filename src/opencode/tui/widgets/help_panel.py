"""Every key and command on one page, from the tables they are made of."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from opencode.i18n.catalog import t
from opencode.tui.keys import Keys, spelled_out
from opencode.tui.looks.lines import BLANK, Line, cells_of, flow, line
from opencode.tui.looks.look import Look
from opencode.tui.widgets.pane import Pane

_KEYS, _NARROW = 26, 60
"""Cells for the keys; in less than so many they stand above what they do."""
_INPUT = (
    ("Enter", "help.send"),
    ("Shift+Enter, Ctrl+J, Alt+Enter, \\ Enter", "help.newline"),
    ("↑ ↓", "help.history"),
    ("@", "help.mention"),
    ("/", "help.slash"),
    ("!", "help.shell"),
    ("Ctrl+C", "help.leave"),
    ("Ctrl+H", "help.help"),
)
_TALK = (
    ("↑ ↓ j k, PageUp, PageDown, g G", "help.move"),
    ("n p", "help.blocks"),
    ("Enter", "command.details"),
    ("v", "help.view"),
    ("y", "help.copy"),
    ("/", "command.find"),
)
_VIM = (
    ("h j k l w b e W B E 0 ^ $ gg G f F t T ; , { } %", "help.vim_move"),
    ("d c y", "help.vim_operate"),
    ("x X s S D C Y r J ~", "help.vim_letters"),
    ("p P", "help.vim_put"),
    ('"a-z "A-Z "0 "_', "help.vim_registers"),
    ("ma 'a `a", "help.vim_marks"),
    ("iw aw iW aW i\" a' i` i( a[ i{ i< ip ap", "help.vim_objects"),
    ("v V", "help.vim_select"),
    ("i a I A o O", "help.vim_write"),
    ("u, Ctrl+R, .", "help.vim_undo"),
    ("/", "command.find"),
)


class _Said(NamedTuple):
    """What the page is about."""

    keys: Keys
    commands: Sequence[tuple[str, str]]
    vim: bool


class _Page(Pane, inherit_bindings=False):
    """Moved in by keys that write nothing: letters go on to the input."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "rows(-1)", show=False),
        Binding("down", "rows(1)", show=False),
        Binding("pageup", "pages(-1)", show=False),
        Binding("pagedown", "pages(1)", show=False),
        Binding("home", "edge('home')", show=False),
        Binding("end", "edge('end')", show=False),
    ]


class HelpPanel(Vertical):
    """Shown over the transcript; the key that opened it closes it."""

    DEFAULT_CSS = """
    HelpPanel {
        display: none; height: 1fr; background: $background; padding: 1 0 0 1;
        &.-shown { display: block; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+h,backspace", "screen.command('help')", show=False),
    ]
    _said: _Said | None = None

    def compose(self) -> ComposeResult:
        """One scrolling page."""
        yield _Page()

    def fill(self, keys: Keys, commands: Sequence[tuple[str, str]], *, vim: bool) -> None:
        """What it says: commands are (name, what it does)."""
        self._said = _Said(keys, commands, vim)
        self._draw()

    def notify_style_update(self) -> None:
        """Other colours."""
        super().notify_style_update()
        if self._said is not None:
            self._draw()

    @on(Pane.Resized)
    def _draw(self) -> None:
        pane = self.query_one(Pane)
        if self._said is not None and pane.size:
            rows = list(_page(self._said, pane.room, pane.look))
            pane.fill(len(rows), rows.__getitem__, lambda row: rows[row].text, pane.top)


def _page(said: _Said, width: int, look: Look) -> Iterator[Line]:
    def section(title: str, rows: Sequence[tuple[str, str]]) -> Iterator[Line]:
        yield from flow([(title, look.strong)], width)
        yield BLANK
        for shown, what in rows:
            yield from _row(shown, what, width, look)

    keys = [*((shown, t(text)) for shown, text in _INPUT), *_bound(said.keys)]
    yield from section(t("help.title"), keys)
    yield BLANK
    yield from section(t("command.transcript"), [(shown, t(text)) for shown, text in _TALK])
    yield BLANK
    if said.vim:
        yield from section(t("settings.vim"), [(shown, t(text)) for shown, text in _VIM])
        yield BLANK
    named = [(f"/{name}", what) for name, what in said.commands]
    yield from section(t("help.commands"), named)


def _bound(keys: Keys) -> Iterator[tuple[str, str]]:
    for name in dict.fromkeys([*keys.names.values(), *keys.leader.values()]):
        yield ", ".join(map(spelled_out, keys.of(name))), t(f"command.{name}")


def _row(keys: str, what: str, width: int, look: Look) -> Iterator[Line]:
    if width < _NARROW:
        yield from flow([(keys, look.accent)], width)
        yield from flow([(what, look.base)], width, [("  ", look.base)])
        return
    left = flow([(keys, look.accent)], _KEYS)
    right = flow([(what, look.base)], width - _KEYS - 2)
    for one, other in zip_longest(left, right, fillvalue=BLANK):
        blank = " " * (_KEYS + 2 - cells_of(one))
        spans = [(s.text, s.style or look.base) for s in one.segments]
        more = [(s.text, s.style or look.base) for s in other.segments]
        yield line([*spans, (blank, look.base), *more])
