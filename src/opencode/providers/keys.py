"""Which key and which address a provider is asked with: settings, variables, stored secrets."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from opencode.config.schema import ProviderSection
from opencode.core.error import AuthError
from opencode.providers.catalog import Row

Secrets = Callable[[str], str | None]
"""A provider's stored key by its id; None when there is none."""


def find_key(
    row: Row, section: ProviderSection, env: Mapping[str, str], secrets: Secrets
) -> str | None:
    """The key: as written in the settings, then the variables, then the stored one."""
    if section.api_key:
        return section.api_key
    for name in (section.api_key_env, *row.keys):
        if name and (value := env.get(name, "").strip()):
            return value
    return secrets(row.id)


def needs_key(row: Row, section: ProviderSection, address: str) -> bool:
    """Whether asking without a key is pointless: its own address wants one, a proxy may not."""
    return bool(section.api_key_env) or (bool(row.keys) and not address)


def key_variable(row: Row, section: ProviderSection) -> str:
    """The variable a person would set; "" when the provider has none."""
    return section.api_key_env or (row.keys[0] if row.keys else "")


def missing_key(row: Row, section: ProviderSection) -> AuthError:
    """The error for a provider that cannot be asked without a key."""
    name = section.name or row.name
    variable = key_variable(row, section)
    either = f"Set {variable}, or run" if variable else "Run"
    return AuthError(f"There is no key for {name}", hint=f"{either} `opencode auth set {row.id}`.")


def find_address(row: Row, section: ProviderSection, env: Mapping[str, str]) -> str:
    """Where to ask: the settings, then the provider's well-known variables, then the row."""
    written = section.base_url or next(
        (env[name] for name in row.base_url_env if env.get(name, "").strip()), ""
    )
    address = written.strip() or row.base_url
    whole = _whole(address, row.suffix) if address else ""
    return whole.removesuffix("/v1") if row.prefix == "anthropic/" else whole  # litellm adds it


def _whole(address: str, suffix: str) -> str:
    """`host:port` and bare hosts as whole addresses; an address to listen on as one to ask."""
    if "://" not in address:
        address = f"http://{address}"
    parts = urlsplit(address)
    host = parts.netloc.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]")
    path = parts.path.rstrip("/") or suffix
    return f"{parts.scheme}://{host}{path}"


def is_near(address: str) -> bool:
    """Whether the address is on this machine."""
    return (urlsplit(address).hostname or "") in ("localhost", "127.0.0.1", "::1")
