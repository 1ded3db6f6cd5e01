"""Commands about files: what the session changed, and one of them to read."""

from pathlib import Path

from opencode.i18n.catalog import t
from opencode.tui.blocks.target import SESSION, split_target
from opencode.tui.desk import Desk
from opencode.tui.here import app_of
from opencode.tui.widgets.choices import Choice
from opencode.tui.writing.files import list_files


async def review(desk: Desk, argument: str) -> None:
    """Everything the session changed, beginning with a file."""
    # Drawing needs the highlighting library, the first screen does not.
    from opencode.tui.screens.review import ReviewScreen  # noqa: PLC0415

    facts = desk.facts
    screen = ReviewScreen(desk.door, facts.session, facts.directory, argument)
    await app_of(desk.transcript).push_screen(screen)


async def open_file(desk: Desk, argument: str) -> None:
    """Read a file: `src/a.py`, `src/a.py:20`, or one that is chosen."""
    path, number = split_target(argument)
    if not path:
        names = await list_files(Path(desk.facts.directory or "."))
        rows = [Choice(name, name) for name in names if not name.endswith("/")]
        path = await desk.pick(t("command.open"), rows) or ""
    if path:
        await show_file(desk, path, number)


async def follow(desk: Desk, target: str) -> None:
    """See what was pointed at in the conversation."""
    if target.startswith(SESSION):
        await desk.show_session(await desk.door.session(target.removeprefix(SESSION)))
        desk.say(t("sessions.child"))
    else:
        await show_file(desk, *split_target(target))


async def parent(desk: Desk, argument: str) -> None:
    """From a sub-agent's session back to the one that asked it."""
    del argument
    here = await desk.door.session(desk.facts.session) if desk.facts.session else None
    if here and here.parent:
        await desk.show_session(await desk.door.session(here.parent))
    else:
        desk.say(t("sessions.no_parent"))


async def show_file(desk: Desk, path: str, number: int = 0) -> None:
    """Read a file of the project, beginning at a line."""
    from opencode.tui.screens.preview import PreviewScreen  # noqa: PLC0415

    screen = PreviewScreen(desk.facts.directory, path, number)
    await app_of(desk.transcript).push_screen(screen)
