"""Sessions to choose from: open one, or rename, fork, export or delete it where it stands."""

from collections.abc import Awaitable, Callable, Sequence

from opencode.i18n.catalog import t
from opencode.tui.acts import session
from opencode.tui.acts.setup import guarded
from opencode.tui.desk import Desk
from opencode.tui.dialogs.sessions import SessionBrowser
from opencode.tui.here import app_of
from opencode.tui.widgets.choices import Choice
from opencode.tui.widgets.sidebar import session_rows


async def sessions(desk: Desk, argument: str) -> None:
    """Choose a session by title or text and open it; an id opens it at once."""
    if argument.startswith("ses_"):
        await desk.show_session(await desk.door.session(argument))
        return
    if argument:
        found = await desk.door.sessions(argument)
        if len(found) == 1:
            await desk.show_session(await desk.door.session(found[0].id))
            return
    await _browse(desk, argument)


async def _browse(desk: Desk, query: str) -> None:
    async def find(text: str) -> Sequence[Choice]:
        return session_rows(await desk.door.sessions(text))

    marked = desk.facts.session
    while True:
        rows = session_rows(await desk.door.sessions(query))
        if not rows:
            desk.say(t("sessions.none"))
            return
        browser = SessionBrowser(rows, marked, find)
        verb, _, chosen = (
            await app_of(desk.transcript).push_screen_wait(browser) or ""
        ).rpartition(" ")
        if verb not in _DEEDS:
            if chosen:
                await desk.show_session(await desk.door.session(chosen))
            return
        marked = chosen
        await guarded(desk, _DEEDS[verb](desk, chosen))
        if verb == "fork":
            return


async def _rename(desk: Desk, id: str) -> None:
    found = await desk.door.session(id)
    if title := await desk.ask_line(t("sessions.rename"), found.title):
        await desk.door.update(id, title=title)
        if id == desk.facts.session:
            desk.facts.title = title
            desk.refresh()


async def _fork(desk: Desk, id: str) -> None:
    await desk.show_session(await desk.door.fork(id))
    desk.say(t("sessions.forked"))


async def _export(desk: Desk, id: str) -> None:
    await session.write_out(desk, await desk.door.session(id), "")


async def _delete(desk: Desk, id: str) -> None:
    found = await desk.door.session(id)
    await session.throw_away(desk, id, found.title)


_DEEDS: dict[str, Callable[[Desk, str], Awaitable[None]]] = {
    "rename": _rename,
    "fork": _fork,
    "export": _export,
    "delete": _delete,
}
