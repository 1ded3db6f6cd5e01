"""Look at, continue, delete and take back conversations."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from opencode.cli.shared.options import Json
from opencode.cli.shared.output import clean, print_json, print_table, safe
from opencode.cli.shared.session_files import named, open_history, open_store
from opencode.cli.show.sessions import (
    heading,
    hit_row,
    in_families,
    part_text,
    session_row,
    when,
)
from opencode.cli.show.tongue import said
from opencode.core.door import Restored
from opencode.session.trash import Deleted

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Look at, continue, delete and take back conversations.",
    epilog="ID is any unique beginning of a session's id; the 8 characters of its file name do.",
)

Ident = Annotated[str, typer.Argument(metavar="ID", help="Which session.")]
Newest = Annotated[
    str, typer.Argument(metavar="ID", help="Which session; the newest here when left out.")
]
All = Annotated[bool, typer.Option("--all", "-a", help="Of all projects, not only this folder.")]
Limit = Annotated[int, typer.Option(help="At most so many; 0 for all.", min=0)]


@app.command("list")
def list_(
    as_json: Json = False,
    limit: Limit = 0,
    everywhere: All = False,
    deleted: Annotated[bool, typer.Option("--deleted", help="What lies in the trash.")] = False,
) -> None:
    """List sessions, newest first. Damaged ones are listed as damaged.

    \b
    opencode session list --limit 10
    opencode session list --all --json
    """
    store = open_store()
    if deleted:
        _print_deleted(store.trash.entries(), as_json=as_json)
        return
    infos = store.infos(limit=limit, everywhere=everywhere)
    if as_json:
        print_json(infos)
    elif infos:
        print_table(("ID", "UPDATED", "MESSAGES", "TITLE"), map(session_row, in_families(infos)))
    else:
        print(said('There are no sessions here yet. Start one: opencode run "…"'))


@app.command()
def show(session_id: Newest = "", as_json: Json = False) -> None:
    """Print a conversation.

    \b
    opencode session show ea99a867
    """
    store = open_store()
    session = store.load(named(store, session_id))
    if as_json:
        print_json(session)
        return
    if lost := store.find(session.id).damaged:
        print(said(clean(f"This session is damaged: {lost}.")), file=sys.stderr)
    print(clean(f"{session.title or said('Untitled')} · {session.id}"))
    print(clean(f"{session.directory} · {when(session.updated)}"))
    for message in session.messages:
        print(f"\n{heading(message)}")
        for part in message.parts:
            if text := part_text(part):
                print(safe(text))


@app.command()
def resume(session_id: Newest = "") -> None:
    """Go on with a conversation: in the terminal app, or with what is piped in.

    \b
    opencode session resume ea99a867
    echo "And the tests?" | opencode session resume ea99a867
    """
    store = open_store()
    info = store.find(named(store, session_id))
    if sys.stdin.isatty() and sys.stdout.isatty():
        from opencode.cli.tui import tui

        tui(Path(info.directory), session=info.id)
    else:
        from opencode.cli.run import run

        run([], session=info.id, directory=Path(info.directory))


@app.command()
def delete(session_id: Ident) -> None:
    """Move a session, and those of its sub-agents, to the trash for 30 days.

    \b
    opencode session delete ea99a867
    """
    info = open_store().delete(session_id)
    print(said(f"Deleted {info.id}. Within 30 days: opencode session restore {info.id}"))


@app.command()
def restore(session_id: Ident) -> None:
    """Bring a deleted session back.

    \b
    opencode session list --deleted
    opencode session restore ea99a867
    """
    print(said(f"Restored {open_store().restore(session_id).id}."))


@app.command()
def search(
    words: Annotated[list[str], typer.Argument(help="All of them must be in it.")],
    as_json: Json = False,
    limit: Limit = 0,
    everywhere: All = False,
) -> None:
    """Find sessions by words of their title or of any message.

    \b
    opencode session search parser bug
    opencode session search --all "connection refused"
    """
    hits = open_store().search(" ".join(words), limit, everywhere=everywhere)
    if as_json:
        print_json(hits)
    elif hits:
        print_table(("ID", "UPDATED", "TITLE", "FOUND"), map(hit_row, hits))
    else:
        print(
            said("Nothing found." if everywhere else "Nothing found here; --all looks everywhere.")
        )


@app.command()
def fork(
    session_id: Newest = "",
    message: Annotated[str, typer.Option(help="Copy up to (not with) this message.")] = "",
) -> None:
    """Copy a conversation under a new id; files stay as they are.

    \b
    opencode session fork ea99a867
    """
    import asyncio

    from opencode.config.grants import Grants
    from opencode.session import rewind

    store = open_store()
    old = store.load(named(store, session_id))
    copy = store.create(rewind.fork(old, message))
    Grants().copy(old.id, copy.id)
    asyncio.run(store.close(copy))
    print(copy.id)


@app.command()
def undo(
    session_id: Newest = "",
    message: Annotated[str, typer.Option(help="Take back all from this message on.")] = "",
) -> None:
    """Take back the last prompt: the conversation and the files it changed.

    A file that somebody else changed since is left as it is and named.

    \b
    opencode session undo
    opencode session undo ea99a867
    """
    import asyncio

    _report(asyncio.run(_go_back(session_id, message, again=False)), again=False)


@app.command()
def redo(session_id: Newest = "") -> None:
    """Bring back what the last undo took.

    \b
    opencode session redo ea99a867
    """
    import asyncio

    _report(asyncio.run(_go_back(session_id, "", again=True)), again=True)


async def _go_back(session_id: str, message: str, *, again: bool) -> Restored:
    from opencode.session import rewind

    store = open_store()
    session = store.open(named(store, session_id))
    history = open_history(store, session.id, session.directory)
    try:
        if again:
            return await rewind.redo(session, history)
        return await rewind.undo(session, history, message)
    finally:
        await history.close()
        await store.close(session)


def _report(restored: Restored, *, again: bool) -> None:
    words = restored.prompt.text if restored.prompt else ""
    prompt = clean(words[:200]) or said("a message without words")
    print(said(f"Brought back: {prompt}" if again else f"Took back: {prompt}"))
    for path in restored.files:
        print(f"  {clean(path)}")
    if restored.conflicts:
        print(said("Left as they are, since somebody else changed them (or no copy was kept):"))
        for path in restored.conflicts:
            print(f"  {clean(path)}")


def _print_deleted(entries: list[Deleted], *, as_json: bool) -> None:
    if as_json:
        print_json(entries)
    elif entries:
        rows = ((one.id, when(one.deleted), one.title or said("Untitled")) for one in entries)
        print_table(("ID", "DELETED", "TITLE"), rows)
    else:
        print(said("The trash is empty."))
