"""Whole messages that mean a command of the program, not work for a model. Pure."""

import re
from typing import Literal

from msgspec import Struct


class Saying(Struct, frozen=True):
    """What was meant: `switch_model` (name: as the person says it), `mcp_tools`, or `agent`
    (name, and in `rest` what that agent is asked)."""

    kind: Literal["switch_model", "mcp_tools", "agent"]
    name: str = ""
    rest: str = ""


_AGENT = re.compile(r"@(?P<name>[A-Za-z][\w-]*)\s+(?P<rest>\S.*)", re.DOTALL)
_LISTING = re.compile(r"(?:list|show)(?: me)?(?: all)?(?: the)? mcp tools", re.IGNORECASE)
_QUOTE = "\"'`“”"
_MODEL = rf"[{_QUOTE}]?(?P<name>[\w.:/-]+(?: [\w.:-]*\d[\w.:-]*)?)[{_QUOTE}]?"
_NAMED = re.compile(rf"(?:use|switch to) (?:the )?(?:local )?model {_MODEL}", re.IGNORECASE)
_SWITCHES = (
    _NAMED,
    re.compile(rf"switch to (?:the )?{_MODEL}(?: model)?", re.IGNORECASE),
    re.compile(rf"use {_MODEL} (?:for|in) this (?:conversation|session|chat)", re.IGNORECASE),
    re.compile(rf"use {_MODEL} from now on", re.IGNORECASE),
)
_FAMILIES = re.compile(
    r"(?:claude|gpt|chatgpt|gemini|ollama|llama|mistral|codestral|deepseek|qwen|grok|"
    r"opus|sonnet|haiku|kimi|glm|groq|openai|anthropic|google|openrouter|phi|gemma)(?:[- \d].*)?",
    re.IGNORECASE,
)
_MARKED = re.compile(r".*[\d/:].*")
"""A version, a provider, a tag: names of models have them, few other names do."""


def saying(text: str) -> Saying | None:
    """The command a whole message spells; None for everything that merely resembles one.

    `Switch to dark mode` names no model and `Use black for this project` no conversation: a name
    counts only as `provider/model`, with a digit, or when it begins like a known family.
    """
    line = " ".join(text.split()).rstrip(".!")
    if agent := _AGENT.fullmatch(text.strip()):
        return Saying("agent", agent["name"], agent["rest"].strip())
    if _LISTING.fullmatch(line):
        return Saying("mcp_tools")
    for pattern in _SWITCHES:
        found = pattern.fullmatch(line)
        name = found["name"] if found else ""
        if found and (pattern is _NAMED or is_family(name) or _MARKED.fullmatch(name)):
            return Saying("switch_model", name)
    return None


def is_family(name: str) -> bool:
    """Whether nothing but a model can be meant, be it here or not."""
    return bool(_FAMILIES.fullmatch(name))
