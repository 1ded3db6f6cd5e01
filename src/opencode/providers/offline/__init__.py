"""The keyless default: explicit instructions become tool calls by rules, and it says so."""

from opencode.providers.offline.provider import MODEL, OfflineProvider

__all__ = ["MODEL", "OfflineProvider"]
