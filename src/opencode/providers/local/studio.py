"""LM Studio by itself loads a model with a few thousand tokens: we ask for room for the tools."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

from opencode.core.error import ToolError
from opencode.host.http import call_api

_LONGEST = 300.0
"""Seconds a large model may take from a slow disk."""
_log = logging.getLogger("opencode.providers")

Table = dict[str, Any]
Post = Callable[[str, Table], Awaitable[Any]]


async def load(root: str, key: str, name: str, window: int) -> None:
    """Load `name` with that window, instead of what is loaded of it now. What it was loaded with
    comes back where there is no memory for more; nothing is raised, the request goes on."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    call = partial(call_api, headers=headers, seconds=_LONGEST)

    async def post(what: str, body: Table) -> Any:
        return await call("POST", f"{root}/api/v1/models/{what}", body=body)

    try:
        told = await call("GET", f"{root}/api/v1/models")
        held = _loaded(told, name)
        for instance in held:
            await post("unload", {"instance_id": instance["id"]})
        await _load_or_back(post, name, window, held)
    except (ToolError, LookupError, TypeError, ValueError) as error:
        _log.warning("LM Studio did not load %s with %d tokens: %s", name, window, error)


async def _load_or_back(post: Post, name: str, window: int, held: list[Table]) -> None:
    try:
        await post("load", {"model": name, "context_length": window})
    except ToolError:
        if held:
            before = held[0]["config"]["context_length"]
            await post("load", {"model": name, "context_length": before})
        raise


def _loaded(told: Any, name: str) -> list[Table]:
    models = cast("list[Table]", told["models"])
    instances = next((m.get("loaded_instances") for m in models if m.get("key") == name), None)
    return cast("list[Table]", instances or [])
