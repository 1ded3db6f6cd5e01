"""How commands speak: results to stdout, all else to stderr, and exit codes that can be trusted.

0 done · 1 error · 2 usage · 3 something was refused and the task did not finish for it ·
4 a limit · 130 cancelled
"""

import errno
import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import Any
from unicodedata import category

import msgspec
import typer
from typer.exceptions import TyperException

from opencode.cli.show.tongue import language, said
from opencode.core.error import ConfigError, OpenCodeError, UsageError
from opencode.i18n.width import padded, width, wrap

_LEAST = 16
"""Columns into which a text can be broken and still be read."""
DONE, ERROR, USAGE, REFUSED, LIMIT, CANCELLED = 0, 1, 2, 3, 4, 130


def run_command(app: Any, arguments: list[str]) -> int:
    """Run it, a typer app or a command made of one, and say how it ended as an exit code."""
    try:
        command: Any = typer.main.get_command(app) if isinstance(app, typer.Typer) else app
        code = command.main(arguments, prog_name="opencode", standalone_mode=False)
        sys.stdout.flush()  # whether anybody reads it is known now, not at exit
        return code if isinstance(code, int) else DONE
    except TyperException as error:
        show: Any = getattr(error, "show", None)  # wrong words on the command line
        if show and language() != "en":
            from opencode.cli.show.help import complain

            print(complain(error), file=sys.stderr)
        elif show:
            show()
        else:
            print(error, file=sys.stderr)
        return USAGE
    except (UsageError, ConfigError) as error:
        fail(error)
        return USAGE
    except OpenCodeError as error:
        fail(error)
        return ERROR
    except (KeyboardInterrupt, typer.Abort):
        print(said("Cancelled."), file=sys.stderr)
        return CANCELLED
    except BrokenPipeError:
        _let_go_of_stdout()  # whoever read us has left
        return DONE
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _let_go_of_stdout()
        fail(OpenCodeError(f"{error.strerror or error}."))
        return ERROR


def _let_go_of_stdout() -> None:
    """What is left to write would fail once more at exit, and the interpreter complain of it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(error: OpenCodeError) -> None:
    """One sentence, and one that names the fix."""
    print(said(f"Error: {error.message or error}"), file=sys.stderr)
    if error.hint:
        print(f"  {said(error.hint)}", file=sys.stderr)


def need_terminal() -> None:
    """UsageError where there is no terminal to draw on and to read keys from."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "The terminal app needs a terminal.",
            hint='Without one: opencode run "…" does a task, opencode serve lets programs in.',
        )


def print_json(value: Any) -> None:
    """Indented JSON; Structs as they are."""
    print(json.dumps(msgspec.to_builtins(value), indent=2, ensure_ascii=False))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as needed, in any script; on a terminal the last one is broken where its
    line would be. Control characters never reach the terminal."""
    lines = [[said(heading) for heading in headings]]
    lines.extend([clean(cell) for cell in row] for row in rows)
    widths = [max(width(line[i]) for line in lines) for i in range(len(headings))]
    left = sum(widths[:-1]) + 2 * (len(widths) - 1)
    room = shutil.get_terminal_size().columns - left if sys.stdout.isatty() else 0
    for line in lines:
        last = wrap(line[-1], room) if _LEAST <= room < width(line[-1]) else [line[-1]]
        cells = (padded(cell, most) for cell, most in zip(line[:-1], widths, strict=False))
        print("  ".join([*cells, last[0]]).rstrip())
        for more in last[1:]:
            print(" " * left + more)


_JOINERS = "\u200c\u200d"
"""Letters of Persian, pictures of several parts."""


def clean(text: str) -> str:
    """One line without control characters, safe for any terminal."""
    return "".join(c if c.isprintable() or c in _JOINERS else " " for c in text)


def safe(text: str) -> str:
    """Text of models, files and tools for the terminal: lines and tabs stay, controls go."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or _may_stay(c) else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def _may_stay(letter: str) -> bool:
    """What is no sign by itself and does no harm: spaces of all languages, and what joins letters
    and pictures."""
    return letter in "\n\t" or letter in _JOINERS or category(letter) == "Zs"
