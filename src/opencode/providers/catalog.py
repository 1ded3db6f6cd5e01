"""How the provider that is meant is found: by its id, by other names, by the wire it speaks."""

import difflib
from collections.abc import Mapping

from msgspec.structs import replace

from opencode.config.schema import ProviderSection
from opencode.providers.row import Row
from opencode.providers.rows import ROWS

ALIASES: Mapping[str, str] = {
    "gemini": "google",
    "amazon-bedrock": "bedrock",
    "aws-bedrock": "bedrock",
    "aws": "bedrock",
    "azure-openai": "azure",
    "togetherai": "together",
    "together_ai": "together",
    "mistralai": "mistral",
    "x-ai": "xai",
    "grok": "xai",
    "copilot": "github-copilot",
    "github_copilot": "github-copilot",
    "lm-studio": "lmstudio",
    "llama.cpp": "llamacpp",
    "llama-cpp": "llamacpp",
    "lm_studio": "lmstudio",
    "google-vertex": "vertex",
    "google-vertex-anthropic": "vertex",
    "vertex_ai": "vertex",
}
"""Other names that guides and habits know a provider by."""

KINDS = ("responses", *(row.id for row in ROWS), *ALIASES)
"""What `[provider.NAME] kind` may say."""


def row_of(name: str, section: ProviderSection | None = None) -> Row | None:
    """The provider that goes by `name`: built in, or the user's own when it has an address.

    None when there is no such provider, or `kind` names a wire we do not know."""
    row = built_in(name)
    kind = section.kind if section else ""
    if row is not None:
        return _speaking(row, kind) if section and _may_speak(row, section) else row
    if section is None or not section.base_url:
        return None
    return _speaking(Row(id=name, name=name, prefix=""), kind or "openai")


def built_in(name: str) -> Row | None:
    """The row of our table that goes by `name` or has it as another name."""
    known = ALIASES.get(name, name)
    return next((row for row in ROWS if row.id == known), None)


def key_variables() -> dict[str, tuple[str, ...]]:
    """Every built-in provider, by each of its names, and the variables that may hold its key."""
    found = {row.id: (*row.keys, *row.instead) for row in ROWS}
    return found | {alias: found[name] for alias, name in ALIASES.items()}


def secret_variables() -> list[str]:
    """The variables of all providers whose values are secret."""
    further = [given for row in ROWS for given in row.more if given.secret]
    keys = [name for row in ROWS for name in row.keys]
    return list(dict.fromkeys([*keys, *(name for given in further for name in given.env)]))


def _may_speak(row: Row, section: ProviderSection) -> bool:
    """Whether `kind` counts: at the address of another wire's owner a key would be given away."""
    own = section.kind == "responses" and row.prefix in ("openai/", "azure/")
    return bool(section.kind) and (own or bool(section.base_url))


def _speaking(row: Row, kind: str) -> Row | None:
    """The row with another's wire. What that one finds in variables and files it does not find:
    credentials of one service never go to the address of another."""
    if kind == "responses":
        if row.prefix == "azure/":
            return replace(row, prefix="azure/responses/")
        return replace(
            row,
            express="",
            prefix="openai/responses/",
            suffix="/v1",
            markers=False,
            thinks=False,
            echoes=False,
            more=(),
        )
    model = built_in(kind)
    if model is None or model.id == row.id:
        return row if model else None
    return replace(
        row,
        express="",
        named=None,
        prefix=model.prefix,
        suffix=model.suffix,
        url_argument=model.url_argument,
        more=tuple(replace(given, env=(), file="") for given in model.more),
        markers=model.markers,
        thinks=model.thinks,
        echoes=model.echoes,
        claude=model.claude,
    )


def nearest(name: str, names: list[str], count: int = 3) -> list[str]:
    """The names most like the one that is not there."""
    lower = {known.lower(): known for known in names}
    close = difflib.get_close_matches(name.lower(), list(lower), n=count, cutoff=0.5)
    return [lower[match] for match in close]
