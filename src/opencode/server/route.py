"""What a route is: a row of a table from which the app, the checklist and OpenAPI are made."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from opencode.core.error import SessionNotFound
from opencode.server.protocol import older
from opencode.server.state import State


@dataclass(frozen=True)
class Call:
    """One request: what the path, the query and the body said."""

    state: State
    request: Request
    path: dict[str, str]
    query: QueryParams
    body: Any = None

    @property
    def session(self) -> str:
        """The session the path names. SessionNotFound unless it is spelled as ids are."""
        name = self.path["sessionID"]
        if not name.replace("_", "").replace("-", "").isalnum() or not name.isascii():
            raise SessionNotFound(f"No session goes by {name!r}.")
        return name

    def number(self, name: str, default: int) -> int:
        """A whole number of the query. ValidationError when it is none."""
        text = self.query.get(name, "")
        return msgspec.convert(text, int, strict=False) if text else default


@dataclass(frozen=True)
class Route:
    """Method, path, function, and what goes in and comes out."""

    method: str
    path: str
    run: Callable[[Call], Awaitable[Any]]
    about: str
    body: Any = None
    """The Struct a body must fit; None reads none."""
    answer: Any = Any
    """What the function returns; a Response goes out as it is."""
    query: tuple[str, ...] = ()
    """Names in the query; those with `*` must be there."""


@dataclass(frozen=True)
class Socket:
    """A WebSocket."""

    path: str
    run: Callable[[State, WebSocket], Awaitable[None]]
    about: str


async def answer(route: Route, state: State, request: Request) -> Response:
    """Read the request, call the function, write what it returns."""
    call = Call(state, request, dict(request.path_params), request.query_params)
    state.require_here(call.query.get("directory") or request.headers.get("x-opencode-directory"))
    for name in route.query:
        if name.startswith("*") and name[1:] not in call.query:
            raise msgspec.ValidationError(f"the query lacks `{name[1:]}`")
    if route.body is not None:
        call = Call(state, request, call.path, call.query, await _body(request, route.body))
    result = await route.run(call)
    return older.for_reader(request, result if isinstance(result, Response) else json(result))


def json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Plain data and Structs as JSON."""
    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")


async def _body(request: Request, kind: Any) -> Any:
    """The body as that Struct: nulls are absent, snake_case names are as good as the protocol's."""
    raw = await request.body()
    found: Any = msgspec.json.decode(raw) if raw.strip() else {}
    if not isinstance(found, dict):
        raise msgspec.ValidationError("Expected an object")
    names = {_snake(name): name for name in kind.__struct_encode_fields__}
    entries = cast("dict[str, Any]", found)
    given = {names.get(key, key): value for key, value in entries.items() if value is not None}
    return msgspec.convert(given, kind)


def _snake(name: str) -> str:
    """`providerID` → `provider_id`."""
    plain = name.replace("ID", "Id")
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in plain).lstrip("_")
