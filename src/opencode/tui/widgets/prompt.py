"""Where people write: grows with the text, remembers, completes, folds large pastes."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message
from textual.timer import Timer
from textual.widgets import TextArea

from opencode.core.error import UsageError
from opencode.core.message import FilePart
from opencode.i18n.catalog import t
from opencode.tui.here import app_of
from opencode.tui.looks.text import clean
from opencode.tui.widgets import by_vim
from opencode.tui.writing.chips import Chips, dropped, part_of
from opencode.tui.writing.history import History

if TYPE_CHECKING:
    from opencode.tui.vim.vim import Vim
    from opencode.tui.writing.drafts import Drafts

_NEWLINES = frozenset({"shift+enter", "ctrl+j", "alt+enter", "ctrl+enter"})
_STEERING = frozenset({"up", "down", "enter", "pageup", "pagedown"})
_FOLD_ROWS, _FOLD_LENGTH = 8, 2000
"""A paste beyond these is folded into a chip."""
_LONG_DRAFT = 20_000
_KEPT_AFTER = 1.0
"""Seconds after which what is being written is safe from a crash."""


class Prompt(TextArea):
    """The input. Enter sends; Shift+Enter, Ctrl+J, Alt+Enter or a backslash before Enter make a
    new line, of which Ctrl+J and the backslash work in every terminal."""

    DEFAULT_CSS = """
    Prompt {
        height: auto; min-height: 1; max-height: 12; border: none; padding: 0 1;
        background: $surface; color: $foreground;
        &:focus { border: none; background: $surface; }
        & .text-area--cursor-line { background: $surface; }
        & .text-area--placeholder { color: $foreground 55%; }
    }
    """

    class Submitted(Message):
        """Enter: this is what was written, chips unfolded, and what was attached."""

        def __init__(self, text: str, files: Sequence[FilePart] = ()) -> None:
            super().__init__()
            self.text, self.files = text, files

    class Steered(Message):
        """A key for the list of completions that is open."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    class Left(Message):
        """Ctrl+C with nothing written."""

    class TakenBack(Message):
        """Up with nothing written while prompts wait: the last one is to be changed."""

    class WentOn(Message):
        """Enter with nothing written while prompts wait: they are to be said."""

    class Turned(Message):
        """Vim's keys: another mode."""

    class Searched(Message):
        """Vim's keys: `/`."""

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
        self.completed: tuple[int, int] | None = None
        """Where a mention ends that was just taken from the list: a range of lines may follow."""
        self.touched = 0.0  # when the last key was pressed, on the monotonic clock
        self.has_waiting = False
        """Prompts wait for the answer to end."""
        self.vim: Vim | None = None
        self._past = history
        self._chips = Chips()
        self._drafts: Drafts | None = None
        self._draft = ""
        self._keeping: Timer | None = None

    def put(self, text: str) -> None:
        """Replace all that is written; the cursor stands at its end."""
        self.text = text
        self.move_cursor(self.document.end)

    def full_text(self) -> str:
        """What is written, with the pastes in place of their chips."""
        return self._chips.unfold(self.text)

    def attach(self, part: FilePart) -> None:
        """A chip for it at the cursor, unless one was waiting for it."""
        if chip := self._chips.attach(part, self.text):
            self.insert(chip + " ")

    # Drafts

    def keep_drafts(self, drafts: "Drafts", key: str) -> None:
        """From here on what is written is kept, for now under this name. What was kept there
        comes back where nothing is written yet."""
        self._drafts, self._draft = drafts, key
        if not self.text:
            self._bring(key)

    def turn_to(self, key: str, *, along: bool = False) -> None:
        """Go on with what was written in another session; `along` takes what stands here there."""
        if self._drafts is None or key == self._draft:
            return
        if along:
            self._drafts.write(self._draft, "")
            self._draft = key
            return
        self.keep()
        self._draft = key
        self._bring(key)

    def keep(self) -> None:
        """What is written is safe now."""
        self._keeping = None
        if self._drafts is not None:
            self._drafts.write(self._draft, self.full_text(), self._chips.attached(self.text))

    def _bring(self, key: str) -> None:
        self._chips.clear()
        if self._drafts is not None:
            text, files = self._drafts.read(key), self._drafts.files(key)
            self._chips.bring(files)
            self.put(self._chips.fold(text) if len(text) > _LONG_DRAFT and not files else text)

    def on_text_area_changed(self) -> None:
        """Kept in a moment."""
        if self._drafts is not None and self._keeping is None:
            self._keeping = self.set_timer(_KEPT_AFTER, self.keep)

    def on_unmount(self) -> None:
        """The app ends."""
        self.keep()

    # Keys

    async def on_key(self, event: events.Key) -> None:
        """Keys that mean something else here than in an editor."""
        self.touched = monotonic()
        if self.completing and event.key in _STEERING:
            self.post_message(self.Steered(event.key))
        elif self._by_vim(event) or self._walk(event.key):
            pass
        elif event.character == "#" and self.cursor_location == self.completed:
            row, column = self.cursor_location  # `@file#10-20`, not `@file #10-20`
            self.replace("#", (row, column - 1), (row, column))
        elif event.key == "enter":
            self.send()
        elif event.key in _NEWLINES:
            self.insert("\n")
        elif event.key == "ctrl+v":
            self.run_worker(self._paste_from_system, group="paste", exclusive=True)
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

    def _walk(self, key: str) -> bool:
        """Up and down at the edges of the text: what waits first, then what was said before."""
        if key == "up" and not self.text and self.has_waiting:
            said = None
            self.post_message(self.TakenBack())
        elif key == "up" and self.cursor_at_first_line:
            said = self._past.earlier(self.text)
        elif key == "down" and self.cursor_at_last_line:
            said = self._past.later()
        else:
            return False
        if said is not None:
            self.put(said)
        return True

    def leave_insert(self) -> bool:
        """Esc: whether it meant something to Vim's keys."""
        if self.vim is None or not by_vim.leave_insert(self, self.vim):
            return False
        self.post_message(self.Turned())
        return True

    @property
    def obeys_vim(self) -> bool:
        """Letters do not write."""
        return self.has_focus and self.vim is not None and not self.vim.is_writing

    def _by_vim(self, event: events.Key) -> bool:
        """Whether the key meant something in normal mode."""
        if self.vim is None or self.vim.is_writing:
            return False
        before = self.vim.mode
        also = by_vim.press(self, self.vim, event)
        if also == "find":
            self.post_message(self.Searched())
        if self.vim.mode != before:
            self.post_message(self.Turned())
        return also is not None

    # Pastes

    async def on_paste(self, event: events.Paste) -> None:
        """A paste is one piece: never sent, folded when it is large; a dropped picture or
        document is attached. An empty one is a picture in the system's clipboard."""
        event.stop()
        event.prevent_default()
        if event.text:
            await self._take(event.text)
        else:
            self.run_worker(self._paste_from_system, group="paste", exclusive=True)

    async def _take(self, pasted: str) -> None:
        text = clean(pasted.replace("\r\n", "\n").replace("\r", "\n"))
        if (file := dropped(text)) is not None:
            await self._attach_file(file)
        elif text.count("\n") >= _FOLD_ROWS or len(text) > _FOLD_LENGTH:
            self.insert(self._chips.fold(text) + " ")
        else:
            self.insert(text)

    async def _attach_file(self, file: Path) -> None:
        """Files of the project are mentioned, which is short and lasts; others come along."""
        if not file.is_absolute() or file.is_relative_to(Path.cwd()):
            shown = str(file.relative_to(Path.cwd()) if file.is_absolute() else file)
            self.insert(f'@"{shown}" ' if " " in shown else f"@{shown} ")
            return
        try:
            self.attach(part_of(file.name, await asyncio.to_thread(file.read_bytes)))
        except (UsageError, OSError) as error:
            self.notify(str(error), severity="warning", markup=False)

    async def _paste_from_system(self) -> None:
        """A picture, else words; without any reachable clipboard what was cut here."""
        from opencode.tui.tty import pasteboard  # noqa: PLC0415

        try:
            if found := await pasteboard.picture():
                self.attach(part_of("image.png", found))
            elif words := await pasteboard.words() or app_of(self).clipboard:
                await self._take(words)
        except UsageError as error:
            self.notify(str(error), severity="warning", markup=False)

    def send(self) -> None:
        """Hand over what is written; after a backslash the line goes on instead."""
        row, column = self.cursor_location
        if column and self.document.get_line(row)[column - 1] == "\\":
            self.replace("\n", (row, column - 1), (row, column))
            return
        text, files = self.full_text(), self._chips.files(self.text)
        if text.strip():
            self._past.add(text)
            self._chips.clear()
            self.put("")
            self.keep()
            if self.vim:
                self.vim.mode = "insert"
                self.post_message(self.Turned())
            self.post_message(self.Submitted(text, files))
        elif self.has_waiting:
            self.post_message(self.WentOn())

    def _clear_or_leave(self) -> None:
        if not self.text:
            self.post_message(self.Left())
            return
        self._past.add(self.full_text())  # ↑ brings it back
        self.put("")
