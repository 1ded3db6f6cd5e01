"""One task from its prompt to its end, through any door: what `opencode run` does and shows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Protocol

import msgspec
import typer

from opencode.agent.gate import OnAsk
from opencode.cli.shared import output
from opencode.cli.show.answers import Answers
from opencode.cli.show.lines import OriginalJson, StreamJson, result, write_line
from opencode.cli.show.plain import Plain
from opencode.cli.show.tongue import said
from opencode.core.bus import Lagged
from opencode.core.door import Door
from opencode.core.error import OpenCodeError, UsageError
from opencode.core.event import Event, Numbered, RunFinished
from opencode.core.message import Part
from opencode.core.session import Session

_EXIT = {
    "done": output.DONE,
    "error": output.ERROR,
    "refused": output.REFUSED,
    "limit": output.LIMIT,
    "cancelled": output.CANCELLED,
}
_LAST_WORDS = 5.0
"""Seconds a cancelled run has to write itself down."""


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
    effort: str = ""
    command: str = ""
    """Its name, which the text begins with."""
    share: bool = False
    format: str = "default"
    quiet: bool = False
    on_ask: OnAsk = "wait"
    directory: Path = Path()
    url: str = ""
    """The server it is done on; "" does it here."""


async def do_task(opened: AbstractAsyncContextManager[Door], task: Task) -> int:
    """Do it and show it; returns the exit code."""
    end = None
    try:
        async with opened as door:
            end = await _done(door, task)
    except OpenCodeError as error:
        if end is None or error.message != end.detail:  # else the run has said it: a full disk
            raise
    return _EXIT[end.reason]


async def _done(door: Door, task: Task) -> RunFinished:
    await _check_command(door, task.command)
    session = await _session(door, task)
    page = await door.share(session.id) if task.share else ""
    if task.effort:
        await door.update(session.id, effort=task.effort)
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
    place = Place(task.directory.expanduser().resolve())
    for path in task.files:
        part = await asyncio.to_thread(attach, path.expanduser().resolve(), place)
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
