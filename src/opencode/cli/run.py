"""Do one task without the terminal app: `opencode run "find all TODOs"`."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Protocol

import msgspec
import typer

from opencode.agent.gate import OnAsk
from opencode.cli.shared import output
from opencode.cli.shared.far import Password, Username, far_door
from opencode.cli.shared.options import Directory, Model, Profile
from opencode.cli.shared.stopping import finished
from opencode.cli.show.answers import Answers
from opencode.cli.show.lines import OriginalJson, StreamJson, result, write_line
from opencode.cli.show.plain import Plain
from opencode.cli.show.tongue import answering, said
from opencode.core.bus import Lagged
from opencode.core.door import Door
from opencode.core.error import OpenCodeError, UsageError
from opencode.core.event import Event, Numbered, RunFinished
from opencode.core.message import Part
from opencode.core.session import Session
from opencode.workspace.collaborators.joining import ONE_SHOT
from opencode.workspace.open import Opening, open_workspace

_EXIT = {
    "done": output.DONE,
    "error": output.ERROR,
    "refused": output.REFUSED,
    "limit": output.LIMIT,
    "cancelled": output.CANCELLED,
}
_LAST_WORDS = 5.0
"""Seconds a cancelled run has to write itself down."""


class Format(StrEnum):
    """How events are printed."""

    default = "default"
    json = "json"
    stream_json = "stream-json"


class Printer(Protocol):
    """Something that shows events."""

    def show(self, n: int, event: Event) -> None:
        """Show one."""
        ...


class Task(msgspec.Struct, frozen=True):
    """What to say and to which conversation."""

    text: str
    files: list[Path]
    continue_last: bool = False
    session: str = ""
    fork: bool = False
    title: str = ""
    agent: str = ""
    model: str = ""
    format: str = "default"
    quiet: bool = False
    on_ask: OnAsk = "wait"
    directory: Path = Path()
    url: str = ""
    """The server it is done on; "" does it here."""


def run(
    message: Annotated[list[str] | None, typer.Argument(help="What to do.")] = None,
    continue_last: Annotated[
        bool, typer.Option("--continue", "-c", help="Go on with the last session of this folder.")
    ] = False,
    session: Annotated[str, typer.Option("--session", "-s", help="Go on with this one.")] = "",
    fork: Annotated[bool, typer.Option(help="Go on in a copy of that session.")] = False,
    model: Model = "",
    effort: Annotated[
        str, typer.Option("--effort", "--variant", help="low, high …, tokens, or a variant.")
    ] = "",
    agent: Annotated[str, typer.Option(help="build, plan, or one of yours.")] = "",
    format: Annotated[
        Format,
        typer.Option(help="default: text; json: the original's lines; stream-json: every event."),
    ] = Format.default,
    file: Annotated[list[Path] | None, typer.Option("--file", "-f", help="Attach a file.")] = None,
    title: Annotated[str, typer.Option(help="Name of a new session.")] = "",
    command: Annotated[str, typer.Option(help="Call /NAME, the message being its words.")] = "",
    directory: Directory = Path(),
    profile: Profile = "",
    max_steps: Annotated[int, typer.Option(help="Stop after so many model calls.", min=0)] = 0,
    max_cost: Annotated[float, typer.Option(help="Stop at so many US dollars.", min=0)] = 0.0,
    timeout: Annotated[float, typer.Option(help="Stop after so many seconds.", min=0)] = 0.0,
    auto: Annotated[bool, typer.Option(help="Allow what no rule denies, unasked.")] = False,
    allow_irreversible: Annotated[
        bool, typer.Option("--allow-irreversible", help="Also what undo cannot bring back.")
    ] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Trust this folder's settings.")] = False,
    share: Annotated[
        bool, typer.Option("--share", help="Let it be read on a page; says how.")
    ] = False,
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
    text = (f"/{command} " if command else "") + _with_stdin(" ".join(message or []))
    if not text.strip():
        raise UsageError("There is nothing to do.", hint='Say it: opencode run "…"')
    on_ask: OnAsk = "auto" if auto else "wait" if _is_at_terminal() else "deny"
    here = directory.expanduser().resolve()
    words = (text, file or [], continue_last, session, fork, title, agent, model, format.value)
    task = Task(*words, quiet, on_ask, here, attach)
    wanted = {"max_steps": max_steps, "max_cost": max_cost, "max_seconds": timeout}
    limits: dict[str, Any] = {key: value for key, value in wanted.items() if value}
    opening = Opening(
        here,
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
    if code := finished(_run(opened, task, command, effort, share)):
        raise typer.Exit(code)


def _named(directory: Path) -> str:
    return str(directory.expanduser().resolve()) if directory != Path() else ""


async def _run(
    opened: AbstractAsyncContextManager[Door], task: Task, command: str, effort: str, share: bool
) -> int:
    end = None
    try:
        async with opened as door:
            end = await _done(door, task, command, effort, share)
    except OpenCodeError as error:
        if end is None or error.message != end.detail:  # else the run has said it: a full disk
            raise
    return _EXIT[end.reason]


async def _done(door: Door, task: Task, command: str, effort: str, share: bool) -> RunFinished:
    await _check_command(door, command)
    session = await _session(door, task)
    page = await door.share(session.id) if share else ""
    if effort:
        await door.update(session.id, effort=effort)
    parts = await _files(task)
    printer = _printer(task, session.id)
    try:
        async with door.subscribe() as events, asyncio.TaskGroup() as group:
            await door.prompt(session.id, task.text, parts, agent=task.agent, model=task.model)
            answers = Answers(door, session.id, task.on_ask, group)
            watching = group.create_task(_watch(session.id, events, printer, answers))
            try:
                end = await asyncio.shield(watching)
            except asyncio.CancelledError:
                if task.format == "stream-json":
                    await _say_cancelled(door, session.id, watching)
                raise
    except asyncio.CancelledError:
        await door.cancel(session.id)
        raise
    except ExceptionGroup as found:
        raise found.exceptions[0] from None
    if task.format == "stream-json":
        write_line(result(await door.session(session.id), end, _EXIT[end.reason]))
    if page:
        typer.echo(_where(page, task.url), err=True)
    return end


def _where(page: str, url: str) -> str:
    """No server runs here: who starts one shows the page."""
    if url:
        return f"Shared: {page if '://' in page else f'{url}/s/{page}'}"
    return (
        f"Shared as /s/{page}. To show the page, run `opencode serve` in this folder and open "
        f"http://127.0.0.1:4096/s/{page}"
    )


async def _check_command(door: Door, name: str) -> None:
    there = {command.name for command in await door.commands()} if name else {name}
    if name not in there:
        unheard: list[str] = getattr(door, "notices", [])  # of our own: it may wait for trust
        for text in unheard:
            typer.echo(output.safe(said(text)), err=True)
        known = ", ".join(sorted(there))
        raise UsageError(f"There is no command {name!r}.", hint=f"There are: {known}.")


async def _watch(
    session_id: str, events: AsyncIterator[Numbered], printer: Printer, answers: Answers
) -> RunFinished:
    try:
        async for numbered in events:
            event = numbered.event
            printer.show(numbered.n, event)
            answers.heard(event)
            if isinstance(event, RunFinished) and event.session == session_id:
                return event
    except Lagged:
        raise UsageError(
            "Events were lost on the way.", hint=f"`opencode run -s {session_id}` goes on."
        ) from None
    raise UsageError("The events ended before the run did.")


async def _say_cancelled(door: Door, session_id: str, end: Awaitable[RunFinished]) -> None:
    """The last lines of a run that was ended from outside: what it still did, then its result."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LAST_WORDS):
            await door.cancel(session_id)
            ended = await end
            write_line(result(await door.session(session_id), ended, _EXIT[ended.reason]))


async def _session(door: Door, task: Task) -> Session:
    if task.session:
        found = await door.session(task.session)
    elif task.continue_last:
        last = next((s for s in await door.sessions() if not s.parent and not s.foreign), None)
        if last is None:
            raise UsageError("There is no session here to continue.", hint="Leave out --continue.")
        found = await door.session(last.id)
    else:
        return await door.create(agent=task.agent, model=task.model, title=task.title)
    return await door.fork(found.id) if task.fork else found


async def _files(task: Task) -> list[Part]:
    from opencode.core.place import Place
    from opencode.workspace.door.attach import attach

    parts: list[Part] = []
    for path in task.files:
        part = await asyncio.to_thread(attach, path.expanduser().resolve(), Place(task.directory))
        if part is None:
            raise UsageError(f"{path} does not exist.", hint="--file takes files and folders.")
        parts.append(part)
    return parts


def _printer(task: Task, session_id: str) -> Printer:
    match task.format:
        case "json":
            return OriginalJson(session_id)
        case "stream-json":
            return StreamJson(session_id)
        case _:
            return Plain(session_id, quiet=task.quiet)


def _is_at_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _with_stdin(text: str) -> str:
    """What is piped in is part of the prompt; `-` alone stands for it."""
    if sys.stdin is None or sys.stdin.isatty():
        return text
    piped = sys.stdin.read()
    words = "" if text == "-" else text
    return f"{words}\n\n{piped}".strip() if piped.strip() else words
