"""What a person should know about how a project was opened, told when somebody listens."""

from collections.abc import Callable

from opencode.core.event import Event, Notice


def say(notices: list[str], session_id: str, emit: Callable[[Event], None]) -> None:
    """With the first prompt; each is said once."""
    for text in notices:
        emit(Notice(session_id, "warning", "opening", text))
    notices.clear()
