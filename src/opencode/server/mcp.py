"""FACE: our tools for other agents, as an MCP server; every call passes the gate as here."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from secrets import token_urlsafe
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

import opencode
from opencode.core.ask import Ask, Reply
from opencode.core.door import Door
from opencode.core.event import AskRaised, Numbered
from opencode.core.message import ToolPart
from opencode.core.provider import ToolSpec
from opencode.core.tool import AnyTool

NOT_OFFERED = ("batch", "plan", "question", "skill", "task")
"""Tools that are about our own conversations and agents."""
_WORDS = (
    "Tools of opencode for the project it was started in. Risky calls ask the person through "
    "your elicitation where you have it, and are refused where you do not."
)
_KEY = "allow"
_PATIENCE = 300.0
"""Seconds a client may take to come back with an answer."""

Context = ServerRequestContext[Any, Any]


class Desk:
    """Answers one server's clients. All calls belong to one session, so that `opencode session
    undo` can take back what they changed."""

    def __init__(self, door: Door, tools: Mapping[str, AnyTool], undecided: str) -> None:
        self._door = door
        self._specs = [tools[name].spec() for name in sorted(tools) if name not in NOT_OFFERED]
        self._quiet = {n for n, tool in tools.items() if not type(tool).effects}
        self._undecided = undecided
        """What a client without elicitation is told: how to allow the call beforehand."""
        self._session = ""
        self._one = asyncio.Lock()
        self._waiting: dict[str, tuple[_Call, Ask, asyncio.Task[None]]] = {}

    def server(self) -> Server[Any]:
        """The protocol's side of it."""
        return Server(
            "opencode",
            version=str(opencode.__version__),
            title="opencode",
            instructions=_WORDS,
            on_list_tools=self._list,
            on_call_tool=self._call,
        )

    async def _list(
        self, ctx: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        del ctx, params
        return types.ListToolsResult(tools=[self._tool(spec) for spec in self._specs])

    def _tool(self, spec: ToolSpec) -> types.Tool:
        hints = types.ToolAnnotations(read_only_hint=spec.name in self._quiet)
        return types.Tool(
            name=spec.name,
            description=spec.description,
            input_schema={"type": "object", **spec.schema},
            annotations=hints,
        )

    async def _call(
        self, ctx: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        if params.request_state is not None:
            call, ask = await self._taken_up(params.request_state)
            await self._door.answer(ask.id, _reply((params.input_responses or {}).get(_KEY), ask))
        else:
            if params.name not in {spec.name for spec in self._specs}:
                raise MCPError(types.INVALID_PARAMS, f"There is no tool {params.name!r}.")
            await self._one.acquire()  # one after the other: whose question it is must be clear
            call = _Call(self._door, self._own_session, params.name, params.arguments or {})
            call.task.add_done_callback(lambda _: self._one.release())
        try:
            return await self._go_on(ctx, call)
        except asyncio.CancelledError:
            call.task.cancel()
            raise

    async def _go_on(
        self, ctx: Context, call: "_Call"
    ) -> types.CallToolResult | types.InputRequiredResult:
        """Until the call has its result, or a question went to a client of the newer protocol,
        which answers by calling again."""
        unheard = False
        while ask := await call.question():
            able = ctx.session.client_capabilities
            if able is None or able.elicitation is None:
                reply, unheard = Reply("reject"), True
            elif ctx.session.can_send_request:
                reply = await self._elicited(ctx, ask)
            else:
                return self._parked(call, ask)
            await self._door.answer(ask.id, reply)
        part = call.task.result()
        if unheard and part.status == "denied":
            part.output = f"Refused: this needs a person's permission. {self._undecided}"
        return _result(part)

    async def _elicited(self, ctx: Context, ask: Ask) -> Reply:
        form = _form(ask)
        try:
            found = await ctx.session.elicit_form(
                form.message, form.requested_schema, ctx.request_id
            )
        except MCPError as error:
            return Reply("reject", reason=f"{self._undecided} ({error.message})")
        return _reply(found, ask)

    def _parked(self, call: "_Call", ask: Ask) -> types.InputRequiredResult:
        state = token_urlsafe(24)
        self._waiting[state] = (call, ask, asyncio.create_task(self._expire(state)))
        request = types.ElicitRequest(params=_form(ask))
        return types.InputRequiredResult(input_requests={_KEY: request}, request_state=state)

    async def _taken_up(self, state: str) -> tuple["_Call", Ask]:
        found = self._waiting.pop(state, None)
        if found is None:
            raise MCPError(types.INVALID_PARAMS, "That question is over; call the tool again.")
        call, ask, timer = found
        timer.cancel()
        return call, ask

    async def _expire(self, state: str) -> None:
        """A question nobody comes back to must not hold up all other calls."""
        await asyncio.sleep(_PATIENCE)
        _, ask, _ = self._waiting.pop(state)
        await self._door.answer(ask.id, Reply("reject", reason="Nobody answered in time."))

    async def close(self) -> None:
        """End what still waits for somebody."""
        left = [task for call, _, timer in self._waiting.values() for task in (call.task, timer)]
        self._waiting.clear()
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)

    async def _own_session(self) -> str:
        if not self._session:
            self._session = (await self._door.create(title="Calls by MCP clients")).id
        return self._session


class _Call:
    """One call of a tool, and the questions that come up in it."""

    def __init__(
        self,
        door: Door,
        session: Callable[[], Awaitable[str]],
        tool: str,
        arguments: dict[str, Any],
    ) -> None:
        self._asks: asyncio.Queue[Ask] = asyncio.Queue()
        self.task = asyncio.create_task(self._run(door, session, tool, arguments))

    async def question(self) -> Ask | None:
        """The next question; None when the call is over."""
        asking = asyncio.create_task(self._asks.get())
        try:
            await asyncio.wait([asking, self.task], return_when=asyncio.FIRST_COMPLETED)
            return asking.result() if asking.done() else None
        finally:
            asking.cancel()

    async def _run(
        self,
        door: Door,
        session: Callable[[], Awaitable[str]],
        tool: str,
        arguments: dict[str, Any],
    ) -> ToolPart:
        async with door.subscribe() as events:
            listening = asyncio.create_task(self._listen(events))
            try:
                return await door.tool(await session(), tool, arguments)
            finally:
                listening.cancel()
                await asyncio.wait([listening])

    async def _listen(self, events: AsyncIterator[Numbered]) -> None:
        async for numbered in events:
            if isinstance(event := numbered.event, AskRaised):
                self._asks.put_nowait(event.ask)


def _form(ask: Ask) -> types.ElicitRequestFormParams:
    said = [f"May {ask.tool} run this?", ask.text, *ask.reasons, *ask.warnings]
    field = {"type": "string", "title": "Allow it?", "enum": _choices(ask)}
    schema = {"type": "object", "properties": {"allow": field}, "required": ["allow"]}
    return types.ElicitRequestFormParams(message="\n".join(said), requested_schema=schema)


def _choices(ask: Ask) -> list[str]:
    return ["once", "always here", "no"] if ask.rules else ["once", "no"]


def _reply(found: types.InputResponse | None, ask: Ask) -> Reply:
    if not isinstance(found, types.ElicitResult) or found.action != "accept":
        return Reply("reject", reason="They said no.")
    chosen = (found.content or {}).get("allow")
    if chosen not in _choices(ask) or chosen == "no":
        return Reply("reject", reason="They said no.")
    return Reply("allow", scope="project" if chosen == "always here" else "once")


async def serve_stdio(desk: Desk) -> None:
    """Serve the one who started us, until they close our stdin."""
    server = desk.server()
    try:
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())
    finally:
        await desk.close()


async def serve_http(
    desk: Desk, host: str, port: int, secret: str, ready: Callable[[str], None]
) -> None:
    """Serve over streamable HTTP at /mcp until cancelled; `ready` gets the address. Every request
    must carry `Authorization: Bearer secret`."""
    from uvicorn import Config  # noqa: PLC0415 - stdio, the usual way, does without it
    from uvicorn import Server as Uvicorn  # noqa: PLC0415

    from opencode.server.access.auth import Guard, Rules  # noqa: PLC0415
    from opencode.server.listen import address, bind  # noqa: PLC0415

    listener = bind(host, port, usual=0)
    app = Guard(desk.server().streamable_http_app(host=host), Rules(secret=secret))
    web = Uvicorn(Config(app, log_config=None, lifespan="on"))
    serving = asyncio.create_task(web.serve(sockets=[listener]))
    try:
        ready(f"{address(listener)}/mcp")  # who comes at once waits in the listener's line
        await serving
    finally:
        await desk.close()
        web.should_exit = True
        with suppress(asyncio.CancelledError):
            await serving
        listener.close()


def _result(part: ToolPart) -> types.CallToolResult:
    content: list[types.ContentBlock] = [types.TextContent(text=part.output)]
    content += [
        types.ImageContent(data=file.data, mime_type=file.mime)
        for file in part.files
        if file.mime.startswith("image/")
    ]
    return types.CallToolResult(content=content, is_error=part.status != "completed")
