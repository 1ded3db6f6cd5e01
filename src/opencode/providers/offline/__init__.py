"""The keyless default: explicit instructions become tool calls by rules, and it says so."""

from opencode.providers.keyless import MODEL
from opencode.providers.offline.provider import OfflineProvider

__all__ = ["MODEL", "OfflineProvider"]
