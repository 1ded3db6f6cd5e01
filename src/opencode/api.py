"""The Python API: `async with OpenCode() as oc: print((await oc.chat("Hello!")).content)`."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Literal, Self

from msgspec import Struct, field

from opencode.core.ask import Ask, Reply
from opencode.core.delta import TextDelta, Usage
from opencode.core.error import OpenCodeError, UsageError
from opencode.core.event import AskRaised, MessageChunk, MessageReset, RunFinished
from opencode.core.session import Session
from opencode.workspace.joining import ONE_SHOT
from opencode.workspace.open import Opening, open_workspace
from opencode.workspace.workspace import Workspace

Permission = Literal["ask", "auto"] | Callable[[Ask], Awaitable[Reply]]
"""Who answers when a rule says ask: nobody ("ask": such calls are refused), everything that is not
denied is allowed ("auto"), or your function."""


class Response(Struct, frozen=True):
    """An answer: what the model said last, and what it took."""

    content: str
    session: str
    reason: str = "done"
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
    """One opened project and one conversation in it."""

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
        self._opening = Opening(
            Path(directory).expanduser().resolve(),
            profile=profile,
            model=model,
            on_ask="auto" if permission == "auto" else "deny" if permission == "ask" else "wait",
            servers_within=ONE_SHOT,
        )
        self._permission = permission
        self._agent = agent
        self._wanted = session
        self._model = ""
        self._keys: dict[str, str] = {}
        self._door: Workspace | None = None
        self._session: Session | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._door = await self._stack.enter_async_context(open_workspace(self._opening))
        for provider, key in self._keys.items():
            self._door.use_key(provider, key)
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._door = None
        await self._stack.aclose()

    def set_provider(self, name: str, *, api_key: str = "", model: str = "") -> None:
        """Let this provider answer from the next prompt on. The key is kept in memory only."""
        if api_key:
            self._keys[name] = api_key
            if self._door:
                self._door.use_key(name, api_key)
        self._model = f"{name}/{model}" if model else name

    async def chat(self, text: str) -> Response:
        """Say something and wait for the end of the run. OpenCodeError when it failed."""
        async for _ in self._run(text):
            pass
        session = await self.session()
        last = next((m for m in reversed(session.messages) if m.role == "assistant"), None)
        return Response(last.text if last else "", session.id, self._end.reason, self._end.usage)

    def chat_stream(self, text: str) -> AsyncIterator[Chunk]:
        """Say something and get the answer in pieces as they come."""
        return self._run(text)

    async def execute_tool(self, name: str, args: dict[str, Any]) -> Result:
        """Run one tool through the same permissions as the model's calls."""
        session = await self.session()
        part = await self._opened().tool(session.id, name, args)
        return Result(part.output, part.status != "completed")

    async def session(self) -> Session:
        """The conversation as it stands."""
        door = self._opened()
        if self._session is None:
            self._session = (
                await door.session(self._wanted)
                if self._wanted
                else await door.create(agent=self._agent)
            )
        return await door.session(self._session.id)

    async def _run(self, text: str) -> AsyncIterator[Chunk]:
        door, session = self._opened(), await self.session()
        async with door.subscribe() as events:
            await door.prompt(session.id, text, model=self._model)
            async for numbered in events:
                match numbered.event:
                    case MessageChunk(session=of, delta=TextDelta(text=piece)) if of == session.id:
                        yield Chunk(piece)
                    case MessageReset(session=of) if of == session.id:
                        yield Chunk("", restarted=True)
                    case AskRaised(ask=ask) if callable(self._permission):
                        await door.answer(ask.id, await self._permission(ask))
                    case RunFinished(session=of) as end if of == session.id:
                        self._end = end
                        if end.reason == "error":
                            raise OpenCodeError(end.detail, hint=end.hint)
                        return
                    case _:
                        pass

    def _opened(self) -> Workspace:
        if self._door is None:
            raise UsageError("Not open.", hint="Use it as `async with OpenCode() as oc:`.")
        return self._door
