"""What a provider's row means for one of its models: its name on the wire, and its habits."""

import importlib.util
import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from opencode.core.error import UsageError
from opencode.providers.facts import Entry
from opencode.providers.row import Row

RESPONSES = "/responses/"
"""In the name of a model that is asked by that wire."""
_FAMILIES = re.compile(r"deepseek|kimi|minimax|glm|mimo")


def check_library(row: Row) -> None:
    """UsageError with what to install when a library is missing that this provider needs."""
    if not row.library:
        return
    try:
        found = importlib.util.find_spec(row.library)
    except ModuleNotFoundError:  # a package around it is missing
        found = None
    if found is None:
        hint = f"Install it: pip install 'opencode-textual[{row.id}]'"
        raise UsageError(f"{row.name} needs the extra `{row.id}`", hint=hint)


def as_let_in(row: Row, key: str) -> Row:
    """The row as it is asked with that key: where a key alone is enough, the wire is Gemini's."""
    if not (row.express and key):
        return row
    return replace(row, prefix="gemini/", more=(), url_argument="api_base", library="")


def wire_name(row: Row, model: str, mode: str) -> str:
    """The model as litellm calls it; `mode` is its kind in litellm's table."""
    if row.prefix == "openai/" and mode == "responses":
        return f"openai/responses/{model}"
    return row.prefix + model


def habits(row: Row, model: str) -> tuple[bool, bool]:
    """Whether it wants cache markers, and its signed thoughts echoed: Claude does anywhere."""
    if row.claude:
        is_claude = "claude" in model.lower()
        return is_claude, is_claude and row.thinks
    return row.markers, row.thinks


def echoes(row: Row, model: str) -> bool:
    """Whether it wants to see what it thought before its calls: some refuse the next step without.
    On servers we know nothing of, a model's name tells."""
    return row.echoes or (
        row.prefix == "openai/" and not row.facts and bool(_FAMILIES.search(model.lower()))
    )


def seals(row: Row, wire: str, entry: Entry | None) -> bool:
    """Whether it hands out its sealed thoughts: OpenRouter and Copilot always, others those of
    models we know to think, asked for responses."""
    thinks = entry is not None and bool(entry.supports_reasoning)
    return row.seals and (row.by_maker or row.login or (thinks and RESPONSES in wire))


def own_options(row: Row, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that go to the provider: not those that tell us how to reach it."""
    taken = {given.option for given in (*row.more, *filter(None, [row.named]))}
    if row.login:
        taken.add("enterpriseUrl")
    return {name: value for name, value in options.items() if name not in taken}
