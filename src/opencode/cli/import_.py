"""Bring in a conversation from a JSON file: `opencode import session.json`."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from opencode.cli.shared.session_files import open_store
from opencode.cli.show.tongue import said
from opencode.core.error import UsageError
from opencode.session.transfer import import_session, under_new_id

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="The file, or - for stdin.", allow_dash=True)],
) -> None:
    """Bring in a conversation: ours, or the original's {info, messages: [{info, parts}]}.

    What it says is text: nothing in it runs, asks or is obeyed. It belongs to this folder from
    now on and keeps its id unless a session here has it.

    \b
    opencode import session.json
    """
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from error
    store = open_store()
    session = import_session(data, store.directory)
    if store.has(session.id):
        session = under_new_id(session)
        print(said("A session here has that id already; this is a copy."), file=sys.stderr)
    store.create(session)
    asyncio.run(store.close(session))
    print(session.id)
