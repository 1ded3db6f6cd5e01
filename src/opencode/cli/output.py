"""How commands speak: results to stdout, all else to stderr, and exit codes that can be trusted.

0 done · 1 error · 2 usage · 3 something was refused and the task did not finish for it ·
4 a limit · 130 cancelled
"""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import typer
from typer.exceptions import TyperException

from opencode.cli.show.tongue import language, said
from opencode.core.error import ConfigError, OpenCodeError, UsageError
from opencode.i18n.width import padded, width

DONE, ERROR, USAGE, REFUSED, LIMIT, CANCELLED = 0, 1, 2, 3, 4, 130


def run_command(app: Any, arguments: list[str]) -> int:
    """Run it, a typer app or a command made of one, and say how it ended as an exit code."""
    try:
        command: Any = typer.main.get_command(app) if isinstance(app, typer.Typer) else app
        code = command.main(arguments, prog_name="opencode", standalone_mode=False)
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
        sys.stderr.close()  # whoever read us has left; the interpreter would complain at exit
        return DONE


def fail(error: OpenCodeError) -> None:
    """One sentence, and one that names the fix."""
    print(said(f"Error: {error.message or error}"), file=sys.stderr)
    if error.hint:
        print(f"  {said(error.hint)}", file=sys.stderr)


def print_json(value: Any) -> None:
    """Indented JSON; Structs as they are."""
    print(json.dumps(msgspec.to_builtins(value), indent=2, ensure_ascii=False))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as needed, in any script; control characters never reach the terminal."""
    lines = [[said(heading) for heading in headings]]
    lines.extend([clean(cell) for cell in row] for row in rows)
    widths = [max(width(line[i]) for line in lines) for i in range(len(headings))]
    for line in lines:
        cells = (padded(cell, most) for cell, most in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())


def clean(text: str) -> str:
    """One line without control characters, safe for any terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def safe(text: str) -> str:
    """Text of models, files and tools for the terminal: lines and tabs stay, controls go."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text
    )
