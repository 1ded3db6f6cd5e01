"""Keeps openai's client from copying every message of a conversation on every step."""

import importlib
from typing import Any

from openai._utils import is_given

_RESOURCES = (
    "openai.resources.chat.completions.completions",
    "openai.resources.responses.responses",
)


def send_as_given() -> None:
    """Let request bodies go out as they are. The client walks them along its type hints to rename
    fields and format dates, 100 ms for 1,000 messages; ours are in the wire's own form already."""
    for name in _RESOURCES:
        resource: Any = importlib.import_module(name)
        resource.async_maybe_transform = _as_given


async def _as_given(data: dict[str, Any], expected_type: object) -> dict[str, Any]:
    return {key: value for key, value in data.items() if is_given(value)}
