"""Do one task without the terminal app: `opencode run "find all TODOs"`."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from opencode.agent.gate import OnAsk
from opencode.cli.shared.far import Password, Username, far_door
from opencode.cli.shared.options import Directory, Model, Profile
from opencode.cli.shared.stopping import finished
from opencode.cli.shared.task import Task, do_task
from opencode.cli.show.tongue import answering
from opencode.core.error import UsageError
from opencode.workspace.collaborators.joining import ONE_SHOT
from opencode.workspace.open import Opening, open_workspace


class Format(StrEnum):
    """How events are printed."""

    default = "default"
    json = "json"
    stream_json = "stream-json"


Continue = Annotated[
    bool, typer.Option("--continue", "-c", help="Go on with the last session of this folder.")
]
Effort = Annotated[
    str, typer.Option("--effort", "--variant", help="low, high …, tokens, or a variant.")
]
As = Annotated[
    Format,
    typer.Option(help="default: text; json: the original's lines; stream-json: every event."),
]
Irreversible = Annotated[
    bool, typer.Option("--allow-irreversible", help="Also what undo cannot bring back.")
]
Share = Annotated[bool, typer.Option("--share", help="Let it be read on a page; says how.")]


def run(
    message: Annotated[list[str] | None, typer.Argument(help="What to do.")] = None,
    continue_last: Continue = False,
    session: Annotated[str, typer.Option("--session", "-s", help="Go on with this one.")] = "",
    fork: Annotated[bool, typer.Option(help="Go on in a copy of that session.")] = False,
    model: Model = "",
    effort: Effort = "",
    agent: Annotated[str, typer.Option(help="build, plan, or one of yours.")] = "",
    format: As = Format.default,
    file: Annotated[list[Path] | None, typer.Option("--file", "-f", help="Attach a file.")] = None,
    title: Annotated[str, typer.Option(help="Name of a new session.")] = "",
    command: Annotated[str, typer.Option(help="Call /NAME, the message being its words.")] = "",
    directory: Directory = Path(),
    profile: Profile = "",
    max_steps: Annotated[int, typer.Option(help="Stop after so many model calls.", min=0)] = 0,
    max_cost: Annotated[float, typer.Option(help="Stop at so many US dollars.", min=0)] = 0.0,
    timeout: Annotated[float, typer.Option(help="Stop after so many seconds.", min=0)] = 0.0,
    auto: Annotated[bool, typer.Option(help="Allow what no rule denies, unasked.")] = False,
    allow_irreversible: Irreversible = False,
    trust: Annotated[bool, typer.Option("--trust", help="Trust this folder's settings.")] = False,
    share: Share = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the answer.")] = False,
    attach: Annotated[str, typer.Option(metavar="URL", help="Do it on that server.")] = "",
    password: Password = "",
    username: Username = "",
) -> None:
    """Do one task and leave.

    \b
    opencode run "Find all TODO comments in the codebase"
    opencode run -m anthropic/claude-sonnet-4-5 "Fix the failing test"
    git diff | opencode run "Review this change"
    opencode run -c "And now the second one" --format stream-json

    The answer goes to stdout, progress to stderr. Exit codes: 0 done, 1 error, 2 usage,
    3 something was refused and the task did not finish for it, 4 a limit, 130 cancelled.
    With a terminal it asks before risky steps; without one those are refused.
    """
    on_ask: OnAsk = "auto" if auto else "wait" if _is_at_terminal() else "deny"
    task = Task(
        _prompt(" ".join(message or []), command),
        file or [],
        continue_last=continue_last,
        session=session,
        fork=fork,
        title=title,
        agent=agent,
        model=model,
        effort=effort,
        command=command,
        share=share,
        format=format.value,
        quiet=quiet,
        on_ask=on_ask,
        directory=directory,
        url=attach,
    )
    limits = _given(max_steps=max_steps, max_cost=max_cost, max_seconds=timeout)
    opening = Opening(
        directory.expanduser().resolve(),
        profile=profile,
        model=model,
        on_ask=on_ask,
        allow_irreversible=allow_irreversible,
        trust=trust,
        overrides={"limits": limits} if limits else {},
        servers_within=ONE_SHOT,
        say=answering(),
    )
    if attach and (limits or profile or trust or allow_irreversible):
        raise UsageError("Limits, --profile and --trust are the server's own.")
    far = far_door(attach, password, username, folder=_named(directory), for_one_task=True)
    opened = far if attach else open_workspace(opening)
    if code := finished(do_task(opened, task)):
        raise typer.Exit(code)


def _named(directory: Path) -> str:
    return str(directory.expanduser().resolve()) if directory != Path() else ""


def _given(**limits: float) -> dict[str, float]:
    """0 stands for none, as everywhere on the command line."""
    return {name: limit for name, limit in limits.items() if limit}


def _is_at_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _prompt(text: str, command: str) -> str:
    """What is to be done. UsageError when nobody said it."""
    prompt = (f"/{command} " if command else "") + _with_stdin(text)
    if not prompt.strip():
        raise UsageError("There is nothing to do.", hint='Say it: opencode run "…"')
    return prompt


def _with_stdin(text: str) -> str:
    """What is piped in is part of the prompt; `-` alone stands for it."""
    if sys.stdin is None or sys.stdin.isatty():
        return text
    piped = sys.stdin.read()
    words = "" if text == "-" else text
    return f"{words}\n\n{piped}".strip() if piped.strip() else words
