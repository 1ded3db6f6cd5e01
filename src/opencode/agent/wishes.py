"""What a program asked for along with a prompt, in force until the next prompt."""

from collections.abc import Iterable

import msgspec

from opencode.core.agent import Agent
from opencode.core.message import Message, TextPart, Wish
from opencode.core.session import Session

_NONE = Wish()


def wish_of(session: Session) -> Wish:
    """That of the newest prompt; what was put in between by us is none."""
    prompt = next((m for m in reversed(session.messages) if _is_prompt(m)), None)
    return prompt.wish or _NONE if prompt else _NONE


def narrowed(agent: Agent, wish: Wish, tools: Iterable[str]) -> Agent:
    """The agent without the tools that are not wanted. A wish never switches one on."""
    others = wish.tools.get("*", True)
    off = {name: False for name in tools if not wish.tools.get(name, others)}
    return msgspec.structs.replace(agent, tools={**agent.tools, **off}) if off else agent


def _is_prompt(message: Message) -> bool:
    return message.role == "user" and any(
        not (isinstance(part, TextPart) and part.origin) for part in message.parts
    )
