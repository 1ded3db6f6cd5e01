"""What a prompt says besides its words: "@plan …" switches the agent, "@path" attaches a file."""

import re
from collections.abc import Mapping

from msgspec import Struct

from opencode.core.agent import Agent

_AGENT = re.compile(r"^@(?P<name>[\w-]+)(?:\s+|$)")
_PATH = re.compile(
    r"(?:^|(?<=\s))@(?:\"(?P<quoted>[^\"\n]+)\"|(?P<path>[^\s\"#]+))(?:#(?P<a>\d+)(?:-(?P<b>\d+))?)?"
)


class FileMention(Struct, frozen=True):
    """A file or folder named in a prompt, perhaps with a range of lines (1-based, inclusive)."""

    path: str
    first: int | None = None
    last: int | None = None


def agent_prefix(text: str, agents: Mapping[str, Agent]) -> tuple[str, str]:
    """("plan", the rest) when the prompt begins with "@plan", else ("", the text)."""
    found = _AGENT.match(text)
    if found and (agent := agents.get(found["name"])) and agent.mode != "subagent":
        return agent.name, text[found.end() :]
    return "", text


def file_mentions(text: str) -> list[FileMention]:
    """Every @path of the prompt, in order, each once; trailing punctuation is not part of it."""
    found: dict[FileMention, None] = {}
    for match in _PATH.finditer(text):
        path = match["quoted"] or match["path"].rstrip(".,;:!?)]}'")
        first = int(match["a"]) if match["a"] else None
        last = int(match["b"]) if match["b"] else first
        if path:
            found[FileMention(path, first, last)] = None
    return list(found)
