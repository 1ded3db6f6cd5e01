"""What the client hands out: sessions as lists show them, names of providers, and figures."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any


class OpenCodeProvider(Enum):
    """Providers by the names `set_auth` knows; others are named by their own id."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    GEMINI = "gemini"
    GROQ = "groq"
    BEDROCK = "bedrock"


@dataclass
class OpenCodeSession:
    """One conversation, as `create_session` and `list_sessions` describe it."""

    id: str | None = None
    model: str | None = None
    agent: str = "default"
    created_at: datetime | None = None
    status: str = "pending"


@dataclass
class Metrics:
    """What requests took, in seconds; streams count until their headers are there."""

    request_count: int = 0
    error_count: int = 0
    total_latency: float = 0.0

    def record_request(self, latency: float, error: bool = False) -> None:
        """Add one request; `error` when it failed or was answered with 4xx or 5xx."""
        self.request_count += 1
        self.total_latency += latency
        if error:
            self.error_count += 1

    @property
    def average_latency(self) -> float:
        """0 before the first request."""
        return self.total_latency / self.request_count if self.request_count else 0.0


def session_from(item: dict[str, Any]) -> OpenCodeSession:
    """The session a server describes."""
    return OpenCodeSession(
        id=item["id"],
        model=item.get("model"),
        agent=item.get("agent") or "default",
        created_at=datetime.fromisoformat(item["created_at"]),
        status=item["status"],
    )
