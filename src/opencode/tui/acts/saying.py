"""What a sent text becomes: a prompt, a shell line or a switch of the model; and stopping it."""

from opencode.core.error import OpenCodeError
from opencode.tui.acts.answering import meant_by
from opencode.tui.desk import Desk


async def prompt(desk: Desk, text: str) -> None:
    """Say it to the model, unless the whole of it is a sentence that means a command. What could
    not be sent comes back into the input."""
    if "\n" not in text and await meant_by(desk, text):
        return
    try:
        await desk.door.prompt(await desk.session_id(), text)
    except OpenCodeError:
        if not desk.written():
            desk.write(text)
        raise


async def shell(desk: Desk, command: str) -> None:
    """Run a line of the person's own, through the same gate as a model's."""
    await desk.door.tool(await desk.session_id(), "bash", {"command": command})


async def stop(desk: Desk) -> None:
    """Stop the answer."""
    await desk.door.cancel(desk.facts.session)
