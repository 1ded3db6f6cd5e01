"""`--help` in the person's language: typer writes English, this writes down its translation."""

import re
import shutil
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

from opencode.cli.show.tongue import language, said
from opencode.i18n.width import padded, width, wrap

WORDS = (
    ("Usage:", "or:", "Options", "Arguments", "Commands"),
    ("Options of the terminal app", "Show this message and exit."),
    ("default: {value}", "required", "env var: {name}", "Error: {message}"),
    ("Try '{command}' for help.", "Invalid value for {name}: {message}"),
    ("Missing option {name}.", "Missing argument {name}.", "No such option: {name}"),
    ("{message} (Possible options: {names})", "Option {name} requires an argument."),
    ("Got unexpected extra argument ({words})", "Got unexpected extra arguments ({words})"),
    ("No such command {name}.", "Option {name} does not take a value."),
)
"""What typer says by itself."""
_COLON = re.compile(r"\s*[:：]$")
"""As the language writes it: with a blank before it, or wide."""
_MOST, _LEAST = 80, 50
_FIRST_COLUMN = 30
_EXTRA = re.compile(r"(.*?) {2}\[([^\[\]]+)\]", re.DOTALL)
"""`[default: 0; x>=0]` after what an option means."""


def speak(command: Any) -> None:
    """Have a command, and those below it, help in the language of the person."""
    if language() == "en":
        return
    own: type[Any] = command.context_class
    command.context_class = type(own.__name__, (own,), {"formatter_class": Translated})
    for below in getattr(command, "commands", {}).values():
        speak(below)


def complain(error: Any) -> str:
    """What typer's `error.show` prints, in the person's language."""
    lines: list[str] = []
    if ctx := getattr(error, "ctx", None):
        lines = [ctx.get_usage(), said(f"Try '{ctx.command_path} --help' for help."), ""]
    return "\n".join([*lines, said(f"Error: {error.format_message()}")])


class Translated:
    """What typer calls a formatter: it gets English piece by piece."""

    def __init__(self, width: int | None = None, max_width: int | None = None) -> None:
        columns = min(shutil.get_terminal_size().columns, max_width or _MOST)
        self.width = width or max(columns - 2, _LEAST)
        self._indent = 0
        self._lines: list[str] = []

    def getvalue(self) -> str:
        """All that was written."""
        return "\n".join(self._lines) + "\n"

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """How the command is called."""
        first = said((prefix or "Usage: ").strip())
        blanks = " " * ((len(prefix) - len(prefix.lstrip())) if prefix else 0)
        head = f"{blanks}{first} {prog} "
        lines = wrap(args, max(20, self.width - width(head)))
        self._lines.append((head + lines[0]).rstrip())
        self._lines.extend(" " * width(head) + line for line in lines[1:])

    def write_paragraph(self) -> None:
        """An empty line between two parts."""
        if self._lines:
            self._lines.append("")

    def write_text(self, text: str) -> None:
        """Paragraphs of prose; those after a line with a backspace are examples and stay."""
        for n, paragraph in enumerate(re.split(r"\n\s*\n", text.strip("\n"))):
            if n:
                self._lines.append("")
            if paragraph.lstrip(" ").startswith("\b"):
                self._write(map(_example, paragraph.split("\n")[1:]))
            else:
                prose = said(" ".join(paragraph.split()))
                self._write(wrap(prose, self.width - self._indent))

    def write_dl(self, rows: Iterable[tuple[str, str]]) -> None:
        """Names and what they mean, in two columns."""
        told = [(name, _meaning(text)) for name, text in rows]
        column = min(max(width(name) for name, _ in told), _FIRST_COLUMN) + 2
        for name, text in told:
            lines = wrap(text, max(10, self.width - column - 2))
            if width(name) > column - 2:
                self._write([name])
            else:
                lines[0] = padded(name, column) + lines[0]
            first = width(name) <= column - 2
            self._write(lines[:1] if first else [])
            self._write(" " * column + line for line in lines[first:])

    @contextmanager
    def section(self, name: str) -> Generator[None]:
        """A heading and what stands under it."""
        self.write_paragraph()
        colon = _COLON.search(said("Usage:"))
        self._write([said(name) + (colon[0] if colon else ":")])
        with self.indentation():
            yield

    @contextmanager
    def indentation(self) -> Generator[None]:
        """Two columns to the right."""
        self._indent += 2
        yield
        self._indent -= 2

    def _write(self, lines: Iterable[str]) -> None:
        self._lines.extend((" " * self._indent + line).rstrip() for line in lines)


def _meaning(text: str) -> str:
    whole = " ".join(text.split())
    match = _EXTRA.fullmatch(text) or re.fullmatch(r"()\[([^\[\]]+)\]", whole)
    if match is None:
        return said(whole)
    extra = "; ".join(said(part) for part in match[2].split("; "))
    return f"{said(' '.join(match[1].split()))}  [{extra}]".strip()


def _example(line: str) -> str:
    """What stands right of a command, after two blanks, is prose."""
    command, blanks, prose = line.strip().partition("  ")
    told = said(prose.strip())
    return f"{command}{blanks}{prose[: len(prose) - len(prose.lstrip())]}{told}"
