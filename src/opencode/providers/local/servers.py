"""Model servers on the user's machine: what they serve, and how much of it they really read."""

import asyncio
import json
import re
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from opencode.host.certificates import trusted
from opencode.providers.keys import is_near

_PATIENCE = 2.0
_FRESH = 60.0
_FAILED = 10.0
_MOST_CONTEXT = 32_768
"""What we ask Ollama to reserve for a model that can read more: its own default is a few thousand
tokens, which cuts the tools off; all a model can read may not fit into memory."""
_LEAST = 16_384
"""Tokens that hold the tools and some work."""
_MOST_REPLY = 8_000_000
_SIZE = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)([bm])(?![a-z0-9])")
_MANY = f"{_MOST_CONTEXT}"

Table = dict[str, Any]


class Served(Struct, frozen=True):
    """What a server says of one of its models."""

    name: str
    window: int = 0
    """Tokens it reads as it is served; 0 when the server did not say."""
    can_call_tools: bool | None = None
    """None, as with the next two: it did not say."""
    can_see: bool | None = None
    can_reason: bool | None = None
    billions: float = 0.0
    """Its parameters; 0 when unknown."""
    most: int = 0
    """Tokens it could read if we load it anew; 0 where that is not for us to do."""
    advice: str = ""
    """How the window can be made larger."""
    talks: bool = True
    """It is no model for embeddings."""


class Servers:
    """Asks servers when somebody wants to know, and remembers for a minute."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[float, list[Served]]] = {}
        self._asking: dict[tuple[str, str], asyncio.Lock] = {}
        self._loading: dict[tuple[str, str], asyncio.Lock] = {}
        self._full: set[tuple[str, str]] = set()

    async def models(self, address: str, key: str, *, ollama: bool) -> list[Served]:
        """Every model served at `address`; none when nothing answers there."""
        probe = _ollama if ollama else _openai
        return await self._ask((address, ""), lambda: probe(address, key))

    async def model(self, address: str, key: str, name: str, *, ollama: bool) -> Served | None:
        """One of them; None when it is not served, or nothing answers."""
        if ollama:
            found = await self._ask((address, name), lambda: [_shown(address, key, name)])
        else:
            found = await self.models(address, key, ollama=False)
        return next((one for one in found if one.name == name), None)

    async def make_room(self, address: str, key: str, name: str, wanted: int) -> None:
        """Have LM Studio load the model with the window `room_of` spoke of. Once a model: where
        that fails, what it has is what counts."""
        what = (address, name)
        async with self._loading.setdefault(what, asyncio.Lock()):
            one = await self.model(address, key, name, ollama=False)
            if one is None or what in self._full or room_of(one, wanted) <= one.window:
                return
            self._full.add(what)
            from opencode.providers.local import studio  # noqa: PLC0415 - a client, for LM Studio alone

            await studio.load(address.removesuffix("/v1"), key, name, room_of(one, wanted))
            self._known.pop((address, ""), None)

    def is_full(self, address: str, name: str) -> bool:
        """Whether a larger window was already asked for."""
        return (address, name) in self._full

    async def _ask(self, what: tuple[str, str], probe: Callable[[], list[Served]]) -> list[Served]:
        """What was said last while it is fresh. A server that is too busy to answer keeps the
        window it had: another one would make it load the model again."""
        async with self._asking.setdefault(what, asyncio.Lock()):
            until, found = self._known.get(what, (0.0, []))
            if time.monotonic() < until:
                return found
            try:
                found, lasts = await asyncio.to_thread(probe), _FRESH
            except (
                OSError,
                ValueError,
                LookupError,
                AttributeError,
                TypeError,
            ):  # dead, or another
                lasts = _FAILED
            self._known[what] = (time.monotonic() + lasts, found)
            return found


def room_of(one: Served, wanted: int = 0) -> int:
    """The window a model has at its first request: larger than now where we may load it anew, and
    it has too little. `wanted` is what the settings say of it."""
    enough = wanted or _LEAST
    if one.window >= enough or not one.most:
        return one.window
    return max(one.window, min(one.most, wanted or _MOST_CONTEXT))


def size_in_name(name: str) -> float:
    """Billions of parameters as the name has it (`qwen2.5-coder:1.5b`); 0 when it says nothing."""
    found = _SIZE.search(name.lower())
    if not found:
        return 0.0
    return float(found[1]) / (1 if found[2] == "b" else 1000)


def _ollama(address: str, key: str) -> list[Served]:
    told = _get(f"{address}/api/tags", key)
    found = [_shown(address, key, str(model["name"])) for model in told.get("models", [])]
    return [one for one in found if one.talks]


def _shown(address: str, key: str, name: str) -> Served:
    told = _get(f"{address}/api/show", key, {"model": name})
    info: Table = told.get("model_info") or {}
    able = told.get("capabilities")
    details: Table = told.get("details") or {}
    most = int(next((v for k, v in info.items() if k.endswith(".context_length")), 0))
    written = re.search(r"^num_ctx\s+(\d+)", told.get("parameters") or "", re.MULTILINE)
    return Served(
        name,
        window=min(most, max(_MOST_CONTEXT, int(written[1]) if written else 0)),
        can_call_tools=None if able is None else "tools" in able,
        can_see=None if able is None else "vision" in able,
        can_reason=None if able is None else "thinking" in able,
        billions=size_in_name(str(details.get("parameter_size", ""))) or size_in_name(name),
        talks=able is None or "completion" in able,
        advice=f"This model reads no more than {most} tokens: use another one.",
    )


def _openai(address: str, key: str) -> list[Served]:
    """LM Studio, llama.cpp and vLLM speak one wire, and each tells its window in its own way."""
    listed = _get(f"{address}/models", key)["data"]
    root = address.removesuffix("/v1")
    found = [_vllm(model) for model in listed]
    if any(model.get("owned_by") == "llamacpp" for model in listed):
        props = _get(f"{root}/props", key)
        return [_llamacpp(one, model, props) for one, model in zip(found, listed, strict=True)]
    if any("max_model_len" in model for model in listed):
        return found
    try:
        told = _get(f"{root}/api/v0/models", key)["data"]
    except (OSError, ValueError, KeyError):
        return found
    described = {str(model["id"]): model for model in told}
    loads = _loads(root, key)
    studio = [_lmstudio(one, described.get(one.name, {}), loads=loads) for one in found]
    embeds = {name for name, model in described.items() if model.get("type") == "embeddings"}
    return [one for one in studio if one.name not in embeds]


def _vllm(model: Table) -> Served:
    name = str(model["id"])
    advice = f"Start the server with `--max-model-len {_MANY}` or more."
    window = int(model.get("max_model_len") or 0)
    return Served(name, window=window, billions=size_in_name(name), advice=advice)


def _llamacpp(one: Served, model: Table, props: Table) -> Served:
    settings: Table = props.get("default_generation_settings") or {}
    meta: Table = model.get("meta") or {}
    modes: Table = props.get("modalities") or {}
    return replace(
        one,
        window=int(settings.get("n_ctx") or 0),
        can_see=bool(modes.get("vision")),
        billions=float(meta.get("n_params") or 0) / 1e9 or one.billions,
        advice=f"Start it with room to read: `llama-server -c {_MANY}`.",
    )


def _loads(root: str, key: str) -> bool:
    """Whether this LM Studio loads models on request: since 0.4."""
    try:
        return isinstance(_get(f"{root}/api/v1/models", key).get("models"), list)
    except (OSError, ValueError):
        return False


def _lmstudio(one: Served, model: Table, *, loads: bool) -> Served:
    able: list[str] | None = model.get("capabilities")
    return replace(
        one,
        window=int(model.get("loaded_context_length") or 0),
        most=int(model.get("max_context_length") or 0) if loads else 0,
        can_call_tools=None if able is None else "tool_use" in able,
        can_see=model.get("type") == "vlm",
        advice=f"Load it with room to read: `lms load {one.name} --context-length {_MANY}`.",
    )


def _get(url: str, key: str, body: dict[str, str] | None = None) -> Table:
    look_whether_somebody_listens(url)
    import urllib.request  # noqa: PLC0415 - 15 ms, of use only where somebody listens

    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers})
    # What runs on this machine is asked directly, others the way everything else is.
    handler = urllib.request.ProxyHandler({}) if is_near(url) else None
    handler = handler or urllib.request.HTTPSHandler(context=trusted())
    with urllib.request.build_opener(handler).open(request, timeout=_PATIENCE) as reply:
        told = json.loads(reply.read(_MOST_REPLY))
    if not isinstance(told, dict):
        raise ValueError("this is none of the servers we know")
    return told  # pyright: ignore[reportUnknownVariableType]


def look_whether_somebody_listens(url: str) -> None:
    """OSError when nobody does on this machine; others may lie behind a proxy."""
    parts = urlsplit(url)
    if is_near(url):
        port = parts.port or (443 if parts.scheme == "https" else 80)
        # As bytes it needs no tables of foreign letters.
        host: Any = (parts.hostname or "").encode()
        socket.create_connection((host, port), _PATIENCE).close()
