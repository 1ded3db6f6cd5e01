"""What is made of a session when it is opened: interrupted calls closed, foreign ones disarmed."""

from opencode.core.message import Message
from opencode.core.session import Session

_INTERRUPTED = (
    "Interrupted: opencode ended before this call did. Whether it took effect is unknown; "
    "look before repeating it."
)
_UNANSWERED = "Interrupted: opencode ended before it was answered."


def interrupt(session: Session) -> list[Message]:
    """Give what ran when its process died an outcome; nothing is ever run again by itself.
    Returns the messages it touched."""
    touched = session.close_open_calls("error", _INTERRUPTED)
    last = session.messages[-1] if session.messages else None
    if last is not None and last.role == "assistant" and not last.finish:
        last.finish, last.error = "error", last.error or "Interrupted: opencode ended."
        if last not in touched:
            touched.append(last)
    if (
        not session.origin
        and last
        and last.role == "user"
        and last.text.strip()
        and not last.finish
    ):
        answer = session.begin_answer(last.agent or session.agent, last.model)
        answer.finish, answer.error, answer.ended = "error", _UNANSWERED, answer.created
        touched.append(answer)
    return touched


def make_inert(session: Session) -> None:
    """Take from a session of unknown hands whatever would act: it keeps its words only. The
    system text, tools and waiting prompts are gone, file changes cannot be undone through it."""
    session.origin = "imported"
    session.prefix = None
    session.queued = []
    session.undone = []
