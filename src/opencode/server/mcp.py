"""FACE: our tools for other agents, as an MCP server; every call passes the gate as here."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

import opencode
from opencode.core.ask import Ask, Reply
from opencode.core.door import Door
from opencode.core.error import UsageError
from opencode.core.event import AskRaised
from opencode.core.message import ToolPart
from opencode.core.provider import ToolSpec
from opencode.core.tool import AnyTool

NOT_OFFERED = ("batch", "plan", "question", "skill", "task")
"""Tools that are about our own conversations and agents."""
_WORDS = (
    "Tools of opencode for the project it was started in. Risky calls ask the person through "
    "your elicitation where you have it, and are refused where you do not."
)
_CHOICES = ["once", "always here", "no"]

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
        self._opening = asyncio.Lock()
        self._one = asyncio.Lock()

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
    ) -> types.CallToolResult:
        if params.name not in {spec.name for spec in self._specs}:
            raise MCPError(types.INVALID_PARAMS, f"There is no tool {params.name!r}.")
        async with self._one:  # one after the other: the answers to questions cannot mix
            watching = asyncio.create_task(self._answer_asks(ctx))
            try:
                await asyncio.sleep(0)
                session = await self._own_session()
                part = await self._door.tool(session, params.name, params.arguments or {})
            finally:
                watching.cancel()
                await asyncio.wait([watching])
        return _result(part)

    async def _own_session(self) -> str:
        async with self._opening:
            if not self._session:
                session = await self._door.create(title="Calls by MCP clients")
                self._session = session.id
            return self._session

    async def _answer_asks(self, ctx: Context) -> None:
        async with self._door.subscribe() as events:
            async for numbered in events:
                if isinstance(event := numbered.event, AskRaised):
                    await self._door.answer(event.ask.id, await self._reply(ctx, event.ask))

    async def _reply(self, ctx: Context, ask: Ask) -> Reply:
        able = ctx.session.client_capabilities
        if able is None or able.elicitation is None or not ctx.session.can_send_request:
            return Reply("reject", reason=self._undecided)
        choices = _CHOICES if ask.rules else ["once", "no"]
        said = "\n".join([f"May {ask.tool} run this?", ask.text, *ask.reasons, *ask.warnings])
        field = {"type": "string", "title": "Allow it?", "enum": choices}
        schema = {"type": "object", "properties": {"allow": field}, "required": ["allow"]}
        try:
            found = await ctx.session.elicit_form(said, schema, ctx.request_id)
        except MCPError as error:
            return Reply("reject", reason=f"{self._undecided} ({error.message})")
        chosen = (found.content or {}).get("allow") if found.action == "accept" else "no"
        if chosen not in choices or chosen == "no":
            return Reply("reject", reason="They said no.")
        return Reply("allow", scope="project" if chosen == "always here" else "once")


async def serve_stdio(desk: Desk) -> None:
    """Serve the one who started us, until they close our stdin."""
    server = desk.server()
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


async def serve_http(
    desk: Desk, host: str, port: int, secret: str, ready: Callable[[str], None]
) -> None:
    """Serve over streamable HTTP at /mcp until cancelled; `ready` gets the address. Every request
    must carry `Authorization: Bearer secret`."""
    from uvicorn import Config  # noqa: PLC0415 - stdio, the usual way, does without it
    from uvicorn import Server as Uvicorn  # noqa: PLC0415

    from opencode.server.auth import Guard, Rules  # noqa: PLC0415

    app = Guard(desk.server().streamable_http_app(host=host), Rules(secret=secret))
    web = Uvicorn(Config(app, host=host, port=port, log_config=None, lifespan="on"))
    serving = asyncio.create_task(web.serve())
    try:
        while not web.started:
            await asyncio.wait([serving], timeout=0.05)
            if serving.done():
                raise UsageError(f"{host}:{port} cannot be served.", hint="Is the port taken?")
        address = web.servers[0].sockets[0].getsockname()
        ready(f"http://{host}:{address[1]}/mcp")
        await serving
    finally:
        web.should_exit = True
        with suppress(asyncio.CancelledError):
            await serving


def _result(part: ToolPart) -> types.CallToolResult:
    content: list[types.ContentBlock] = [types.TextContent(text=part.output)]
    content += [
        types.ImageContent(data=file.data, mime_type=file.mime)
        for file in part.files
        if file.mime.startswith("image/")
    ]
    return types.CallToolResult(content=content, is_error=part.status != "completed")
