"""Write a conversation as JSON: `opencode export ID -o session.json`."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from opencode.cli.shared.session_files import named, open_store
from opencode.cli.show.tongue import said
from opencode.core.error import OpenCodeError
from opencode.host.files import write_atomic
from opencode.session.transfer import export_session


class Shape(StrEnum):
    """Whose JSON."""

    native = "native"
    opencode = "opencode"


def export(
    session_id: Annotated[
        str, typer.Argument(metavar="ID", help="Which session; the newest here when left out.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file, not to stdout.")
    ] = None,
    shape: Annotated[
        Shape,
        typer.Option(
            "--format", help="native: exact; opencode: {info, messages: [{info, parts}]}."
        ),
    ] = Shape.native,
) -> None:
    """Write a conversation as JSON, whole: tool calls, outputs and usage.

    \b
    opencode export ea99a867 -o session.json
    opencode export | jq '.messages | length'
    opencode export ea99a867 --format opencode
    """
    store = open_store()
    data = export_session(store.load(named(store, session_id)), shape.value)
    if out is None:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    try:
        write_atomic(out, data, mode=0o600)
    except OSError as error:
        raise OpenCodeError(f"{out} could not be written: {error.strerror}.") from error
    print(said(f"Exported to {out}."), file=sys.stderr)
