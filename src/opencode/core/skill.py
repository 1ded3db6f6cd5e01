"""What an agent can read up on when a task calls for it."""

from msgspec import Struct


class Skill(Struct, frozen=True):
    """Instructions in a folder, listed by one line and loaded on demand."""

    name: str
    description: str
    path: str
    """Its SKILL.md; what lies beside it belongs to it."""
