"""Finds the server's secret where a person keeps it."""

import importlib.util
import json
import os
from pathlib import Path
from typing import Any, cast


def get_api_key() -> str | None:
    """OPENCODE_API_KEY, else `apiKey` of ~/.opencode/config.json, else the keyring's entry `server`
    of `opencode` (`keyring set opencode server`); None when it is nowhere. ValueError when the
    file is damaged."""
    return os.environ.get("OPENCODE_API_KEY") or _of_file() or _of_keyring()


def _of_file() -> str | None:
    file = Path.home() / ".opencode" / "config.json"
    try:
        found: Any = json.loads(file.read_text("utf-8"))
    except OSError:
        return None
    except ValueError as error:
        raise ValueError(f"{file} is no JSON: {error}") from None
    key: Any = cast("dict[str, Any]", found).get("apiKey") if isinstance(found, dict) else None
    return key if isinstance(key, str) and key else None


def _of_keyring() -> str | None:
    if importlib.util.find_spec("keyring") is None:
        return None
    import keyring  # noqa: PLC0415 - an extra, and 70 ms
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        return keyring.get_password("opencode", "server") or None
    except (KeyringError, OSError, RuntimeError):
        return None
