"""What a program asked for along with a prompt, in force until the next prompt."""

from collections.abc import Iterable, Sequence

import msgspec

from opencode.core.agent import Agent
from opencode.core.message import Message, TextPart, Wish

_NONE = Wish()


class Wishes:
    """The wish in force in one session, looked for among what was said since it was asked last."""

    def __init__(self) -> None:
        self._prompt: Message | None = None
        self._at = 0
        self._seen: Message | None = None
        self._upto = 0

    def now(self, messages: Sequence[Message]) -> Wish:
        """That of the newest prompt; what was put in between by us is none."""
        begin = self._upto if self._holds(messages) else 0
        places = range(len(messages) - 1, begin - 1, -1)
        newest = next((place for place in places if _is_prompt(messages[place])), None)
        if newest is not None:
            self._prompt, self._at = messages[newest], newest
        elif not begin:
            self._prompt = None
        self._upto, self._seen = len(messages), messages[-1] if messages else None
        return self._prompt.wish or _NONE if self._prompt else _NONE

    def _holds(self, messages: Sequence[Message]) -> bool:
        """Whether these go on where the last ones ended."""
        goes_on = 0 < self._upto <= len(messages) and messages[self._upto - 1] is self._seen
        return goes_on and (self._prompt is None or messages[self._at] is self._prompt)


def narrowed(agent: Agent, wish: Wish, tools: Iterable[str]) -> Agent:
    """The agent without the tools that are not wanted. A wish never switches one on."""
    others = wish.tools.get("*", True)
    off = {name: False for name in tools if not wish.tools.get(name, others)}
    return msgspec.structs.replace(agent, tools={**agent.tools, **off}) if off else agent


def _is_prompt(message: Message) -> bool:
    return message.role == "user" and any(
        not (isinstance(part, TextPart) and part.origin) for part in message.parts
    )
