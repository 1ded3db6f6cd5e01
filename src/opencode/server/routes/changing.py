"""Settings changed over HTTP: written to the person's own file."""

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import msgspec

from opencode.config import edit, paths
from opencode.core.error import UsageError
from opencode.server.route import Call, Route
from opencode.server.routes.settings import config
from opencode.server.stream.frame import Frame


async def change(call: Call) -> dict[str, Any]:
    """Set every key of the body for good, and take out those that are null. What is as it stands
    is no change, so that a client may send all it read. The model counts from the next session
    on, all else from the next start on. UsageError, and nothing is written, when a key or a value
    is wrong."""
    wanted = msgspec.json.decode(await call.request.body() or b"{}")
    if not isinstance(wanted, dict):
        raise UsageError("Send an object of settings.")
    standing = dict(_leaves(await config(call), ()))
    changes = [
        (keys, value if value is None else edit.typed(keys, msgspec.json.encode(value).decode()))
        for keys, value in _leaves(cast("dict[str, Any]", wanted), ())
        if keys == _MODEL or value != standing.get(keys, _NOT_THERE)
    ]
    door = call.state.door
    model = next((value for keys, value in changes if keys == _MODEL and value), "")
    chosen = (await door.rooms.provider.info(model)).id if model else door.model
    await asyncio.to_thread(_write, changes)
    door.model = chosen
    call.state.feed.publish(Frame("server.settings.changed", {}))
    return await config(call)


def _leaves(table: dict[str, Any], above: tuple[str, ...]) -> Iterator[tuple[edit.Keys, Any]]:
    for key, value in table.items():
        keys = (*above, key)
        if isinstance(value, dict) and value:
            yield from _leaves(cast("dict[str, Any]", value), keys)
        elif key != "$schema":
            yield keys, value


def _write(changes: list[tuple[edit.Keys, Any]]) -> None:
    target = edit.file_to_edit(paths.config_dir())
    for keys, value in changes:
        if value is None:
            edit.unset(target, keys)
        else:
            edit.set_value(target, keys, value)


_MODEL = ("model",)
_NOT_THERE = object()
ROUTES = (
    Route("PATCH", "/config", change, "Set keys for good."),
    Route("GET", "/global/config", config, "The settings in effect, without keys."),
    Route("PATCH", "/global/config", change, "Set keys for good."),
    Route("POST", "/api/config", change, "Set keys for good."),
)
