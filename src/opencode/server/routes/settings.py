"""Settings, providers, keys and agents."""

import asyncio
import re
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from opencode.config import keys
from opencode.core.agent import Agent
from opencode.core.error import UsageError
from opencode.mcp.entry import shown_address
from opencode.providers.catalog import ALIASES, built_in
from opencode.server.protocol.catalogue import Catalogue, catalogue
from opencode.server.protocol.configured import configured
from opencode.server.protocol.translate import split_model
from opencode.server.protocol.wire import ModelName
from opencode.server.route import Call, Route


class AgentInfo(Struct):
    """Who can answer."""

    name: str
    description: str
    mode: str
    native: bool
    builtIn: bool
    permission: list[dict[str, str]]
    tools: dict[str, bool]
    options: dict[str, Any]
    model: ModelName | UnsetType = UNSET
    prompt: str | UnsetType = UNSET
    temperature: float | UnsetType = UNSET
    color: str | UnsetType = UNSET


class Mode(Struct):
    """An agent as the old SDK reads it."""

    name: str
    tools: dict[str, bool]
    model: ModelName | UnsetType = UNSET
    prompt: str | UnsetType = UNSET
    temperature: float | UnsetType = UNSET


class Key(Struct):
    """A key in the protocol's words, or seed 004's; a login's token; Amazon's two halves."""

    type: str = "api"
    key: str = ""
    apiKey: str = ""
    refresh: str = ""
    accessKeyId: str = ""
    secretAccessKey: str = ""
    sessionToken: str = ""

    def secret(self) -> str:
        """The one string it comes to; "" when a part is missing."""
        if self.type == "oauth":
            return self.refresh.strip()
        if self.accessKeyId:
            halves = [self.accessKeyId, self.secretAccessKey, self.sessionToken]
            return ":".join(half.strip() for half in halves if half) if halves[1] else ""
        return (self.key or self.apiKey).strip()


async def config(call: Call) -> dict[str, Any]:
    """The settings in effect; keys are never among them."""
    door = call.state.door
    settings = door.rooms.settings
    known = await catalogue(door)
    sections = {
        name: {
            "name": section.name or name,
            "models": {id: {"name": model.name or id} for id, model in section.models.items()},
            "options": {
                **({"baseURL": shown_address(section.base_url)} if section.base_url else {}),
                **({"apiKey": "***"} if section.api_key else {}),
            },
        }
        for name, section in settings.providers.items()
    }
    found: dict[str, Any] = {
        "model": door.model,
        "default_agent": settings.default_agent,
        "provider": sections,
        "agent": {
            name: {"description": agent.description, "mode": agent.mode}
            for name, agent in door.rooms.agents.items()
        },
        **configured(settings),
        "instructions": settings.instructions,
        "tools": settings.tools,
        "lsp": door.rooms.code is not None,
        "formatter": bool(settings.formatter) and settings.formatter.get("enabled", True),
        "models": {one.id: one.model_ids for one in known.providers},
        "providers": [one.id for one in known.providers],
        "session": {
            "auto_save": settings.session.auto_save,
            "history_limit": settings.session.history_limit,
            "database_path": settings.session.database_path or str(door.store.index.path),
        },
    }
    return {**found, "small_model": settings.small_model} if settings.small_model else found


async def providers(call: Call) -> dict[str, Any]:
    """Providers with their models, and the model each would use."""
    found = await catalogue(call.state.door)
    return {"providers": found.providers, "default": found.default}


async def provider(call: Call) -> dict[str, Any]:
    """The same as newer clients ask for it."""
    found: Catalogue = await catalogue(call.state.door)
    return {"all": found.providers, "default": found.default, "connected": found.connected}


async def provider_auth(call: Call) -> dict[str, Any]:
    """How each provider can be given a key."""
    found = await catalogue(call.state.door)
    ways = {one.id: [{"type": "api", "label": "API key"}] for one in found.providers if one.env}
    login = {"type": "oauth", "label": "Log in with a code"}
    return {name: [login] if _has_login(name) else way for name, way in ways.items()}


async def store_key(call: Call) -> bool:
    """Store a key (0600) and use it from the next request on."""
    body: Key = call.body
    name = _provider_name(call)
    key = body.secret()
    if not key:
        kinds = "{type: api, key}, {apiKey}, {type: oauth, refresh}"
        raise UsageError(f"Send {kinds} or {{accessKeyId, secretAccessKey}}; others are not kept.")
    await asyncio.to_thread(keys.save_key, name, key, login=body.type == "oauth")
    call.state.door.use_key(name, key)
    return True


async def forget_key(call: Call) -> bool:
    """Forget a stored key."""
    name = _provider_name(call)
    call.state.door.use_key(name, "")
    return await asyncio.to_thread(keys.remove_key, name)


def _has_login(name: str) -> bool:
    row = built_in(name)
    return row is not None and row.login


def _provider_name(call: Call) -> str:
    given = call.path["providerID"]
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", given):
        raise UsageError(f"{given!r} is no provider's name.")
    return ALIASES.get(given, given)


async def agents(call: Call) -> list[AgentInfo]:
    """Everyone who can answer or be asked by others, the default one first."""
    return [_agent(one) for one in await call.state.door.agents()]


async def modes(call: Call) -> list[Mode]:
    """Those a person talks to."""
    return [
        Mode(
            one.name,
            one.tools,
            split_model(one.model) if one.model else UNSET,
            one.prompt or UNSET,
            UNSET if one.temperature is None else one.temperature,
        )
        for one in await call.state.door.agents()
        if one.mode != "subagent"
    ]


def _agent(one: Agent) -> AgentInfo:
    rules = [
        {"permission": rule.action, "pattern": rule.target, "action": rule.verdict}
        for rule in one.rules
    ]
    own = one.name in ("build", "plan", "general", "explore")
    return AgentInfo(
        one.name,
        one.description,
        one.mode,
        own,
        own,
        rules,
        one.tools,
        {},
        split_model(one.model) if one.model else UNSET,
        one.prompt or UNSET,
        UNSET if one.temperature is None else one.temperature,
        one.color or UNSET,
    )


ROUTES = (
    Route("GET", "/config", config, "The settings in effect, without keys."),
    Route("GET", "/config/providers", providers, "Providers and their models."),
    Route("GET", "/provider", provider, "Providers, and which have a key."),
    Route("GET", "/provider/auth", provider_auth, "How each takes a key."),
    Route("PUT", "/auth/{providerID}", store_key, "Store a key.", Key, bool),
    Route("DELETE", "/auth/{providerID}", forget_key, "Forget a key.", answer=bool),
    Route("GET", "/agent", agents, "Who can answer.", answer=list[AgentInfo]),
    Route("GET", "/mode", modes, "The same for the old SDK.", answer=list[Mode]),
)
