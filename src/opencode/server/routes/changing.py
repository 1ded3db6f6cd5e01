"""Settings changed over HTTP: written to the person's own file."""

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import msgspec

from opencode.config import edit, paths
from opencode.core.error import UsageError
from opencode.server.frame import Frame
from opencode.server.route import Call, Route
from opencode.server.routes.settings import config


async def change(call: Call) -> dict[str, Any]:
    """Set every key of the body for good. The model counts from the next session on, all else
    from the next start on. UsageError, and nothing is written, when a key or a value is wrong."""
    wanted = msgspec.json.decode(await call.request.body() or b"{}")
    if not isinstance(wanted, dict):
        raise UsageError("Send an object of settings.")
    changes = [*_leaves(cast("dict[str, Any]", wanted), ())]
    await asyncio.to_thread(_write, changes)
    for keys, value in changes:
        if keys == ("model",):
            call.state.door.model = (await call.state.door.rooms.provider.info(value)).id
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
    for keys, value in changes:
        edit.typed(keys, msgspec.json.encode(value).decode())
    target = edit.file_to_edit(paths.config_dir())
    for keys, value in changes:
        edit.set_value(target, keys, value)


ROUTES = (
    Route("PATCH", "/config", change, "Set keys for good."),
    Route("GET", "/global/config", config, "The settings in effect, without keys."),
    Route("PATCH", "/global/config", change, "Set keys for good."),
    Route("POST", "/api/config", change, "Set keys for good."),
)
