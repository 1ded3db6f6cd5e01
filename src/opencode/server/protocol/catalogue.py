"""Providers and models in the protocol's words, of now and then; keys never leave."""

import os
from collections import defaultdict
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from opencode.config.secrets import stored_keys
from opencode.core.provider import ModelInfo
from opencode.providers.choose import offered
from opencode.providers.keys import find_key
from opencode.workspace.workspace import Workspace


class Model(Struct):
    """A model, as clients of now (capabilities) and then (flat) read it."""

    id: str
    providerID: str
    name: str
    attachment: bool
    reasoning: bool
    temperature: bool
    tool_call: bool
    cost: dict[str, Any]
    limit: dict[str, int]
    capabilities: dict[str, Any]
    api: dict[str, str]
    release_date: str = ""
    status: str = "active"
    options: dict[str, Any] = {}
    headers: dict[str, str] = {}
    variants: dict[str, dict[str, Any]] = {}
    """What `variant` of a prompt may say: its reasoning efforts and the settings' own variants."""


class Provider(Struct):
    """A provider and what can be asked of it."""

    id: str
    name: str
    source: str
    env: list[str]
    models: dict[str, Model]
    model_ids: list[str]
    authenticated: bool
    options: dict[str, Any] = {}
    api: str | UnsetType = UNSET


class Catalogue(Struct):
    """Every provider, the model each would use, and those with a key first."""

    providers: list[Provider]
    default: dict[str, str]
    connected: list[str]


async def catalogue(door: Workspace) -> Catalogue:
    """What can be asked right now: the model in use and its provider first."""
    models: dict[str, list[ModelInfo]] = defaultdict(list)
    for info in await door.models():
        models[info.provider].append(info)
    settings, stored = door.rooms.settings, stored_keys()
    found: dict[str, Provider] = {}
    default: dict[str, str] = {}
    for row, section in offered(settings):
        key = find_key(row, section, os.environ, stored.get)
        own = {_bare(info): _model(info) for info in models.pop(row.id, [])}
        found[row.id] = Provider(
            row.id,
            section.name or row.name,
            "config" if row.id in settings.providers else "env" if key else "custom",
            list(row.keys),
            own,
            list(own),
            key is not None or bool(own),
            api=section.base_url or row.base_url or UNSET,
        )
        if own:
            chosen = section.model or row.model
            default[row.id] = chosen if chosen in own else next(iter(own))
    for name, infos in models.items():
        own = {_bare(info): _model(info) for info in infos}
        found[name] = Provider(name, name.title(), "custom", [], own, list(own), True)
        default[name] = next(iter(own))
    provider, _, model = door.model.partition("/")
    if provider in found and model in found[provider].models:
        default[provider] = model
    order = sorted(found.values(), key=lambda one: (one.id != provider, not one.models))
    return Catalogue(order, default, [one.id for one in order if one.authenticated])


def _bare(info: ModelInfo) -> str:
    return info.id.partition("/")[2]


def _model(info: ModelInfo) -> Model:
    read, write = info.cache_read_price or 0.0, info.cache_write_price or 0.0
    media = {
        "text": True,
        "audio": False,
        "image": info.can_see,
        "video": False,
        "pdf": info.can_read_pdf,
    }
    words = {"text": True, "audio": False, "image": False, "video": False, "pdf": False}
    return Model(
        id=_bare(info),
        providerID=info.provider,
        name=info.name or _bare(info),
        attachment=info.can_see,
        reasoning=info.can_reason,
        temperature=True,
        tool_call=info.can_call_tools,
        cost={
            "input": info.input_price or 0.0,
            "output": info.output_price or 0.0,
            "cache_read": read,
            "cache_write": write,
            "cache": {"read": read, "write": write},
            **({"unknown": True} if info.input_price is None else {}),
        },
        limit={"context": info.window, "output": info.max_output},
        capabilities={
            "temperature": True,
            "reasoning": info.can_reason,
            "attachment": info.can_see,
            "toolcall": info.can_call_tools,
            "input": media,
            "output": words,
            "interleaved": False,
        },
        api={"id": _bare(info), "url": "", "npm": ""},
        variants={name: {} for name in info.efforts},
    )
