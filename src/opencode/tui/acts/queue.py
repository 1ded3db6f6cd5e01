"""Prompts that wait: taken back into the input to be changed, or to be dropped."""

from opencode.core.message import FilePart, Message
from opencode.i18n.catalog import t
from opencode.tui.desk import Desk
from opencode.tui.widgets.choices import Choice


async def queue(desk: Desk, argument: str) -> None:
    """Choose one of those that wait; it comes back into the input."""
    del argument
    waiting = {message.id: message for message in desk.facts.queued}
    if not waiting:
        desk.say(t("queue.empty"))
        return
    rows = [Choice(" ".join(message.text.split()), name) for name, message in waiting.items()]
    chosen = await desk.pick(t("command.queue"), rows, rows[-1].value)
    if chosen:
        await _take_back(desk, waiting[chosen])


async def take_back(desk: Desk) -> None:
    """The one that was said last comes back into the input."""
    if desk.facts.queued:
        await _take_back(desk, desk.facts.queued[-1])


async def send_all(desk: Desk) -> None:
    """The answer was stopped: what waited for its end is said now, oldest first."""
    for message in list(desk.facts.queued):
        taken = await desk.door.withdraw(desk.facts.session, message.id)
        await desk.door.prompt(desk.facts.session, taken.text, _pasted(taken))


def _pasted(message: Message) -> list[FilePart]:
    return [part for part in message.parts if isinstance(part, FilePart) and not part.path]


async def _take_back(desk: Desk, message: Message) -> None:
    taken = await desk.door.withdraw(desk.facts.session, message.id)
    begun = desk.written()
    desk.write(f"{taken.text}\n{begun}" if begun else taken.text, _pasted(taken))
    desk.say(t("queue.taken"))
