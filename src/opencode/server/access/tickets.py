"""Tickets that let one WebSocket through without a password, once and soon: browsers cannot send
headers with one."""

import secrets
import time

SECONDS = 30


class Tickets:
    """Those given out and not used yet."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[str, float]] = {}

    def give(self, path: str) -> str:
        """A ticket for that path, good once."""
        now = time.monotonic()
        self._open = {name: entry for name, entry in self._open.items() if entry[1] > now}
        ticket = secrets.token_urlsafe(24)
        self._open[ticket] = (path, now + SECONDS)
        return ticket

    def take(self, ticket: str, path: str) -> bool:
        """Whether it is good for that path; from now on it is not."""
        wanted, until = self._open.pop(ticket, ("", 0.0))
        return wanted == path and until > time.monotonic()
