"""Which key and which address a provider is asked with: settings, variables, stored secrets."""

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from opencode.config.schema import ProviderSection
from opencode.core.error import AuthError
from opencode.providers.row import Given, Row

Secrets = Callable[[str], str | None]
"""A provider's stored key by its id; None when there is none."""
_VERTEX, _SHARED = "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_API_KEY"
"""With the first one on, the second one's key is Vertex's, as in Google's own libraries."""
_PAIR = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")


class Access(Struct, frozen=True):
    """All that is needed to be let in."""

    key: str
    """"" when none is needed, or other credentials are among `more`."""
    address: str
    """"" is the provider's own."""
    more: dict[str, str]
    """By litellm's names."""


def find_access(
    row: Row,
    section: ProviderSection,
    env: Mapping[str, str],
    secrets: Secrets,
    *,
    files: bool = True,
) -> Access:
    """Key, address and all else a request needs. AuthError names the first thing missing.

    `files`: whether credentials may be what other programs left in the user's home, too."""
    address = find_address(row, section, env)
    key = find_key(row, section, env, secrets) or ""
    if row.express and key:
        whole = _whole(address, urlsplit(row.express).path) if address else row.express
        return Access(key, whole, {})
    more = {given.name: found for given in row.more if (found := _find(given, section, env))}
    pair = key.split(":")
    if more.keys().isdisjoint(_PAIR) and len(pair) in (2, 3) and _takes_pair(row):
        more, key = {**more, **dict(zip(_PAIR, pair, strict=False))}, ""
    has = bool(key) or _has_instead(row, more)
    if not has and files:
        left = {given.name: found for given in row.more if (found := _in_home(given, env))}
        more, has = {**left, **more}, bool(left)
    if not has and needs_key(row, section, address):
        raise missing_key(row, section)
    for given in row.more:
        if given.needed and given.name not in more:
            raise AuthError(f"{section.name or row.name} is not set up", hint=given.needed)
    if row.needs_url and not address:
        raise _no_address(row, section)
    return Access(key, address, _one_of(more))


def has_credentials(
    row: Row, section: ProviderSection, env: Mapping[str, str], secrets: Secrets
) -> bool:
    """Whether there is a key, or what stands in for one, where one would look for it."""
    if find_key(row, section, env, secrets):
        return True
    more = {given.name: found for given in row.more if (found := _find(given, section, env))}
    return _has_instead(row, more)


def find_key(
    row: Row, section: ProviderSection, env: Mapping[str, str], secrets: Secrets
) -> str | None:
    """The key: as written in the settings, then the variables, then the stored one."""
    if section.api_key:
        return section.api_key
    for name in (section.api_key_env, *variables_of(row, env)):
        if name and (value := env.get(name, "").strip()):
            return value
    return secrets(row.id)


def variables_of(row: Row, env: Mapping[str, str]) -> tuple[str, ...]:
    """The provider's own variables that may hold its key."""
    if env.get(_VERTEX, "").strip().lower() not in ("1", "true"):
        return row.keys
    if row.express:
        return (*row.keys, _SHARED)
    return tuple(name for name in row.keys if name != _SHARED)


def needs_key(row: Row, section: ProviderSection, address: str) -> bool:
    """Whether asking without a key is pointless: its own address wants one, a proxy may not."""
    if section.api_key_env or row.needs_url or row.login or _takes_pair(row):
        return True
    return bool(row.keys) and not row.express and not address


def key_variable(row: Row, section: ProviderSection) -> str:
    """The variable a person would set; "" when the provider has none."""
    usual = row.instead if _takes_pair(row) or row.express or not row.keys else row.keys
    return section.api_key_env or (usual[0] if usual else "")


def missing_key(row: Row, section: ProviderSection) -> AuthError:
    """The error for a provider that cannot be asked without a key."""
    name = section.name or row.name
    variable = names = key_variable(row, section)
    if row.login:
        return AuthError(
            f"Nobody is logged in to {name}", hint=f"Run `opencode auth login {row.id}`."
        )
    if row.instead and not section.api_key_env:
        names = " or ".join([*row.instead, *row.keys[:1]])
    hint = f"Run `opencode auth set {row.id}`."
    if names:
        hint = (
            f"Set {names}, run `opencode auth set {row.id}`, or name another variable in "
            f"opencode.toml: [provider.{row.id}] api_key_env."
        )
    if row.get:
        hint += f" Keys are had at {row.get}."
    if variable:
        return AuthError(f"There is no key for {name}: {variable} not found", hint=hint)
    return AuthError(f"There is no key for {name}", hint=hint)


def find_address(row: Row, section: ProviderSection, env: Mapping[str, str]) -> str:
    """Where to ask: the settings, then the provider's well-known variables, then the row."""
    written = section.base_url or next(
        (env[name] for name in row.base_url_env if env.get(name, "").strip()), ""
    )
    if not written and row.named and (name := _find(row.named, section, env)):
        written = row.named.name.format(name)
    address = written.strip() or row.base_url
    whole = _whole(address, row.suffix) if address else ""
    if row.prefix.startswith("azure/"):
        return whole.partition("/openai")[0]  # litellm adds the path, which portals show
    return whole.removesuffix("/v1") if row.prefix == "anthropic/" else whole  # litellm adds it


def is_near(address: str) -> bool:
    """Whether the address is on this machine."""
    return (urlsplit(address).hostname or "") in ("localhost", "127.0.0.1", "::1")


def _find(given: Given, section: ProviderSection, env: Mapping[str, str]) -> str:
    written = section.options.get(given.option) if given.option else None
    if written:
        return str(written)
    return next(
        (env[name].strip() for name in given.env if env.get(name, "").strip()), given.default
    )


def _in_home(given: Given, env: Mapping[str, str]) -> str:
    """What stands for it when another program has left its file there."""
    if not given.file:
        return ""
    home = env.get("HOME") or str(Path.home())
    path = Path(given.file.replace("~", home, 1))
    return (given.from_file or str(path)) if path.is_file() else ""


def _has_instead(row: Row, more: Mapping[str, str]) -> bool:
    """Whether there are credentials that are no key."""
    if _takes_pair(row):
        return "aws_profile_name" in more or {*_PAIR[:2]} <= more.keys()
    return any(given.name in more for given in row.more if given.is_credential)


def _takes_pair(row: Row) -> bool:
    return any(given.name == _PAIR[0] for given in row.more)


def _one_of(more: dict[str, str]) -> dict[str, str]:
    """A key pair comes before a profile, as with Amazon's own tools."""
    if {*_PAIR[:2]} <= more.keys():
        return {name: value for name, value in more.items() if name != "aws_profile_name"}
    return {name: value for name, value in more.items() if name not in _PAIR}


def _no_address(row: Row, section: ProviderSection) -> AuthError:
    names = [*row.base_url_env[:1], *(row.named.env[:1] if row.named else ())]
    hint = f"Set {' or '.join(names)}, or base_url in [provider.{row.id}]."
    return AuthError(f"The address of your {section.name or row.name} is not set", hint=hint)


def _whole(address: str, suffix: str) -> str:
    """`host:port` and bare hosts as whole addresses; an address to listen on as one to ask."""
    if "://" not in address:
        address = f"http://{address}"
    parts = urlsplit(address)
    host = parts.netloc.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]")
    path = parts.path.rstrip("/") or suffix
    return f"{parts.scheme}://{host}{path}"
