"""Finds API keys: the environment first, then what is stored (auth.json, the keychain)."""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

import msgspec

from opencode.config import keychain, paths
from opencode.core.error import ConfigError


def lookup(
    provider: str, variables: Iterable[str] = (), env: Mapping[str, str] = os.environ
) -> str:
    """The provider's key: the first of its variables that is set, else the stored one, else ""."""
    for name in variables:
        if value := env.get(name, "").strip():
            return value
    return stored_keys().get(provider, "")


class StoredKeys(Mapping[str, str]):
    """Provider → key. A keychain is only asked for the key that is wanted, once."""

    def __init__(self, entries: Mapping[str, Mapping[str, Any]]) -> None:
        self._entries = {name: entry for name, entry in entries.items() if _holds_key(entry)}
        self._found: dict[str, str] = {}

    def __getitem__(self, provider: str) -> str:
        if provider not in self._found:
            entry = self._entries[provider]
            self._found[provider] = str(entry.get("key") or keychain.get(provider))
        return self._found[provider]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def stored_keys() -> StoredKeys:
    """Every key in auth.json or, by its word, in the keychain."""
    return StoredKeys(read_auth())


def _holds_key(entry: Mapping[str, Any]) -> bool:
    key = entry.get("key")
    return (isinstance(key, str) and bool(key)) or entry.get("keychain") is True


def read_auth() -> dict[str, dict[str, Any]]:
    """auth.json whole: provider → {"type": "api", "key": …}, or "keychain": true instead of the
    key; what others wrote (tokens of the original's) is kept as it is. {} when there is no such
    file; ConfigError when it is damaged."""
    path = paths.auth_file()
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=str(path)) from None
    try:
        found: Any = msgspec.json.decode(data) if data.strip() else {}
    except msgspec.DecodeError as error:
        raise _damaged(str(error)) from None
    if not isinstance(found, dict):
        raise _damaged("it holds no object")
    entries = cast("dict[str, Any]", found)
    return {
        name: cast("dict[str, Any]", entry)
        for name, entry in entries.items()
        if isinstance(entry, dict)
    }


def _damaged(reason: str) -> ConfigError:
    hint = "Mend it, or move it away and run `opencode auth set PROVIDER` again."
    return ConfigError(
        f"the stored keys are damaged: {reason}", file=str(paths.auth_file()), hint=hint
    )
