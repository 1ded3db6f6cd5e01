"""Finds API keys: the environment first, then auth.json."""

import os
from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from opencode.config import paths
from opencode.core.error import ConfigError


def lookup(
    provider: str, variables: Iterable[str] = (), env: Mapping[str, str] = os.environ
) -> str:
    """The provider's key: the first of its variables that is set, else the stored one, else ""."""
    for name in variables:
        if value := env.get(name, "").strip():
            return value
    return stored_keys().get(provider, "")


def stored_keys() -> dict[str, str]:
    """Provider → key, of every plain key in auth.json."""
    return {
        name: key
        for name, entry in read_auth().items()
        if isinstance(key := entry.get("key"), str) and key
    }


def read_auth() -> dict[str, dict[str, Any]]:
    """auth.json whole: provider → {"type": "api", "key": …}; other types (oauth) are kept as
    they are. {} when there is no such file; ConfigError when it is damaged."""
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
