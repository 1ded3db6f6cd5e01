"""Keeps litellm and openai's client from walking a whole conversation on every step."""

import importlib
import json
from collections.abc import Callable
from itertools import chain
from typing import Any

from openai._utils import is_given

from opencode.providers.wire.told import encoded

_RESOURCES = (
    "openai.resources.chat.completions.completions",
    "openai.resources.responses.responses",
)
_Dicts = list[dict[str, Any]]


def send_as_given() -> None:
    """Let request bodies go out as they are, encoded at once. For 1,000 messages openai's client
    takes 100 ms to rename fields along its type hints, litellm 4 ms to look for thoughts in ids,
    and either 2 ms to encode; ours are in the wire's own form already."""
    for name in _RESOURCES:
        resource: Any = importlib.import_module(name)
        resource.async_maybe_transform = _as_given
    client: Any = importlib.import_module("openai._base_client")
    client.openapi_dumps = _Encoding(client.openapi_dumps)
    own: Any = importlib.import_module("litellm.llms.custom_httpx.llm_http_handler")
    own.json = _Json()
    library: Any = importlib.import_module("litellm.utils")
    strip = "_remove_thought_signatures_from_messages"
    setattr(library, strip, _Stripping(getattr(library, strip)))


async def _as_given(data: dict[str, Any], expected_type: object) -> dict[str, Any]:
    return {key: value for key, value in data.items() if is_given(value)}


class _Encoding:
    """The body as JSON; by the client's own encoder where it holds what only that one knows."""

    def __init__(self, own: Callable[[object], bytes]) -> None:
        self._own = own

    def __call__(self, body: object) -> bytes:
        try:
            return encoded(body)
        except TypeError:
            return self._own(body)


class _Json:
    """The module, but for what a whole conversation goes through."""

    def dumps(self, value: object, **options: Any) -> str:
        """As the module's own, at once where nothing special is wanted."""
        try:
            return json.dumps(value, **options) if options else encoded(value).decode()
        except TypeError:
            return json.dumps(value, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(json, name)


class _Stripping:
    """Ids of calls without the thoughts that Gemini hides in them: looked for, seldom there."""

    def __init__(self, own: Callable[[_Dicts, str], _Dicts]) -> None:
        self._own = own

    def __call__(self, messages: _Dicts, separator: str) -> _Dicts:
        calls = chain.from_iterable(one.get("tool_calls") or () for one in messages)
        if any([separator in call["id"] for call in calls]):
            return self._own(messages, separator)
        return list(map(dict[str, Any], messages))
