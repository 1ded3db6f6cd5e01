"""Old messages that are in JSON already, so that litellm need not walk them on every step."""

from collections.abc import Iterable
from typing import Any, cast

import msgspec

from opencode.providers.wire.wire import RESPONSES
from opencode.providers.worker.frames import Route

_WIRE = "openai/"
_THOUGHT = "__thought__"
"""Behind it Gemini's thoughts stand in ids of calls; litellm takes them off for other models."""
_encoder = msgspec.json.Encoder()


def sends_as_given(route: Route) -> bool:
    """Whether litellm sends each message of ours on that wire as it is, less what is null."""
    return route.model.startswith(_WIRE) and RESPONSES not in route.model and not route.markers


def as_json(message: dict[str, Any]) -> bytes:
    """The message as it goes over such a wire, and a comma."""
    sent = {name: value for name, value in message.items() if value is not None}
    if calls := sent.get("tool_calls"):
        sent["tool_calls"] = [{**call, "id": _without_thought(call["id"])} for call in calls]
    if answered := sent.get("tool_call_id"):
        sent["tool_call_id"] = _without_thought(answered)
    return _encoder.encode(sent) + b","


def _without_thought(call: str) -> str:
    return call.partition(_THOUGHT)[0]


class Told(str):
    """The words of a message that stands for all before it until the request is encoded."""

    __slots__ = ("covers", "json")
    covers: int
    """How many dicts it stands for."""
    json: bytes

    @classmethod
    def of(cls, covers: int, json: Iterable[bytes]) -> "Told":
        """For the first `covers` dicts, by what `as_json` made of them."""
        told = cls("(What was said before.)")
        told.covers, told.json = covers, b"".join(json)[:-1]
        return told

    def stand_in(self, messages: list[dict[str, Any]], said: int) -> None:
        """Take the place of the old ones among `messages`, whose last `said` are the history."""
        start = len(messages) - said
        messages[start : start + self.covers] = [{"role": "user", "content": self}]


def encoded(body: object) -> bytes:
    """The body of a request in JSON, with all that was said before in its place."""
    given = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    messages: Any = given.get("messages")
    if isinstance(messages, list):
        found = cast("list[Any]", messages)
        body = {**given, "messages": [*map(_whole, found[:2]), *found[2:]]}
    return _encoder.encode(body)


def _whole(message: Any) -> object:
    """Behind the system text, if there is one, may stand what was told."""
    content: object = message.get("content")
    return msgspec.Raw(content.json) if isinstance(content, Told) else message
