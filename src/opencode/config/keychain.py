"""The system's keychain, where the extra `keyring` is installed and a keychain answers."""

import importlib.util

_SERVICE = "opencode"


def is_there() -> bool:
    """Whether the library that speaks to keychains is installed."""
    return importlib.util.find_spec("keyring") is not None


def put(provider: str, key: str) -> bool:
    """Keep `key`; False when no keychain would, and a file must do."""
    if not is_there():
        return False
    import keyring  # noqa: PLC0415 - an extra, and 70 ms
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        keyring.set_password(_SERVICE, provider, key)
        return keyring.get_password(_SERVICE, provider) == key
    except (KeyringError, OSError, RuntimeError):
        return False


def get(provider: str) -> str:
    """The key kept for `provider`; "" when it is gone, locked away, or nobody can be asked."""
    if not is_there():
        return ""
    import keyring  # noqa: PLC0415 - an extra, and 70 ms
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        return keyring.get_password(_SERVICE, provider) or ""
    except (KeyringError, OSError, RuntimeError):
        return ""


def drop(provider: str) -> None:
    """Forget it; nothing happens when it is not there."""
    if not is_there():
        return
    import keyring  # noqa: PLC0415 - an extra, and 70 ms
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        keyring.delete_password(_SERVICE, provider)
    except (KeyringError, OSError, RuntimeError):
        return
