"""The Python API: `async with OpenCode() as oc: print((await oc.chat("Hello!")).content)`."""

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self, TypeVar, cast

from msgspec import Struct, field

from opencode.core.ask import Ask, Reply
from opencode.core.bus import Lagged
from opencode.core.delta import TextDelta, Usage
from opencode.core.door import Door, Restored
from opencode.core.error import OpenCodeError, UsageError
from opencode.core.event import AskRaised, Event, MessageChunk, MessageReset, Numbered, RunFinished
from opencode.core.session import Session, SessionInfo
from opencode.core.tool import AnyTool
from opencode.providers.errors import ERRORS
from opencode.workspace.collaborators.joining import ONE_SHOT
from opencode.workspace.open import Opening, open_workspace
from opencode.workspace.opening.custom_tools import tools_of
from opencode.workspace.workspace import Workspace

Judge = Callable[[Ask], Reply | bool | Awaitable[Reply | bool]]
"""Answers what a rule says to ask, one question at a time; a plain function runs in a thread."""

Permission = Literal["ask", "auto"] | Judge
"""Who answers when a rule says ask: nobody ("ask": such calls are refused), everything that is not
denied is allowed ("auto"), or your function."""

Given = TypeVar("Given", bound=Callable[..., Any] | AnyTool)


class Response(Struct, frozen=True):
    """An answer: what the model said last, and what it took."""

    content: str
    session: str
    reason: str = "done"
    """done, limit, refused or cancelled."""
    usage: Usage = field(default_factory=Usage)


class Chunk(Struct, frozen=True):
    """A piece of an answer. `restarted`: the stream broke and began anew, what came is void."""

    content: str
    restarted: bool = False


class Result(Struct, frozen=True):
    """What came of a tool call; a refusal or failure is a result with `is_error`."""

    content: str
    is_error: bool = False


class OpenCode:
    """One opened project and the conversations in it; one of them is the current one."""

    def __init__(
        self,
        directory: str | Path = ".",
        *,
        model: str = "",
        agent: str = "",
        session: str = "",
        permission: Permission = "ask",
        profile: str = "",
    ) -> None:
        """`session` goes on with that one; without it the first prompt begins a new one.
        UsageError for a `permission` that is none: it would be waited for for ever."""
        if permission not in ("ask", "auto") and not callable(permission):
            raise UsageError(
                f"permission is {permission!r}.", hint='It is "ask", "auto" or a function.'
            )
        self._opening = Opening(
            Path(directory).expanduser().resolve(),
            profile=profile,
            model=model,
            on_ask="auto" if permission == "auto" else "deny" if permission == "ask" else "wait",
            servers_within=ONE_SHOT,
        )
        self._judge = permission if callable(permission) else None
        self._agent = agent
        self._current = session
        self._model = ""
        self._keys: dict[str, str] = {}
        self._tools: list[Callable[..., Any] | AnyTool] = []
        self._door: Workspace | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        opening = replace(self._opening, tools=tools_of(self._tools))
        async with AsyncExitStack() as stack:
            door = await stack.enter_async_context(open_workspace(opening))
            for provider, key in self._keys.items():
                door.use_key(provider, key)
            if self._judge:
                events = await stack.enter_async_context(door.subscribe())
                group = await stack.enter_async_context(asyncio.TaskGroup())
                stack.callback(group.create_task(_answer(door, events, self._judge, group)).cancel)
            self._door, self._stack = door, stack.pop_all()
        return self

    async def __aexit__(self, *exc: Any) -> None:
        self._door = None
        try:
            await self._stack.__aexit__(*exc)
        except ExceptionGroup as group:
            if len(group.exceptions) == 1:
                raise group.exceptions[0] from None
            raise

    def set_provider(self, name: str, *, api_key: str = "", model: str = "") -> None:
        """Let this provider answer from the next prompt on. The key is kept in memory only."""
        if api_key:
            self._keys[name] = api_key
            if self._door:
                self._door.use_key(name, api_key)
        self._model = f"{name}/{model}" if model else name

    def tool(self, given: Given) -> Given:
        """Give models a tool: a function with types and a docstring, or a Tool. Also a decorator.
        It may be used unless a rule says otherwise. UsageError once it is open."""
        if self._door:
            raise UsageError("It is open already.", hint="Give it tools before `async with`.")
        self._tools.append(given)
        return given

    # Talking

    async def chat(self, text: str) -> Response:
        """Say something and wait for the end of the run. OpenCodeError when it failed."""
        end = None
        async with aclosing(self.run(text)) as events:
            async for event in events:
                end = event
        if not isinstance(end, RunFinished):
            raise OpenCodeError("The events ended before the run did.")
        _check(end)
        session = await self.session()
        last = next((m for m in reversed(session.messages) if m.role == "assistant"), None)
        return Response(last.text if last else "", session.id, end.reason, end.usage)

    async def chat_stream(self, text: str) -> AsyncGenerator[Chunk]:
        """Say something and get the answer in pieces as they come."""
        async with aclosing(self.run(text)) as events:
            async for event in events:
                match event:
                    case MessageChunk(delta=TextDelta(text=piece)):
                        yield Chunk(piece)
                    case MessageReset():
                        yield Chunk("", restarted=True)
                    case RunFinished():
                        _check(event)
                    case _:
                        pass

    async def run(self, text: str) -> AsyncGenerator[Event]:
        """Say something and get everything that happens in this conversation until the run is
        over; the last event is RunFinished. Who stops reading stops the run."""
        if not text.strip():
            raise UsageError("The prompt is empty.")
        door, session = self.door, (await self.session()).id
        is_over = False
        async with door.subscribe() as events:
            try:
                await door.prompt(session, text, model=self._model)
                async for event in _read(events):
                    if event.session == session:
                        is_over = isinstance(event, RunFinished)
                        yield event
                    if is_over:
                        return
            finally:
                if not is_over:
                    await door.cancel(session)

    async def execute_tool(self, name: str, args: dict[str, Any]) -> Result:
        """Run one tool through the same permissions as the model's calls."""
        session = await self.session()
        part = await self.door.tool(session.id, name, args)
        return Result(part.output, is_error=part.status != "completed")

    async def cancel(self) -> bool:
        """Stop the current conversation's run; False when there was none."""
        return await self.door.cancel((await self.session()).id)

    # Conversations

    async def session(self) -> Session:
        """The current one as it stands."""
        if not self._current:
            await self.new()
        return await self.door.session(self._current)

    async def sessions(self, query: str = "", limit: int = 0) -> list[SessionInfo]:
        """Those of this project, newest first; with a query, those that hold all its words."""
        return await self.door.sessions(query, limit)

    async def new(self, *, title: str = "", agent: str = "", model: str = "") -> Session:
        """Begin another one, which is then the current one."""
        made = await self.door.create(agent=agent or self._agent, model=model, title=title)
        self._current = made.id
        return made

    async def use(self, session: str) -> Session:
        """Go on with that one; any unique prefix of its id will do. SessionNotFound."""
        found = await self.door.session(session)
        self._current = found.id
        return found

    async def undo(self) -> Restored:
        """Take the last prompt back, with what it changed in files."""
        return await self.door.undo((await self.session()).id)

    async def redo(self) -> Restored:
        """Bring back what the last undo took."""
        return await self.door.redo((await self.session()).id)

    async def events(self) -> AsyncGenerator[Event]:
        """Everything that happens in the project, in every conversation, from now on."""
        async with self.door.subscribe() as events:
            async for event in _read(events):
                yield event

    @property
    def door(self) -> Door:
        """All that the faces of opencode can do; see `opencode.core.door`."""
        if self._door is None:
            raise UsageError("Not open.", hint="Use it as `async with OpenCode() as oc:`.")
        return self._door


async def _read(events: AsyncIterator[Numbered]) -> AsyncIterator[Event]:
    try:
        async for numbered in events:
            yield numbered.event
    except Lagged:
        raise OpenCodeError(
            "Events were lost: they were read too slowly.", hint="Do slow work in a task."
        ) from None


async def _answer(
    door: Workspace, events: AsyncIterator[Numbered], judge: Judge, group: asyncio.TaskGroup
) -> None:
    """Hand every question to the program's function. What that raises ends `async with`."""
    one_at_a_time = asyncio.Lock()

    async def hand_over(ask: Ask) -> None:
        async with one_at_a_time:
            if ask in await door.asks():
                await door.answer(ask.id, await _judged(judge, ask))

    async for numbered in events:
        if isinstance(numbered.event, AskRaised):
            group.create_task(hand_over(numbered.event.ask))


async def _judged(judge: Judge, ask: Ask) -> Reply:
    said: Any
    if inspect.iscoroutinefunction(judge) or inspect.iscoroutinefunction(type(judge).__call__):
        said = judge(ask)
    else:
        said = await asyncio.to_thread(judge, ask)
    word = cast("Reply | bool", await said if inspect.isawaitable(said) else said)
    if isinstance(word, Reply):
        return word
    return Reply("allow" if word else "reject")


def _check(end: RunFinished) -> None:
    """Raise what the run ended with as what it was."""
    if end.reason != "error":
        return
    if kind := ERRORS.get(end.code):
        raise kind(end.detail, hint=end.hint, status=end.status, retry_after=end.retry_after)
    raise OpenCodeError(end.detail, hint=end.hint)
