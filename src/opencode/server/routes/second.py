"""The protocol's second generation, as far as today's clients use it."""

import asyncio
import mimetypes
from typing import Any

from msgspec import UNSET, Struct
from starlette.responses import FileResponse, Response

from opencode.core.agent import Agent
from opencode.server import finding, project_files
from opencode.server.errors import NotThere
from opencode.server.protocol.catalogue import Model, Provider, catalogue
from opencode.server.protocol.translate import split_model
from opencode.server.route import Call, Route
from opencode.server.routes.knowledge import skills

_LIMIT = 100
_NOBODY = {
    "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Located(Struct):
    """An answer, and of which project it is."""

    location: dict[str, Any]
    data: Any


def here(call: Call) -> dict[str, Any]:
    """Which project an answer is of. UsageError when another one is asked for."""
    state = call.state
    state.require_here(call.query.get("location[directory]"))
    return {
        "directory": str(state.directory),
        "project": {"id": state.project, "directory": str(state.root)},
    }


async def location(call: Call) -> dict[str, Any]:
    """Which project this is."""
    return here(call)


async def agents(call: Call) -> Located:
    """Who can answer."""
    return Located(here(call), [_agent(one) for one in await call.state.door.agents()])


async def models(call: Call) -> Located:
    """What can be asked."""
    found = await catalogue(call.state.door)
    return Located(
        here(call), [_model(one) for own in found.providers for one in own.models.values()]
    )


async def providers(call: Call) -> Located:
    """Those a model can be asked of."""
    found = await catalogue(call.state.door)
    return Located(here(call), [_provider(one) for one in found.providers if one.models])


async def provider(call: Call) -> Located:
    """One of them."""
    wanted = call.path["providerID"]
    found = await catalogue(call.state.door)
    one = next((one for one in found.providers if one.id == wanted), None)
    if one is None:
        raise NotThere(f"There is no provider {wanted!r}.")
    return Located(here(call), _provider(one))


async def commands(call: Call) -> Located:
    """Prompts with names."""
    found = [
        {
            "name": one.name,
            "template": one.template,
            "description": one.description,
            "subtask": one.subtask,
            **({"agent": one.agent} if one.agent else {}),
            **({"model": _ref(one.model)} if one.model else {}),
        }
        for one in await call.state.door.commands()
    ]
    return Located(here(call), found)


async def skill(call: Call) -> Located:
    """Instructions agents can load."""
    return Located(here(call), await skills(call))


async def nothing(call: Call) -> Located:
    """There are none here."""
    return Located(here(call), [])


async def find(call: Call) -> Located:
    """Files and folders that fit."""
    kind = call.query.get("type", "")
    root, limit = call.state.directory, call.number("limit", _LIMIT)
    found = await finding.find_files(root, call.query["query"], kind, limit)
    return Located(
        here(call),
        [{"path": p, "type": "directory" if p.endswith("/") else "file"} for p in found],
    )


async def listing(call: Call) -> Located:
    """A folder's entries."""
    root, path = call.state.directory, call.query.get("path", "")
    found = await asyncio.to_thread(project_files.listing, root, path)
    return Located(here(call), [{"path": one.path, "type": one.type} for one in found])


async def read(call: Call) -> Response:
    """A file's bytes. A browser shows it as a page of nobody: no scripts, no cookies."""
    here(call)
    root, given = call.state.directory, call.path["path"]
    path = await asyncio.to_thread(project_files.file, root, given)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return FileResponse(path, headers=_NOBODY, media_type=kind)


def _ref(model: str) -> dict[str, str]:
    name = split_model(model)
    return {"id": name.modelID, "providerID": name.providerID}


def _agent(one: Agent) -> dict[str, Any]:
    rules = [
        {"action": rule.action, "resource": rule.target, "effect": rule.verdict}
        for rule in one.rules
    ]
    return {
        "id": one.name,
        "description": one.description,
        "mode": one.mode,
        "hidden": one.hidden,
        "permissions": rules,
        "request": {"headers": {}, "body": {}},
        **({"model": _ref(one.model)} if one.model else {}),
        **({"system": one.prompt} if one.prompt else {}),
        **({"color": one.color} if one.color else {}),
        **({"steps": one.max_steps} if one.max_steps else {}),
    }


def _model(one: Model) -> dict[str, Any]:
    words = {way: [kind for kind, can in one.capabilities[way].items() if can] for way in _WAYS}
    return {
        "id": one.id,
        "providerID": one.providerID,
        "name": one.name,
        "api": {"id": one.id, "type": "native", "settings": {}},
        "capabilities": {"tools": one.tool_call, **words},
        "request": {"headers": {}, "body": {}},
        "variants": [],
        "time": {"released": 0},
        "cost": [{key: one.cost[key] for key in ("input", "output", "cache")}],
        "status": one.status,
        "enabled": True,
        "limit": one.limit,
    }


_WAYS = ("input", "output")


def _provider(one: Provider) -> dict[str, Any]:
    url = {} if one.api is UNSET else {"url": one.api}
    return {
        "id": one.id,
        "name": one.name,
        "api": {"type": "native", "settings": {}, **url},
        "request": {"headers": {}, "body": {}},
    }


_FIND = ("*query", "type", "limit")
ROUTES = (
    Route("GET", "/api/location", location, "Which project this is."),
    Route("GET", "/api/agent", agents, "Who can answer.", answer=Located),
    Route("GET", "/api/model", models, "What can be asked.", answer=Located),
    Route("GET", "/api/provider", providers, "Providers with models.", answer=Located),
    Route("GET", "/api/command", commands, "Named prompts.", answer=Located),
    Route("GET", "/api/skill", skill, "Skills.", answer=Located),
    Route("GET", "/api/reference", nothing, "None: there are no references here.", answer=Located),
    Route("GET", "/api/provider/{providerID}", provider, "One provider.", answer=Located),
    Route("GET", "/api/fs/read/{path:path}", read, "A file's bytes.", answer=Response),
    Route("GET", "/api/fs/find", find, "Files and folders that fit.", answer=Located, query=_FIND),
    Route("GET", "/api/fs/list", listing, "A folder.", answer=Located, query=("path",)),
)
