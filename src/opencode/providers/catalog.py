"""Every provider as one row of a table; a new row is a new provider."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from opencode.config.schema import ProviderSection


class Row(Struct, frozen=True, kw_only=True):
    """One provider: where its key is found and how litellm is told to speak to it."""

    id: str
    name: str
    keys: tuple[str, ...] = ()
    """Variables that may hold the key, the first one that is set wins; none: it needs no key."""
    prefix: str
    """What litellm wants before the model's name; it chooses the wire."""
    model: str = ""
    """Used when none is named."""
    small: str = ""
    """For titles."""
    base_url: str = ""
    """"" is the provider's own address, which litellm knows."""
    base_url_env: tuple[str, ...] = ()
    suffix: str = ""
    """Path that an address without one gets."""
    facts: str = ""
    """The provider's name in litellm's table of models; "" when it has none there."""
    markers: bool = False
    """Caches only what is marked; others reject or ignore markers."""
    thinks: bool = False
    """Wants its signed thoughts echoed."""
    affinity: bool = False
    """Routes by `prompt_cache_key`."""
    local: bool = False
    """Runs on the user's machine: free of charge, slow to its first word."""


ROWS: tuple[Row, ...] = (
    Row(
        id="anthropic",
        name="Anthropic",
        keys=("ANTHROPIC_API_KEY",),
        prefix="anthropic/",
        model="claude-sonnet-5-5",
        small="claude-haiku-5-5",
        base_url_env=("ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE"),
        facts="anthropic",
        markers=True,
        thinks=True,
    ),
    Row(
        id="openai",
        name="OpenAI",
        keys=("OPENAI_API_KEY",),
        prefix="openai/",
        model="gpt-6.1-sol",
        small="gpt-6-luna",
        base_url_env=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        suffix="/v1",
        facts="openai",
        affinity=True,
    ),
    Row(
        id="google",
        name="Google Gemini",
        keys=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        prefix="gemini/",
        model="gemini-3.8-flash",
        small="gemini-3.5-flash-lite",
        base_url_env=("GOOGLE_GEMINI_BASE_URL", "GEMINI_API_BASE"),
        suffix="/v1beta",
        facts="gemini",
    ),
    Row(
        id="ollama",
        name="Ollama",
        prefix="ollama_chat/",
        model="llama3.2",
        base_url="http://127.0.0.1:11434",
        base_url_env=("OLLAMA_HOST", "OLLAMA_API_BASE"),
        local=True,
    ),
)

ALIASES: Mapping[str, str] = {"gemini": "google"}

_KINDS: Mapping[str, tuple[str, str]] = {
    "": ("openai/", "/v1"),
    "openai": ("openai/", "/v1"),
    "responses": ("openai/responses/", "/v1"),
    "anthropic": ("anthropic/", ""),
    "gemini": ("gemini/", "/v1beta"),
    "google": ("gemini/", "/v1beta"),
    "ollama": ("ollama_chat/", ""),
}
KINDS = tuple(kind for kind in _KINDS if kind)
"""What `[provider.NAME] kind` may say."""


def row_of(name: str, section: ProviderSection | None = None) -> Row | None:
    """The provider that goes by `name`: built in, or the user's own when it has an address.

    None when there is no such provider, or `kind` names a wire we do not know."""
    known = ALIASES.get(name, name)
    row = next((row for row in ROWS if row.id == known), None)
    kind = section.kind if section else ""
    if row is None:
        if section is None or not section.base_url or kind not in _KINDS:
            return None
        row = Row(id=name, name=name, prefix="")
    elif not kind:
        return row
    if kind not in _KINDS:
        return None
    prefix, suffix = _KINDS[kind]
    speaks_anthropic = prefix == "anthropic/"
    return replace(
        row, prefix=prefix, suffix=suffix, markers=speaks_anthropic, thinks=speaks_anthropic
    )
