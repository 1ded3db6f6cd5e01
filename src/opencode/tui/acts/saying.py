"""What a sent text becomes: a prompt, a shell line or a switch of the model; and stopping it."""

from collections.abc import Sequence

from opencode.core.error import OpenCodeError
from opencode.core.message import FilePart
from opencode.i18n.catalog import t
from opencode.tui.acts.answering import meant_by
from opencode.tui.desk import Desk


async def prompt(desk: Desk, text: str, attached: Sequence[FilePart] = ()) -> None:
    """Say it to the model, unless the whole of it is a sentence that means a command. What could
    not be sent comes back into the input."""
    if not attached and await meant_by(desk, text):
        return
    desk.transcript.action_edge("end")
    try:
        await desk.door.prompt(await desk.session_id(), text, list(attached))
    except OpenCodeError:
        if not desk.written():
            desk.write(text, attached)
        raise


async def shell(desk: Desk, command: str) -> None:
    """Run a line of the person's own, through the same gate as a model's; they want to see what
    it says. What cannot run now comes back into the input."""
    desk.transcript.action_edge("end")
    try:
        call = await desk.door.tool(await desk.session_id(), "bash", {"command": command})
    except OpenCodeError:
        if not desk.written():
            desk.write(f"!{command}")
        raise
    desk.conversation.open_call(call.id)


async def stop(desk: Desk) -> None:
    """Stop the answer; say what goes on without it."""
    await desk.door.cancel(desk.facts.session)
    await tell_jobs(desk)


async def tell_jobs(desk: Desk) -> None:
    """Say what goes on in the background, and how it is ended."""
    if running := desk.facts.running_jobs:
        desk.say(t("status.jobs_left", n=running))


async def end_jobs(desk: Desk) -> None:
    """End what runs in the background."""
    desk.say("")
    await desk.door.tool(desk.facts.session, "process", {"action": "stop", "id": "all"})
