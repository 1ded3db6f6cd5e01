"""Where people write: grows with the text, remembers, completes, folds large pastes."""

import re
from pathlib import Path

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from opencode.i18n.catalog import t
from opencode.tui.history import History
from opencode.tui.text import clean

_NEWLINES = frozenset({"shift+enter", "ctrl+j", "alt+enter", "ctrl+enter"})
_STEERING = frozenset({"up", "down", "enter", "pageup", "pagedown"})
_FOLD_ROWS, _FOLD_LENGTH = 8, 2000
"""A paste beyond these is folded into a chip."""
_CHIP = re.compile(r"\[[^\[\]\n]*#(\d+)[^\[\]\n]*\]")
_MEDIA = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf")


class Prompt(TextArea):
    """The input. Enter sends; Shift+Enter, Ctrl+J, Alt+Enter or a backslash before Enter make a
    new line, of which Ctrl+J and the backslash work in every terminal."""

    DEFAULT_CSS = """
    Prompt {
        height: auto; min-height: 1; max-height: 12; border: none; padding: 0 1;
        background: $surface; color: $foreground;
        &:focus { border: none; background: $surface; }
        & .text-area--cursor-line { background: $surface; }
        & .text-area--placeholder { color: $foreground 40%; }
    }
    """

    class Submitted(Message):
        """Enter: this is what was written, chips unfolded."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Steered(Message):
        """A key for the list of completions that is open."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    class Left(Message):
        """Ctrl+C with nothing written."""

    class Help(Message):
        """Ctrl+H: where the terminal tells it from Backspace, else with nothing written."""

    def __init__(self, history: History, *, id: str | None = None) -> None:
        super().__init__(
            id=id,
            soft_wrap=True,
            show_line_numbers=False,
            tab_behavior="focus",
            placeholder=t("chat.placeholder"),
            highlight_cursor_line=False,
        )
        self.cursor_blink = False
        self.completing = False
        """A list is open: its keys are not ours."""
        self._past = history
        self._pastes: dict[str, str] = {}

    def put(self, text: str) -> None:
        """Replace all that is written; the cursor stands at its end."""
        self.text = text
        self.move_cursor(self.document.end)

    def full_text(self) -> str:
        """What is written, with the pastes in place of their chips."""
        return _CHIP.sub(lambda found: self._pastes.get(found[1], found[0]), self.text)

    async def on_key(self, event: events.Key) -> None:
        """Keys that mean something else here than in an editor."""
        if self.completing and event.key in _STEERING:
            self.post_message(self.Steered(event.key))
        elif event.key == "enter":
            self.send()
        elif event.key in _NEWLINES:
            self.insert("\n")
        elif event.key == "up" and self.cursor_at_first_line:
            self._recall(self._past.earlier(self.text))
        elif event.key == "down" and self.cursor_at_last_line:
            self._recall(self._past.later())
        elif event.key == "ctrl+h" or (event.character == "\x08" and not self.text):
            self.post_message(self.Help())
        elif event.key == "ctrl+c" and not self.selected_text:
            self._clear_or_leave()
        elif found := self._bindings.key_to_bindings.get(event.key):
            # At once: a key that goes the way of bindings is overtaken by those typed after it.
            await self.run_action(found[0].action)
        else:
            return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """A paste is one piece: never sent, folded when it is large; a dropped picture or
        document becomes a mention."""
        event.stop()
        event.prevent_default()
        text = clean(event.text.replace("\r\n", "\n").replace("\r", "\n"))
        dropped = text.strip().strip("'\"").replace("\\ ", " ")
        if "\n" not in dropped and dropped.lower().endswith(_MEDIA) and Path(dropped).is_file():
            self.insert(f'@"{dropped}" ' if " " in dropped else f"@{dropped} ")
        elif text.count("\n") >= _FOLD_ROWS or len(text) > _FOLD_LENGTH:
            number = str(len(self._pastes) + 1)
            self._pastes[number] = text
            self.insert(t("chat.pasted", number=number, n=text.count("\n") + 1) + " ")
        else:
            self.insert(text)

    def send(self) -> None:
        """Hand over what is written; after a backslash the line goes on instead."""
        row, column = self.cursor_location
        if column and self.document.get_line(row)[column - 1] == "\\":
            self.replace("\n", (row, column - 1), (row, column))
            return
        text = self.full_text()
        if text.strip():
            self._past.add(text)
            self._pastes.clear()
            self.put("")
            self.post_message(self.Submitted(text))

    def _recall(self, text: str | None) -> None:
        if text is not None:
            self.put(text)

    def _clear_or_leave(self) -> None:
        if not self.text:
            self.post_message(self.Left())
            return
        self._past.add(self.full_text())  # ↑ brings it back
        self.put("")
