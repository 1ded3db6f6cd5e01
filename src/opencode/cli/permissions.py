"""Test your permission rules, list what was granted, and take it back.

\b
opencode permissions check bash "git status && rm x"   what would happen, and why
opencode permissions list                              everything ever granted
opencode permissions revoke gra_0123                   be asked again
"""

import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec
import typer

from opencode.cli.shared.output import clean, print_json, print_table
from opencode.cli.show.tongue import said
from opencode.config.grants import Grants
from opencode.core.error import OpenCodeError, UsageError
from opencode.workspace.opening.shelf import tool_on_shelf
from opencode.workspace.verdict import Checked, Checker

app = typer.Typer(help=__doc__, add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.command()
def check(
    tool: Annotated[str, typer.Argument(help="A tool's name: bash, edit, read …")] = "",
    input: Annotated[
        str, typer.Argument(help="JSON, or the text of its first parameter (a command, a path).")
    ] = "",
    agent: Annotated[str, typer.Option(help="As which agent.")] = "",
    cwd: Annotated[Path, typer.Option(help="In which folder.")] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    stdin: Annotated[
        bool,
        typer.Option(
            "--stdin", help="Read one JSON object a line: {tool, input, agent, cwd, config}."
        ),
    ] = False,
) -> None:
    """Say what the rules would do with a call. Nothing is run.

    Example: opencode permissions check bash "ls; rm -rf build" --agent plan
    """
    if stdin:
        _check_lines(agent, cwd)
        return
    if not tool or not input:
        raise UsageError(
            "Name a tool and its input.", hint='As in: opencode permissions check bash "git push"'
        )
    found = Checker().check(tool, _input(tool, input), agent=agent, cwd=cwd.absolute())
    if as_json:
        print_json(found)
    else:
        _print(found)


def _check_lines(agent: str, cwd: Path) -> None:
    """One answer a line, in order; a line that cannot be judged answers with its error."""
    checker = Checker()
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            answer: Any = _check_line(checker, line, agent, cwd)
        except OpenCodeError as error:
            answer = {"error": error.message or str(error), "hint": error.hint}
        print(msgspec.json.encode(answer).decode(), flush=True)


def _check_line(checker: Checker, line: str, agent: str, cwd: Path) -> Checked:
    try:
        asked: Any = json.loads(line)
    except ValueError as error:
        raise UsageError(f"This line is no JSON: {error}") from None
    if not isinstance(asked, dict) or not isinstance(asked.get("tool"), str):  # pyright: ignore[reportUnknownMemberType]
        raise UsageError("A line is an object with tool and input.")
    call = cast("dict[str, Any]", asked)
    given = call.get("input", {})
    return checker.check(
        call["tool"],
        _input(call["tool"], given) if isinstance(given, str) else given,
        agent=call.get("agent") or agent,
        cwd=Path(call.get("cwd") or cwd).absolute(),
        overlay=call.get("config") or {},
    )


def _input(tool: str, text: str) -> dict[str, Any]:
    """JSON as it is; any other text is the tool's first parameter."""
    if text.lstrip().startswith("{"):
        try:
            value: Any = json.loads(text)
        except ValueError:
            value = None
        if isinstance(value, dict):
            return cast("dict[str, Any]", value)
    first = msgspec.structs.fields(tool_on_shelf(tool).input)[0]
    return {first.encode_name: text}


def _print(found: Checked) -> None:
    print(f"{found.verdict}  ({said(f'{found.tool}, agent {found.agent}')})")
    for reason in found.reasons:
        print(f"  {said(clean(reason))}")
    print(said(f"Sandbox: {found.sandbox}"))


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show every grant: the exact rule, for whom it holds, when and where it was given."""
    grants = Grants().all()
    if as_json:
        print_json(grants)
        return
    if not grants:
        print(said("Nothing is granted beyond your rules."))
        return
    rows = [
        [
            grant.id,
            f"{grant.rule.action} {grant.rule.target}",
            grant.scope,
            grant.project if grant.scope != "user" else said("everywhere"),
            time.strftime("%Y-%m-%d %H:%M", time.localtime(grant.created)),
            grant.session,
        ]
        for grant in grants
    ]
    print_table(["id", "rule", "scope", "where", "when", "session"], rows)


@app.command()
def revoke(
    grant: Annotated[str, typer.Argument(help="The id that `permissions list` shows.")],
) -> None:
    """Take a grant back: the next such call asks again.

    Example: opencode permissions revoke gra_0123
    """
    gone = Grants().revoke(grant)
    print(said(f"Revoked: {gone.rule.action} {gone.rule.target} ({gone.scope})"))
