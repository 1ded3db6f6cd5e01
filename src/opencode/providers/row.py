"""The shape of one provider in our table."""

from collections.abc import Mapping

from msgspec import Struct, field


class Given(Struct, frozen=True, kw_only=True):
    """Something litellm is told besides key and address, and where it is found."""

    name: str
    """litellm's name for it."""
    env: tuple[str, ...] = ()
    """Variables, the first one that is set wins."""
    option: str = ""
    """Its name in `[provider.NAME] options`, which come before the variables."""
    default: str = ""
    file: str = ""
    """A file that stands in for it when it is there; `~` is the user's home."""
    from_file: str = ""
    """The value when `file` is there; the file's path when empty."""
    secret: bool = False
    """Whether commands must not inherit the variables."""
    is_credential: bool = False
    """It stands in for a key."""
    needed: str = ""
    """What is missing, in words, when it is not found; "" when one can do without it."""


class Row(Struct, frozen=True, kw_only=True):
    """One provider: where its key is found and how litellm is told to speak to it."""

    id: str
    name: str
    keys: tuple[str, ...] = ()
    """Variables that may hold the key, the first one that is set wins; none: it needs no key."""
    instead: tuple[str, ...] = ()
    """Variables that make a key unnecessary: each stands for other credentials (see `more`)."""
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
    url_argument: str = "api_base"
    """What litellm calls the address."""
    express: str = ""
    """The address at which a key alone lets one in, by Gemini's wire; "" when there is none."""
    named: Given | None = None
    """A name that says the address: `name` is the address with `{}` for it."""
    needs_url: bool = False
    """There is no address that is the same for all: everybody has their own."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    more: tuple[Given, ...] = ()
    get: str = ""
    """Where a key is had."""
    login: bool = False
    """Its key is had by logging in (GitHub Copilot's)."""
    library: str = ""
    """What it needs installed; the extra that has it goes by the provider's id."""
    facts: str = ""
    """The provider's name in litellm's table of models; "" when it has none there."""
    no_calls: bool = False
    """No tools get through to its models, whatever the table says of them."""
    by_maker: bool = False
    """Calls models `maker/model`: what the maker's own row knows of them holds, but for prices."""
    grows: bool = False
    """Serves models under more names than the table knows: yours, or new ones every week."""
    markers: bool = False
    """Caches only what is marked; others reject or ignore markers."""
    thinks: bool = False
    """Wants its signed thoughts echoed."""
    seals: bool = False
    """Gives what it thought before its calls sealed, to be echoed."""
    echoes: bool = False
    """Wants the thoughts before its calls echoed, which it does not sign."""
    claude: bool = False
    """Serves Claude among others: it alone wants markers, and its thoughts where it `thinks`."""
    affinity: bool = False
    """Routes by `prompt_cache_key`."""
    local: bool = False
    """Runs on the user's machine: free of charge, slow to its first word."""
    in_file: bool = False
    """Its models are files, served by a process of ours."""
