"""A prompt with a name: `/review src` says more than was typed."""

from msgspec import Struct


class Command(Struct, frozen=True):
    """A template of a prompt, from settings or markdown, or built in."""

    name: str
    template: str
    """May hold $ARGUMENTS, $1 …, !`a shell command` and @files."""
    description: str = ""
    agent: str = ""
    model: str = ""
    subtask: bool = False
    """A sub-agent is to do it."""
    source: str = ""
    """The file it comes from; "" when it is built in or stands in the settings."""
