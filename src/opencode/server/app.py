"""The app: a guard, what lies in routes/, and the feed of events for as long as it lives."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.routing import Route as Path
from starlette.websockets import WebSocket

import opencode.server.routes
from opencode.core.error import OpenCodeError
from opencode.server import errors, openapi
from opencode.server.access.auth import Guard, Rules
from opencode.server.control import Steer
from opencode.server.openai.completion import Completions
from opencode.server.route import Route, Socket, answer
from opencode.server.state import State
from opencode.server.stream.watching import watch
from opencode.workspace.workspace import Workspace

OPENAI = ("openai", "openapi")
"""The files of the OpenAI-compatible server."""


def create_app(
    door: Workspace,
    rules: Rules | None = None,
    completions: Completions | None = None,
    only: Iterable[str] | None = None,
    base: str = "",
    steer: Steer | None = None,
) -> Starlette:
    """The server of one opened project. `only` names the files of routes/ that are served; all
    but the OpenAI-compatible ones when it is None and no `completions` are given. `base` is the
    address people reach it by, `steer` the terminal of this very process."""
    routes, sockets = table(only or _names(openai=completions is not None))
    rules = rules or Rules()
    state = State(door, completions, lambda: openapi.document(routes), base, steer, rules.tickets)

    @asynccontextmanager
    async def living(_: Starlette) -> AsyncGenerator[None]:
        ready = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            feeding = group.create_task(state.feed.run(ready))
            await ready.wait()
            watching = group.create_task(watch(state.feed, door.rooms.place.cwd))
            state.live(group)
            yield
            await state.close()
            state.feed.close()
            watching.cancel()
            feeding.cancel()

    app = Starlette(
        routes=[*_mounted(routes, state), *(_socket(one, state) for one in sockets)],
        lifespan=living,
        middleware=[Middleware(Guard, rules=rules)],
        exception_handlers={
            HTTPException: errors.on_http,
            OpenCodeError: errors.on_ours,
            msgspec.MsgspecError: errors.on_bad_input,
            RecursionError: errors.on_bad_input,
            UnicodeError: errors.on_bad_input,
            OverflowError: errors.on_bad_input,
            ClientDisconnect: errors.on_gone,
            OSError: errors.on_files,
            Exception: errors.on_bug,
        },
    )
    app.state.feed = state.feed
    return app


def table(names: Iterable[str]) -> tuple[list[Route], list[Socket]]:
    """The rows of these files."""
    modules = [import_module(f"opencode.server.routes.{name}") for name in names]
    routes = [row for module in modules for row in getattr(module, "ROUTES", ())]
    return routes, [row for module in modules for row in getattr(module, "SOCKETS", ())]


def _names(*, openai: bool) -> list[str]:
    names = sorted(module.name for module in iter_modules(opencode.server.routes.__path__))
    return [name for name in names if openai or name != "openai"]


def _mounted(routes: Sequence[Route], state: State) -> list[BaseRoute]:
    """Rows of one path share an endpoint, so that a wrong method is 405. Paths without a
    parameter come first."""
    by_path: dict[str, dict[str, Route]] = {}
    for row in sorted(routes, key=lambda row: ("{" in row.path, ":path" in row.path)):
        by_path.setdefault(row.path, {})[row.method] = row
    return [
        Path(path, _endpoint(rows, state), methods=[*rows], include_in_schema=False)
        for path, rows in by_path.items()
    ]


def _endpoint(rows: dict[str, Route], state: State) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await answer(rows[method], state, request)

    return endpoint


def _socket(row: Socket, state: State) -> WebSocketRoute:
    async def endpoint(socket: WebSocket) -> None:
        await row.run(state, socket)

    return WebSocketRoute(row.path, endpoint)
