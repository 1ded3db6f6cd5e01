"""Commands about what is seen: themes, languages, panels, folding, finding, leaving."""

from opencode.i18n.catalog import language_of, spoken, t
from opencode.i18n.catalog import languages as known_languages
from opencode.tui.desk import Desk
from opencode.tui.here import app_of
from opencode.tui.tty.outside import edited, editor_command
from opencode.tui.tty.terminal import has_shell
from opencode.tui.widgets.choices import Choice
from opencode.tui.widgets.transcript import Transcript


async def language(desk: Desk, argument: str) -> None:
    """Choose the language of everything we say."""
    chosen = language_of(argument) or None
    if argument and not chosen:
        desk.say(t("language.none", name=argument))
    if chosen is None:
        rows = [Choice(name, code, code) for code, name in known_languages().items()]
        chosen = await desk.pick(t("command.language"), rows, spoken().language)
    if chosen:
        desk.show_language(chosen)


async def help(desk: Desk, argument: str) -> None:
    """Keys and commands."""
    del argument
    desk.toggle("help")


async def sidebar(desk: Desk, argument: str) -> None:
    """Show or hide the sidebar."""
    del argument
    desk.toggle("sidebar")


async def sidebar_move(desk: Desk, argument: str) -> None:
    """Let the keys move in the sidebar."""
    del argument
    desk.enter_sidebar()


async def clear(desk: Desk, argument: str) -> None:
    """Empty the view; the session stays as it is."""
    del argument
    desk.transcript.show([])


async def details(desk: Desk, argument: str) -> None:
    """Open or shut everything that can be folded."""
    del argument
    desk.transcript.fold_all(None)


async def find(desk: Desk, argument: str) -> None:
    """Look for a text in the conversation."""
    desk.transcript.post_message(Transcript.Seeking(argument))


async def transcript(desk: Desk, argument: str) -> None:
    """Put the cursor into the conversation."""
    del argument
    desk.transcript.focus()


async def editor(desk: Desk, argument: str) -> None:
    """Write the prompt in one's own editor."""
    del argument
    text = await edited(app_of(desk.transcript), desk.written(), "prompt.md")
    if text is not None:
        desk.write(text.rstrip("\n"))
    else:
        failed = t("editor.failed", command=editor_command())
        desk.tell("error", failed, t("editor.hint"))


async def suspend(desk: Desk, argument: str) -> None:
    """To the background, as the shell's job control does it."""
    del argument
    if has_shell():
        app_of(desk.transcript).action_suspend_process()
    else:
        desk.say(t("chat.no_shell"))


async def quit(desk: Desk, argument: str) -> None:
    """Leave."""
    del argument
    desk.leave()


async def page_up(desk: Desk, argument: str) -> None:
    """A page up."""
    del argument
    desk.read.action_pages(-1)


async def page_down(desk: Desk, argument: str) -> None:
    """A page down."""
    del argument
    desk.read.action_pages(1)


async def first(desk: Desk, argument: str) -> None:
    """The beginning."""
    del argument
    desk.read.action_edge("home")


async def last(desk: Desk, argument: str) -> None:
    """The end."""
    del argument
    desk.read.action_edge("end")
