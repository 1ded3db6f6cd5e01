"""What the terminal itself is told and asked: its title, notifications, the colour behind it."""

import os
import re
import sys
from collections.abc import Iterator, Mapping

from opencode.tui.looks.text import clean, without_sequences

KEEP_TITLE, BRING_TITLE_BACK = "\x1b[22;2t", "\x1b]2;\x07\x1b[23;2t"
"""Before ours is written and after: where titles are not kept, an empty one lets the shell write
its own."""
ASK_BACKGROUND = "\x1b]11;?\x1b\\"
FOLLOW_BACKGROUND, LEAVE_BACKGROUND = "\x1b[?2031h", "\x1b[?2031l"
"""Whether the terminal tells when it changes between dark and light; those without it ignore it."""

_LONGEST = 80
_MESSAGES = {"iTerm.app": 9, "WezTerm": 9, "ghostty": 777, "WarpTerminal": 9, "vscode": 0}
"""TERM_PROGRAM → the sequence it shows as a notification; 0 for none."""
_REPLY = re.compile(
    r"\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})[0-9a-fA-F/]*"
    r"(?:\x07|\x1b\\)"
)
_SURE = "\x1b]11;"
_PASTING, _PASTED = "\x1b[200~", "\x1b[201~"
_CUT_BEGIN = re.compile(r"\x1b\[(?:2(?:00?)?)?$")
_CUT_END = re.compile(r"\x1b(?:\[(?:2(?:01?)?)?)?$")
_OTHER_KEY = re.compile(r"\x1b\[27;(\d+);(\d+)~")
_BEGUN = re.compile(r"\x1b(?:\](?:1(?:1(?:;[^\x07\x1b]{0,32}\x1b?)?)?)?)?$")
_CHANGED = re.compile(r"\x1b\[\?997;([12])n")
_CHANGING = re.compile(r"\x1b\[\?(?:9(?:9(?:7(?:;[12]?)?)?)?)?$")


def keys_one_way(text: str) -> str:
    """Keys that terminals send in older ways, as kitty sends them: Alt+Enter, which is Esc and
    Enter at once in most, and what xterm and tmux write for Shift+Enter where they tell it."""
    if "\x1b" not in text:
        return text
    text = text.replace("\x1b\r", "\x1b[13;3u").replace("\x1b\n", "\x1b[13;3u")
    return _OTHER_KEY.sub("\x1b[\\2;\\1u", text)


class Pastes:
    """Tells what is pasted from what is typed, across reads. Sequences in a paste would be taken
    for keys: coloured output that was copied could press any of them."""

    def __init__(self) -> None:
        self._pasted: list[str] | None = None
        """What came of a paste that is not over."""
        self._held = ""
        """An end that may begin the mark at which a paste begins or ends."""

    def take(self, text: str) -> Iterator[tuple[str, bool]]:
        """What is typed, keys one way, and whole pastes without sequences (True), in order."""
        text, self._held = self._held + text, ""
        while text:
            is_inside = self._pasted is not None
            piece, mark, text = text.partition(_PASTED if is_inside else _PASTING)
            cut = _CUT_END if is_inside else _CUT_BEGIN
            if not mark and (begun := cut.search(piece)):
                piece, self._held = piece[: begun.start()], begun[0]
            if self._pasted is None:
                yield keys_one_way(piece), False
                self._pasted = [] if mark else None
            else:
                self._pasted.append(piece)
                if mark:
                    yield without_sequences("".join(self._pasted)), True
                    self._pasted = None


def title(text: str) -> str:
    """The sequence that writes the window's title."""
    return f"\x1b]2;{_plain(text)}\x07"


def notification(text: str, environment: Mapping[str, str]) -> str:
    """The sequence by which this terminal tells a person who looks elsewhere; "" when it is not
    known to have one: unknown sequences would be painted by some."""
    kind = _kind(environment)
    if not kind:
        return ""
    shown = _plain(text)
    sequence = f"\x1b]9;{shown}\x07" if kind == 9 else f"\x1b]777;notify;opencode;{shown}\x07"
    return passed_through(sequence, environment)


def _kind(environment: Mapping[str, str]) -> int:
    term = environment.get("TERM", "")
    program = environment.get("TERM_PROGRAM", "")
    outer = environment.get("LC_TERMINAL", "") or program
    if outer == "iTerm2" or program in _MESSAGES:
        return _MESSAGES.get(program, 9)
    if "kitty" in term or environment.get("KITTY_WINDOW_ID"):
        return 9
    if term.startswith(("foot", "rxvt")) or environment.get("VTE_VERSION"):
        return 777
    return 9 if environment.get("WEZTERM_PANE") else 0


def passed_through(sequence: str, environment: Mapping[str, str]) -> str:
    """The same, wrapped so that tmux or screen hand it to the terminal they run in. tmux does so
    where `allow-passthrough` is on."""
    if environment.get("TMUX"):
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if environment.get("STY"):  # screen takes no more than 768 bytes at once
        pieces = [sequence[at : at + 700] for at in range(0, len(sequence), 700)]
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return sequence


def _plain(text: str) -> str:
    return " ".join(clean(text).split())[:_LONGEST].replace(";", ",")


def has_shell() -> bool:
    """Whether a shell waits to which one may suspend. Started by ssh or as the command of a
    terminal's window, where the session's leader is of our group, nobody could bring us back."""
    return sys.platform != "win32" and os.getpgrp() != os.getsid(0)


def is_dark_by(environment: Mapping[str, str]) -> bool | None:
    """What COLORFGBG says of the background; None when it says nothing."""
    ground = environment.get("COLORFGBG", "").rpartition(";")[2]
    return None if not ground.isdigit() else int(ground) in (0, 1, 2, 3, 4, 5, 6, 8)


class Replies:
    """Takes what the terminal says about its background out of what is typed: the answer to our
    question, and later that it changed. Ends of input that may begin either are held until the
    rest comes or `given_up`."""

    def __init__(self) -> None:
        self.is_dark: bool | None = None
        self.news: bool | None = None
        """Whether it is dark, when the last text said so."""
        self.held = ""

    def take(self, text: str, *, is_fresh: bool) -> str:
        """What was really typed. While the question is fresh a last Esc is held, too; an answer
        that comes later is no news."""
        self.news = None
        text, self.held = self.held + text, ""
        if "\x1b" not in text:
            return text
        text = self._changes(text)
        return self._answer(text, is_fresh=is_fresh) if self.is_dark is None else text

    def _changes(self, text: str) -> str:
        for found in _CHANGED.finditer(text):
            self.is_dark = self.news = found[1] == "1"
        text = _CHANGED.sub("", text)
        if begun := _CHANGING.search(text):
            self.held = begun[0]
            return text[: begun.start()]
        return text

    def _answer(self, text: str, *, is_fresh: bool) -> str:
        if found := _REPLY.search(text):
            self.is_dark = _is_dark(*found.groups())
            self.news = self.is_dark if is_fresh else None
            return text[: found.start()] + text[found.end() :]
        if (begun := _BEGUN.search(text)) and (is_fresh or len(begun[0]) > 1):
            self.held = begun[0] + self.held
            return text[: begun.start()]
        return text

    def given_up(self) -> str:
        """What was held is no answer: it was typed. What nobody types stays held."""
        if self.held.startswith(_SURE):
            return ""
        held, self.held = self.held, ""
        return held


def _is_dark(*channels: str) -> bool:
    red, green, blue = (int(c, 16) / (16 ** len(c) - 1) for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.5
