"""A connection to one server by the mcp library: what it offers, calls, questions back to us."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import anyio
import httpx2
import mcp_types as types
from mcp import Client, MCPError
from mcp.client._transport import TransportStreams
from mcp.client.session import ClientRequestContext, IncomingMessage
from pydantic import FileUrl, ValidationError

import opencode
from opencode.core.error import OpenCodeError, ServerStartError, ToolError
from opencode.core.message import Part
from opencode.core.tool import ToolContext, ToolResult
from opencode.mcp.asking import Calls
from opencode.mcp.bearer import Bearer
from opencode.mcp.content import parts_of, prompt_text, result_of
from opencode.mcp.entry import Entry, tried_by
from opencode.mcp.http import bearer_of, http_streams
from opencode.mcp.listing import told_by
from opencode.mcp.nouns import LoginNeeded, Told
from opencode.mcp.stdio import Child, child_streams
from opencode.mcp.watching import Watched, updated

log = logging.getLogger(__name__)

Failure = (MCPError, httpx2.HTTPError, OSError, ValidationError, anyio.ClosedResourceError)
_READ = 30.0
"""Seconds for a resource or a prompt."""


@asynccontextmanager
async def connect(entry: Entry, root: Path, changed: Callable[[], None]) -> AsyncGenerator["Link"]:
    """See Opener."""
    bearer = None if entry.kind == "stdio" else bearer_of(entry)
    link = Link(entry, root, changed, bearer)
    kinds = [entry.kind] if entry.kind else ["http", "sse"]
    for kind in kinds:
        opened = False
        try:
            streams = (
                child_streams(entry, root, link.child)
                if kind == "stdio"
                else http_streams(entry, kind, bearer)
            )
            async with link.over(_Transport(streams)):
                opened = True
                yield link
                return
        except (*Failure, TimeoutError, ExceptionGroup) as error:
            if opened:
                log.info("connection to %s ended: %s", entry.name, reason_of(error))
                return
            if bearer is not None and bearer.refused:
                raise LoginNeeded(
                    f"MCP server {entry.name} wants a login.",
                    hint=f"Log in: opencode mcp auth {entry.name}",
                ) from None
            if kind == kinds[-1]:
                raise _not_started(entry, link.why_not(error)) from None


class _Transport:
    """Our streams, as the library's Client wants to enter them."""

    def __init__(self, streams: Any) -> None:
        self._streams = streams

    async def __aenter__(self) -> TransportStreams:
        return await self._streams.__aenter__()

    async def __aexit__(self, *reason: Any) -> bool | None:
        return await self._streams.__aexit__(*reason)


class Link:
    """Implements `nouns.Connection`."""

    def __init__(
        self, entry: Entry, root: Path, changed: Callable[[], None], bearer: Bearer | None
    ) -> None:
        self.told = Told()
        self.child = Child(self._lose)
        self._entry, self._root, self._changed = entry, root, changed
        self._bearer = bearer
        self._calls = Calls(entry.name)
        self._watched = Watched()
        self._news = asyncio.Event()
        self._why = ""
        self._client: Client

    @asynccontextmanager
    async def over(self, transport: _Transport) -> AsyncGenerator[None]:
        """Shake hands, read what there is, and attend to changes until the block ends."""
        client = self._client = Client(
            transport,
            client_info=types.Implementation(name="opencode", version=str(opencode.__version__)),
            message_handler=self._heard,
            elicitation_callback=self._calls.elicit,
            sampling_callback=self._calls.sample,
            list_roots_callback=self._roots,
            cache=None,
        )
        with anyio.move_on_after(self._entry.startup_timeout) as clock:
            async with client:
                self.told = await told_by(client)
                clock.deadline = float("inf")
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._listen)
                    tasks.start_soon(self._watched.run, client, Failure)
                    yield
                    tasks.cancel_scope.cancel()
        if clock.cancelled_caught:
            raise TimeoutError(f"it said nothing for {self._entry.startup_timeout:g} s")

    async def lost(self) -> str:
        """See Connection. What changed meanwhile is read again here, by the owner's task."""
        while not self._why:
            await self._news.wait()
            self._news.clear()
            if self._why:
                break
            try:
                async with asyncio.timeout(self._entry.startup_timeout):
                    self.told = await told_by(self._client)
            except (*Failure, TimeoutError) as error:
                return self._why or reason_of(error)
            self._changed()
        return self._why

    async def call(self, tool: str, arguments: dict[str, Any], ctx: ToolContext) -> ToolResult:
        """See Connection."""
        name, patience = self._entry.name, self._entry.timeout
        with anyio.move_on_after(patience) as clock, self._calls.one(ctx, clock, patience) as heard:
            try:
                found = await self._client.call_tool(tool, arguments, progress_callback=heard)
            except Failure as error:
                raise self._failed(error) from None
            except RuntimeError as error:  # the library's word for a result off its own schema
                raise ToolError(f"{name} answered outside of its own schema: {error}") from None
            return result_of(found, tool, ctx)
        raise ToolError(
            f"MCP server {name} said nothing for {patience:g} s; the call was cancelled.",
            hint=f"Set `timeout` in [mcp.servers.{name}] for slow tools.",
        )

    async def read(self, uri: str) -> list[Part]:
        """See Connection."""
        try:
            with anyio.fail_after(_READ):
                found = await self._client.read_resource(uri)
        except (*Failure, TimeoutError) as error:
            raise self._failed(error) from None
        self._watched.want(uri)
        return parts_of(found.contents, self._entry.name)

    @property
    def changed(self) -> dict[str, float]:
        """See Connection."""
        return self._watched.changed

    async def prompt(self, name: str, arguments: dict[str, str]) -> str:
        """See Connection."""
        try:
            with anyio.fail_after(_READ):
                found = await self._client.get_prompt(name, arguments)
        except (*Failure, TimeoutError) as error:
            raise self._failed(error) from None
        return prompt_text(found.messages)

    def _failed(self, error: BaseException) -> OpenCodeError:
        """The error to raise; a broken connection is given up, so that it is opened anew."""
        gone = not isinstance(error, MCPError | TimeoutError | ValidationError)
        ended = isinstance(error, MCPError) and (
            error.code == types.CONNECTION_CLOSED or "Session terminated" in error.message
        )
        why = self._why or reason_of(error)
        if self._bearer and self._bearer.refused:
            self._lose("its login is over")
            return ToolError(
                f"MCP server {self._entry.name} wants a login; nothing was done. The person can "
                f"log in: opencode mcp auth {self._entry.name}"
            )
        if gone or ended:
            self._lose(why)
            return ToolError(
                f"MCP server {self._entry.name} was lost during the call: {why}. It is started "
                "again; whether the call took effect is not known."
            )
        return ToolError(f"MCP server {self._entry.name}: {why}")

    def why_not(self, error: BaseException) -> str:
        """Why it did not start: what is known of its end, else what went wrong with us."""
        return self._why or self.child.why(reason_of(error))

    def _lose(self, why: str) -> None:
        self._why = self._why or why
        self._news.set()

    async def _heard(self, message: IncomingMessage) -> None:
        match message:
            case (
                types.ToolListChangedNotification()
                | types.PromptListChangedNotification()
                | types.ResourceListChangedNotification()
            ):
                self._news.set()
            case _ if uri := updated(message):
                self._watched.note(uri)
            case _:
                pass

    async def _listen(self) -> None:
        """Servers of the newer protocol tell of changes on a stream that is asked for."""
        try:
            async with self._client.listen(
                tools_list_changed=True, prompts_list_changed=True, resources_list_changed=True
            ) as changes:
                async for _ in changes:
                    self._news.set()
        except (*Failure, RuntimeError, TimeoutError) as error:
            log.debug("%s tells of no changes: %s", self._entry.name, error)

    async def _roots(self, context: ClientRequestContext) -> types.ListRootsResult:
        del context
        root = types.Root(uri=FileUrl(self._root.as_uri()), name=self._root.name)
        return types.ListRootsResult(roots=[root])


def reason_of(error: BaseException) -> str:
    """The innermost cause in a few words."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    if isinstance(error, httpx2.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    return str(error).strip() or type(error).__name__


def _not_started(entry: Entry, why: str) -> ServerStartError:
    return ServerStartError(
        f"MCP server {entry.name} failed to connect: {why} (tried: {entry.how}).",
        hint=tried_by(entry.name),
    )
