"""Stores and removes API keys: in the system's keychain where there is one, else in auth.json
(mode 0600, whole or not at all, one writer a time)."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import msgspec

from opencode.config import keychain, paths
from opencode.config.secrets import read_auth
from opencode.core.error import ConfigError, UsageError
from opencode.host.files import Held, lock, write_atomic


def save_key(provider: str, key: str, *, login: bool = False) -> str:
    """Keep `key` for `provider`, over an older one, and say where it is now. UsageError when it
    cannot be a key. `login`: it is what somebody got by logging in."""
    wanted = key.strip()
    if not provider or not wanted:
        raise UsageError("a provider and its key are needed")
    if any(character.isspace() or not character.isprintable() for character in wanted):
        raise UsageError(
            "this is no key: it holds blanks or line breaks", hint="Paste the key alone."
        )
    entry: dict[str, Any] = {"type": "oauth" if login else "api"}
    kept = keychain.put(provider, wanted)
    with _changing() as entries:
        entries[provider] = {**entry, "keychain": True} if kept else {**entry, "key": wanted}
    return "the system's keychain" if kept else str(paths.auth_file())


def remove_key(provider: str) -> bool:
    """Forget what is stored for `provider`; False when there was nothing."""
    with _changing() as entries:
        entry = entries.pop(provider, None)
    if entry and entry.get("keychain"):
        keychain.drop(provider)
    return entry is not None


@contextmanager
def _changing() -> Generator[dict[str, dict[str, Any]]]:
    """auth.json read and written again under its lock; untouched when nothing changed."""
    path = paths.auth_file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with lock(path.with_name("auth.lock"), what="opencode auth"):
            before = read_auth()
            after = dict(before)
            yield after
            if after != before:
                data = msgspec.json.format(msgspec.json.encode(after), indent=2)
                write_atomic(path, data + b"\n", mode=0o600)
    except Held as error:
        raise ConfigError("another process keeps changing the keys", file=str(path)) from error
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", file=str(path)) from error
