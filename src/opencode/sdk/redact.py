"""The client's log, and what never stands in it."""

import logging
from collections.abc import Mapping
from typing import Any, cast

logger = logging.getLogger("opencode_sdk")
"""Requests and answers at DEBUG; silent until a program sets logging up."""

_HIDDEN = "***"
_SECRET = ("authorization", "key", "token", "secret", "password", "cookie", "refresh", "access")
_COUNTS = ("tokens", "inputtokens", "outputtokens", "maxtokens")


def redacted(value: Any) -> Any:
    """The same headers or JSON with every key, token and password as `***`, at any depth."""
    if isinstance(value, Mapping):
        entries = cast("Mapping[Any, Any]", value)
        return {
            key: _HIDDEN if item and _is_secret(str(key)) else redacted(item)
            for key, item in entries.items()
        }
    if isinstance(value, list):
        return [redacted(item) for item in cast("list[Any]", value)]
    return value


def _is_secret(name: str) -> bool:
    plain = name.lower().replace("_", "").replace("-", "")
    return plain not in _COUNTS and any(word in plain for word in _SECRET)
