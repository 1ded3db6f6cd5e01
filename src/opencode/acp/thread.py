"""One session as the editor has it open: prompts in, updates out."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from acp import helpers
from acp.interfaces import Client
from acp.schema import (
    AvailableCommandsUpdate,
    ConfigOptionUpdate,
    CurrentModeUpdate,
    PromptResponse,
    SessionConfigOptionSelect,
    StopReason,
    Usage,
)

from opencode.acp import choices
from opencode.acp.errors import failed, sentences, spoken
from opencode.acp.narrate import Narrator, Update, said
from opencode.acp.prompt import Block, heard
from opencode.acp.replay import replayed
from opencode.acp.sound import sound
from opencode.core.delta import Usage as Spent
from opencode.core.door import Restored
from opencode.core.error import OpenCodeError, UsageError
from opencode.core.event import AgentSwitched, Numbered, RunFinished, ServerChanged
from opencode.core.ids import new_id
from opencode.core.message import ToolPart
from opencode.core.session import Session
from opencode.workspace.workspace import Workspace

_STOPS: dict[str, StopReason] = {"cancelled": "cancelled", "limit": "max_turn_requests"}


class Thread:
    """Prompts of one session run one after the other; each returns when its run has ended."""

    def __init__(
        self,
        client: Client,
        door: Workspace,
        session: Session,
        cwd: Path,
        *,
        draws_terminals: bool,
        terminals: Mapping[str, str],
    ) -> None:
        self.id, self.cwd = session.id, cwd
        self._client, self._door = client, door
        self._narrator = Narrator(self.cwd, draws_terminals, terminals, title=session.title)
        self._narrator.cost = session.usage.cost
        self._ends: list[tuple[int, asyncio.Future[RunFinished]]] = []
        """Prompts that wait for their run's end: (number of the last event before, its end)."""
        self._is_cancelled = False
        self._act: asyncio.Task[str] | None = None

    async def prompt(
        self, blocks: Sequence[Block], ready: Callable[[], Awaitable[None]]
    ) -> PromptResponse:
        """Say it once `ready` has returned, and wait for the run. RequestError when it failed."""
        self._is_cancelled = False
        await ready()
        with spoken():
            words = await heard(blocks, self._door.rooms.place, self.cwd)
            if not (words.text or words.parts):
                raise UsageError("The prompt is empty.")
            name, _, rest = words.text.removeprefix("/").partition(" ")
            if words.text.startswith("/") and name in choices.OWN:
                return await self._acted(name, rest.strip())
            if self._is_cancelled:
                return PromptResponse(stop_reason="cancelled")
            end: asyncio.Future[RunFinished] = asyncio.get_running_loop().create_future()
            waiting = (self._door.rooms.bus.n, end)
            self._ends.append(waiting)
            try:
                await self._door.prompt(self.id, words.text, words.parts)
                if self._is_cancelled:
                    await self._door.cancel(self.id)
                return await self._ended(await end)
            finally:
                with contextlib.suppress(ValueError):
                    self._ends.remove(waiting)

    async def cancel(self) -> None:
        """Stop what runs; a prompt that is only about to run, too."""
        self._is_cancelled = True
        if self._act:
            self._act.cancel()
        await self._door.cancel(self.id)

    async def show(self, numbered: Numbered) -> None:
        """Tell the editor what happened."""
        event = numbered.event
        for update in self._narrator.tell(event):
            await self.send(update)
        if isinstance(event, AgentSwitched):
            await self.tell_choices()
        if isinstance(event, ServerChanged) and event.kind == "mcp":
            await self.tell_commands()
        if isinstance(event, RunFinished):
            self._settle(numbered.n, event)

    async def goes_on(self, call: ToolPart) -> None:
        """A call that was asked about runs."""
        await self.send(helpers.update_tool_call(call.id, status="in_progress"))

    async def caught_up(self) -> None:
        """After events were lost: the runs that are over need no longer be waited for."""
        words = "[The editor read too slowly and missed a part. Load the session to see it all.]\n"
        await self.send(helpers.update_agent_thought_text(words))
        await self._door.idle(self.id)
        self._settle(self._door.rooms.bus.n + 1, RunFinished(self.id, "done"))

    def fail(self, why: str) -> None:
        """No run goes on any more."""
        self._settle(self._door.rooms.bus.n + 1, RunFinished(self.id, "error", why))

    async def send(self, update: Update) -> None:
        """One update; whoever is gone need not be told."""
        with contextlib.suppress(ConnectionError):
            await self._client.session_update(session_id=self.id, update=update)

    async def replay(self) -> None:
        """Tell all that was said before."""
        session = sound(await self._door.session(self.id))
        await self.measure(session)
        for update in replayed(session, self.cwd, self._narrator.window):
            await self.send(update)

    async def measure(self, session: Session) -> None:
        """Learn how much the model reads."""
        with contextlib.suppress(OpenCodeError):
            self._narrator.window = (await self._door.rooms.provider.info(session.model)).window

    async def options(self) -> list[SessionConfigOptionSelect]:
        """What can be set, and what is."""
        return await choices.options(self._door, await self._door.session(self.id))

    async def tell_choices(self) -> None:
        """Agent, model or effort are others now."""
        session = await self._door.session(self.id)
        await self.measure(session)
        mode = CurrentModeUpdate(
            session_update="current_mode_update", current_mode_id=session.agent
        )
        await self.send(mode)
        found = await choices.options(self._door, session)
        await self.send(
            ConfigOptionUpdate(session_update="config_option_update", config_options=[*found])
        )

    async def tell_commands(self) -> None:
        """What may be typed as `/name`."""
        there = choices.commands(await self._door.commands())
        await self.send(
            AvailableCommandsUpdate(
                session_update="available_commands_update", available_commands=there
            )
        )

    async def set(self, name: str, value: str) -> None:
        """Let another agent, model or effort answer from now on."""
        wanted: dict[str, Any] = {"agent" if name == "mode" else name: value}
        if name == "effort":
            await self._check_effort(value)
            wanted["effort"] = "" if value == choices.DEFAULT else value
        await self._door.update(self.id, **wanted)

    async def _check_effort(self, value: str) -> None:
        model = (await self._door.session(self.id)).model
        known = [choices.DEFAULT, *(await self._door.rooms.provider.info(model)).efforts]
        if value not in known:
            raise UsageError(f"{model} knows no effort {value!r}, only {', '.join(known)}.")

    def _settle(self, n: int, end: RunFinished) -> None:
        for before, waiting in self._ends:
            if before < n and not waiting.done():
                waiting.set_result(end)

    async def _ended(self, end: RunFinished) -> PromptResponse:
        if end.reason == "error":
            raise failed(end.detail, end.hint, end.code)
        if end.reason == "limit":
            await self.send(said(f"\n\n[Stopped: {end.detail}]", new_id("msg")))
        cut = end.reason == "done" and self._narrator.finish == "length"
        stop = "max_tokens" if cut else _STOPS.get(end.reason, "end_turn")
        return PromptResponse(stop_reason=stop, usage=_spent(end.usage))

    async def _acted(self, name: str, words: str) -> PromptResponse:
        """One of our own commands; what came of it is said like an answer."""
        act = self._act = asyncio.ensure_future(self._do(name, words))
        try:
            await asyncio.wait([act])
        finally:
            act.cancel()
            self._act = None
        if act.cancelled():
            return PromptResponse(stop_reason="cancelled")
        await self.send(said(act.result(), new_id("msg")))
        return PromptResponse(stop_reason="end_turn")

    async def _do(self, name: str, words: str) -> str:
        try:
            if name == "compact":
                await self._door.compact(self.id, words)
                return "The conversation was folded to make room."
            undo = name == "undo"
            done = await (self._door.undo(self.id) if undo else self._door.redo(self.id))
            return _restored("Taken back" if undo else "Brought back", done)
        except OpenCodeError as error:
            return sentences(error.message, error.hint)


def _restored(how: str, done: Restored) -> str:
    said_then = done.prompt.text.partition("\n")[0][:80] if done.prompt else ""
    lines = [f"{how}: {said_then}" if said_then else f"{how}."]
    lines += [f"- `{path}`" for path in done.files]
    lines += [
        f"- `{path}` stays: somebody else changed it since, or no copy was kept"
        for path in done.conflicts
    ]
    return "\n".join(lines)


def _spent(usage: Spent) -> Usage:
    return Usage(
        total_tokens=usage.total,
        input_tokens=usage.input,
        output_tokens=usage.output,
        thought_tokens=usage.reasoning,
        cached_read_tokens=usage.cache_read,
        cached_write_tokens=usage.cache_write,
    )
