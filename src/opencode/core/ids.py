"""Names for things: sortable by time, unique across machines, safe in paths and URLs."""

import os
import time

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def new_id(prefix: str) -> str:
    """`prefix_` and 26 characters: 12 hex digits of time (1/4096 ms, as the original and
    its clients count, so that theirs and ours sort together), 14 random characters."""
    stamp = f"{time.time_ns() * 4096 // 1_000_000:012x}"[-12:]
    return f"{prefix}_{stamp}" + "".join(_ALPHABET[byte % 62] for byte in os.urandom(14))


def new_session_id() -> str:
    """`ses_`, the 8 hex digits that name the file, and 18 random characters."""
    return f"ses_{os.urandom(4).hex()}" + "".join(_ALPHABET[b % 62] for b in os.urandom(18))


def short_id(session_id: str) -> str:
    """The 8 hex digits a session file is named by."""
    return session_id.removeprefix("ses_")[:8].lower()
