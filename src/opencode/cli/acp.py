"""Work in an editor: speak the Agent Client Protocol over stdin and stdout."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from opencode.cli.shared.options import Model, Profile
from opencode.cli.show.tongue import answering, said
from opencode.core.error import UsageError
from opencode.workspace.open import Opening


def acp(
    model: Model = "",
    agent: Annotated[str, typer.Option(help="Who answers new sessions.")] = "",
    profile: Profile = "",
    trust: Annotated[
        bool, typer.Option("--trust", help="Use the settings of the folders that are opened.")
    ] = False,
    editor_terminals: Annotated[
        bool,
        typer.Option(
            "--editor-terminals",
            help="Run commands in the editor's terminals: in sight, asked for, without a sandbox.",
        ),
    ] = False,
    cwd: Annotated[Path | None, typer.Option(help="Where to start, when not here.")] = None,
) -> None:
    """Answer an editor (Zed, Neovim, JetBrains …) that starts this program.

    The editor says in which folder each conversation works. What a folder's own settings may only
    do when trusted has no effect until you run `opencode trust` there, or start with --trust.

    \b
    opencode acp
    opencode acp --model anthropic/claude-sonnet-4-5
    opencode acp --trust
    opencode acp --editor-terminals
    """
    if cwd is not None:
        import os

        if not cwd.expanduser().is_dir():
            raise UsageError(f"There is no folder {cwd}.")
        os.chdir(cwd.expanduser())
    if sys.stdin.isatty():
        typer.echo(said("This speaks to editors, not to people: see docs/editors.md."), err=True)
    from opencode.acp.stdio import serve

    say = answering()

    def opening(folder: Path) -> Opening:
        return Opening(
            folder,
            profile=profile,
            model=model,
            trust=trust,
            overrides={"default_agent": agent} if agent else {},
            titles=True,
            what="opencode acp",
            say=say,
        )

    asyncio.run(serve(opening, lends_terminals=editor_terminals))
