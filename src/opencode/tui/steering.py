"""What programs tell the app to do through its server: words for the input, commands, notices."""

from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any

from opencode.core.door import Door
from opencode.i18n.catalog import t
from opencode.tui.commands import BY_NAME
from opencode.tui.desk import Desk
from opencode.tui.keys import UPSTREAM
from opencode.tui.screens.chat import ChatScreen
from opencode.tui.state.facts import Facts

_THEIRS = {
    "help.show": "help",
    "session.list": "sessions",
    "session.new": "new",
    "session.share": "share",
    "session.compact": "compact",
    "model.list": "models",
    "agent.list": "agents",
    "theme.switch": "themes",
    "theme.list": "themes",
    "session.page.up": "page_up",
    "session.page.down": "page_down",
    "session.first": "first",
    "session.last": "last",
    "agent.cycle": "next_agent",
}
"""Commands under the names the original's clients use; its older ones have `_` for each dot."""

Act = Callable[[Desk], Awaitable[None]]


def act_of(kind: str, properties: dict[str, Any], submit: Callable[[str], None]) -> Act:
    """What the app is to do. `submit` sends a prompt as if it was typed."""

    async def act(desk: Desk) -> None:
        match kind:
            case "tui.prompt.append":
                desk.write(desk.written() + str(properties.get("text", "")))
            case "tui.toast.show":
                level = {"success": "info"}.get(str(properties["variant"]), properties["variant"])
                title = properties.get("title")
                desk.tell(str(level), ": ".join(filter(None, (title, properties["message"]))))
            case "tui.session.select":
                await _show(desk, desk.door, str(properties["sessionID"]))
            case "tui.command.execute":
                await _execute(desk, str(properties.get("command", "")), submit)
            case _:
                pass

    return act


class Guests:
    """The app as the server beside it sees it; all of it is called in the app's own loop."""

    def __init__(self, chat: ChatScreen, facts: Facts) -> None:
        self._chat, self._facts = chat, facts
        self._here = copy_context()
        """With the person's language: a server calls from a context that has none."""

    def shown(self, address: str) -> None:
        """Other programs reach the app there."""

        async def act(desk: Desk) -> None:
            self._facts.served = address
            desk.refresh()

        self._do(act)

    def failed(self, why: str) -> None:
        """Nobody does, for this reason."""

        async def act(desk: Desk) -> None:
            desk.tell("warning", t("served.not", why=why))

        self._do(act)

    def steer(self, kind: str, properties: dict[str, Any]) -> None:
        """A program wants this."""
        self._do(act_of(kind, properties, self._chat.submit))

    def _do(self, act: Act) -> None:
        self._here.run(self._chat.do, act)


def ours(name: str) -> str:
    """What we call the command of that name; the name itself when it is none of the original's."""
    return _THEIRS.get(name.replace("_", "."), UPSTREAM.get(name, name))


async def _show(desk: Desk, door: Door, session: str) -> None:
    await desk.show_session(await door.session(session))


async def _execute(desk: Desk, command: str, submit: Callable[[str], None]) -> None:
    if command == "prompt.submit":
        text = desk.written()
        desk.write("")
        submit(text)
    elif command == "prompt.clear":
        desk.write("")
    elif command in ("session.interrupt", "session_interrupt"):
        await desk.door.cancel(desk.facts.session)
    else:
        name, _, argument = command.removeprefix("/").partition(" ")
        known = BY_NAME.get(ours(name))
        if known is None:
            desk.tell("warning", f"/{name}?")
        else:
            await known.act(desk, argument)
