"""What the settings say of providers and their models."""

from typing import Any

from msgspec import Struct, field


class ModelSection(Struct, frozen=True, kw_only=True):
    """`[provider.NAME.models.ID]`: facts of one model, over what the bundled table says."""

    name: str = ""
    """What people see."""
    window: int | None = None
    """Tokens the model can read and write in one call."""
    max_output: int | None = None
    """Tokens of the longest answer."""
    input_price: float | None = None
    """US dollars per million tokens; so are the other prices."""
    output_price: float | None = None
    """Per million tokens it writes."""
    cache_read_price: float | None = None
    """Per million tokens read from the provider's cache."""
    cache_write_price: float | None = None
    """Per million tokens written into it."""
    can_call_tools: bool | None = None
    """Without it, the bundled table says so; so with the next two."""
    can_see: bool | None = None
    """Whether it is sent pictures."""
    can_reason: bool | None = None
    """Whether it takes a reasoning effort."""
    id: str = ""
    """What the provider calls it, when that is another name."""
    lean: bool | None = None
    """Whether it gets a short prompt and few tools; without it, small and weak models do."""
    temperature: float | None = None
    """How freely it chooses its words."""
    top_p: float | None = None
    """Out of how much of the likely words it chooses."""
    max_tokens: int | None = None
    """Of one answer."""
    effort: str = ""
    """Reasoning effort (none … max), tokens it may think, or one of `variants`."""
    options: dict[str, Any] = field(default_factory=dict)
    """Sent to the provider as they are."""
    variants: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Options under a name that is chosen where an effort is."""


class ProviderSection(Struct, frozen=True, kw_only=True):
    """`[provider.NAME]`: one provider, built in or an OpenAI-compatible one of the user's."""

    name: str = ""
    """What people see."""
    api_key_env: str = ""
    """The variable that holds the key."""
    api_key: str = ""
    """The key itself; better `{env:NAME}` or `opencode auth set`."""
    base_url: str = ""
    """Its address; without one, the provider's own."""
    model: str = ""
    """The model of this provider that is used when none is named."""
    kind: str = ""
    """The wire it speaks when it is none of the built-in ones: openai (default), anthropic …"""
    max_tokens: int | None = None
    """Of one answer."""
    temperature: float | None = None
    """How freely it chooses its words."""
    top_p: float | None = None
    """Out of how much of the likely words it chooses."""
    effort: str = ""
    """Reasoning effort, when the session says none."""
    headers: dict[str, str] = field(default_factory=dict)
    """Sent with every request."""
    options: dict[str, Any] = field(default_factory=dict)
    """Sent to the provider as they are."""
    models: dict[str, ModelSection] = field(default_factory=dict)
    enabled: bool = True
    """`false`: it is never asked nor listed."""
