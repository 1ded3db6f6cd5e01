from msgspec.structs import replace

from opencode.core.message import Message, TextPart
from opencode.core.provider import ModelRequest
from opencode.providers.worker.frames import Route
from opencode.providers.worker.link import Link, ask

ROUTE = Route(model="openai/m", provider="Toy")


def said(*texts: str) -> list[Message]:
    return [Message(text, "user", [TextPart(text)], created=1.0) for text in texts]


def sent(link: Link, messages: list[Message]) -> tuple[int, list[bytes]]:
    """How many messages the worker is to keep, and those it gets."""
    request = ModelRequest("toy/m", "", list(messages), session="s")
    made = ask(link, 1, ROUTE, request)
    return made.keep, [bytes(raw) for raw in made.messages]


def test_only_what_is_new_is_sent() -> None:
    link, history = Link(), said(*"abcdefgh")
    assert sent(link, history[:6])[0] == 0
    keep, new = sent(link, history)
    assert (keep, len(new)) == (6, 2)


def test_a_message_that_was_replaced_is_sent_anew_and_what_follows_too() -> None:
    link, history = Link(), said(*"abcdefgh")
    sent(link, history)
    history[1] = replace(history[1], parts=[TextPart("other")])
    keep, new = sent(link, history)
    assert (keep, len(new)) == (1, 7)
    assert b"other" in new[0]


def test_the_newest_messages_may_change_as_they_are() -> None:
    link, history = Link(), said(*"abcdefgh")
    sent(link, history)
    history[-1].parts.append(TextPart("more"))
    keep, new = sent(link, history)
    assert (keep, len(new)) == (7, 1)
    assert b"more" in new[0]
