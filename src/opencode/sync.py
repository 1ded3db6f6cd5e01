"""The Python API for scripts without `async`: `with OpenCode() as oc: print(oc.chat("Hello!"))`."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Self, TypeVar

from opencode import api
from opencode.api import Chunk, Given, Permission, Response, Result
from opencode.core.door import Door, Restored
from opencode.core.error import UsageError
from opencode.core.event import Event
from opencode.core.session import Session, SessionInfo

T = TypeVar("T")


class OpenCode:
    """The same project and conversations as `opencode.OpenCode`, each call waited for. What needs
    a loop runs in a thread of its own; Ctrl-C ends the call and what it began."""

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
        """See `opencode.OpenCode`."""
        self._api = api.OpenCode(
            directory,
            model=model,
            agent=agent,
            session=session,
            permission=permission,
            profile=profile,
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._ended: Future[None] = Future()

    def __enter__(self) -> Self:
        begun: Future[None] = Future()
        self._thread = threading.Thread(target=self._live, args=(begun,), name="opencode")
        self._thread.start()
        begun.result()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._loop and self._over and not self._ended.done():
            self._loop.call_soon_threadsafe(self._over.set)
        if self._thread:
            self._thread.join()
        self._loop = None
        self._ended.result()

    def _live(self, begun: "Future[None]") -> None:
        try:
            asyncio.run(self._open(begun))
        except BaseException as error:  # noqa: BLE001 - told to the caller's thread
            told = self._ended if begun.done() else begun
            told.set_exception(error)
        if not self._ended.done():
            self._ended.set_result(None)

    async def _open(self, begun: "Future[None]") -> None:
        async with self._api:
            self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
            begun.set_result(None)
            await self._over.wait()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None or self._ended.done():
            work.close()
            raise UsageError("Not open.", hint="Use it as `with OpenCode() as oc:`.")
        going = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return going.result()
        finally:
            going.cancel()

    def _each(self, items: AsyncGenerator[T]) -> Iterator[T]:
        async def following() -> list[T]:
            async for item in items:
                return [item]
            return []

        try:
            while found := self._wait(following()):
                yield found[0]
        finally:
            self._wait(items.aclose())

    def set_provider(self, name: str, *, api_key: str = "", model: str = "") -> None:
        """Let this provider answer from the next prompt on. The key is kept in memory only."""
        self._api.set_provider(name, api_key=api_key, model=model)

    def tool(self, given: Given) -> Given:
        """Give models a tool, before `with`: a typed function with a docstring, or a Tool."""
        return self._api.tool(given)

    def chat(self, text: str) -> Response:
        """Say something and wait for the end of the run. OpenCodeError when it failed."""
        return self._wait(self._api.chat(text))

    def chat_stream(self, text: str) -> Iterator[Chunk]:
        """Say something and get the answer in pieces as they come."""
        return self._each(self._api.chat_stream(text))

    def run(self, text: str) -> Iterator[Event]:
        """Say something and get everything that happens until the run is over."""
        return self._each(self._api.run(text))

    def execute_tool(self, name: str, args: dict[str, Any]) -> Result:
        """Run one tool through the same permissions as the model's calls."""
        return self._wait(self._api.execute_tool(name, args))

    def cancel(self) -> bool:
        """Stop the current conversation's run; False when there was none."""
        return self._wait(self._api.cancel())

    def session(self) -> Session:
        """The current conversation as it stands."""
        return self._wait(self._api.session())

    def sessions(self, query: str = "", limit: int = 0) -> list[SessionInfo]:
        """Those of this project, newest first."""
        return self._wait(self._api.sessions(query, limit))

    def new(self, *, title: str = "", agent: str = "", model: str = "") -> Session:
        """Begin another conversation, which is then the current one."""
        return self._wait(self._api.new(title=title, agent=agent, model=model))

    def use(self, session: str) -> Session:
        """Go on with that one; any unique prefix of its id will do."""
        return self._wait(self._api.use(session))

    def undo(self) -> Restored:
        """Take the last prompt back, with what it changed in files."""
        return self._wait(self._api.undo())

    def redo(self) -> Restored:
        """Bring back what the last undo took."""
        return self._wait(self._api.redo())

    def ask_door(self, call: Callable[[Door], Coroutine[Any, Any, T]]) -> T:
        """Anything else: `oc.ask_door(lambda door: door.models())`."""
        return self._wait(call(self._api.door))
