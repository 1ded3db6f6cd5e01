"""Our own door over HTTP, for terminals elsewhere: a method's name in the path, its arguments by
name in the body, our nouns in the answer. Events come on `/web/events`."""

import inspect
from functools import cache
from typing import Any, get_type_hints

import msgspec
from starlette.responses import Response

from opencode.core.door import Door
from opencode.core.error import OpenCodeError
from opencode.server.across import at_home
from opencode.server.errors import NotThere, protocol_error, status_of
from opencode.server.route import Call, Route, json
from opencode.workspace.workspace import Workspace


async def call(call: Call) -> Response:
    """Call it, and encode what it returns before anything else can change that."""
    name = call.path["method"]
    kind = _arguments(name)
    if kind is None:
        raise NotThere(f"The door has no method {name!r}.")
    given = msgspec.json.decode(await call.request.body() or b"{}", type=kind)
    arguments = {field: getattr(given, field) for field in kind.__struct_fields__}

    async def done(door: Workspace) -> tuple[bytes, str]:
        found = msgspec.json.encode(await getattr(door, name)(**arguments))
        return found, f"{door.rooms.bus.epoch}-{door.rooms.bus.n}"

    try:
        found, mark = await at_home(call.state.door, done)
        headers = {"x-opencode-after": mark}
        return Response(found, headers=headers, media_type="application/json")
    except OpenCodeError as error:
        told = protocol_error(status_of(error)[0], error.message, error.code, {"hint": error.hint})
        return json(told, status_of(error)[0])


@cache
def _arguments(name: str) -> type[msgspec.Struct] | None:
    """The method's parameters; None for what is no method of the door."""
    method = getattr(Door, name, None)
    if name.startswith("_") or not inspect.iscoroutinefunction(method):
        return None
    hints: dict[str, Any] = get_type_hints(method)
    fields: list[Any] = [
        (one.name, hints[one.name])
        if one.default is one.empty
        else (one.name, hints[one.name], one.default)
        for one in list(inspect.signature(method).parameters.values())[1:]
    ]
    return msgspec.defstruct(name, fields, kw_only=True, forbid_unknown_fields=True)


ROUTES = (
    Route(
        "POST", "/door/{method}", call, "A method of our own door, by its name.", answer=Response
    ),
)
