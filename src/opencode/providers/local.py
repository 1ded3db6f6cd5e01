"""Ollama: what models are there, and how much they really read."""

import asyncio
import json
import socket
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

_PATIENCE = 2.0
_MOST_CONTEXT = 32_768
"""What we ask Ollama to reserve for a model that can read more: its own default is a few thousand
tokens, which cuts the tools off; all a model can read may not fit into memory."""


class LocalModel(Struct, frozen=True):
    """What Ollama says of a model."""

    window: int = 0
    """Tokens; 0 when it did not say."""
    can_call_tools: bool = True
    can_see: bool = False
    can_reason: bool = False


async def installed(address: str) -> list[str]:
    """The models that can be asked; none when nothing answers there."""
    try:
        told = await asyncio.to_thread(_get, f"{address}/api/tags", None)
    except (OSError, ValueError):
        return []
    return [str(model["name"]) for model in told.get("models", [])]


async def details(address: str, model: str) -> LocalModel | None:
    """The facts of one model; None when nothing answers or it is not there."""
    try:
        told = await asyncio.to_thread(_get, f"{address}/api/show", {"model": model})
    except (OSError, ValueError):
        return None
    info: dict[str, Any] = told.get("model_info") or {}
    window = next((v for k, v in info.items() if k.endswith(".context_length")), 0)
    able = told.get("capabilities")
    return LocalModel(
        window=min(int(window), _MOST_CONTEXT),
        can_call_tools=able is None or "tools" in able,
        can_see="vision" in (able or ()),
        can_reason="thinking" in (able or ()),
    )


def _get(url: str, body: dict[str, str] | None) -> dict[str, Any]:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    with socket.create_connection((parts.hostname or "", port), _PATIENCE):
        import urllib.request  # noqa: PLC0415 - 15 ms, of use only where somebody listens

    data = None if body is None else json.dumps(body).encode()
    # No proxy: what runs on this machine is asked directly.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, data), timeout=_PATIENCE) as reply:
        return json.load(reply)
