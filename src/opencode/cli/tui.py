"""Open the terminal app: what `opencode` alone does."""

import os
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from opencode.cli.shared.beside import Wanted
from opencode.cli.shared.output import need_terminal
from opencode.config.suggest import did_you_mean
from opencode.core.door import Door
from opencode.core.error import UsageError
from opencode.i18n.catalog import language_of, languages
from opencode.tui.home import SettingsHome
from opencode.tui.open import run_app
from opencode.tui.options import Options


def tui(
    directory: Annotated[Path, typer.Argument(help="The project.")] = Path(),
    model: Annotated[str, typer.Option("--model", "-m", help="provider/model")] = "",
    provider: Annotated[str, typer.Option(help="Use this provider's model.")] = "",
    agent: Annotated[str, typer.Option(help="build, plan, or one of yours.")] = "",
    continue_last: Annotated[
        bool, typer.Option("--continue", "-c", help="Open the last session of this folder.")
    ] = False,
    session: Annotated[str, typer.Option("--session", "-s", help="Open this one.")] = "",
    prompt: Annotated[str, typer.Option(help="Say this at once.")] = "",
    profile: Annotated[str, typer.Option(help="A [profiles.NAME] of the settings.")] = "",
    language: Annotated[str, typer.Option(help="Of the screen; models get English.")] = "",
    auto: Annotated[bool, typer.Option(help="Allow what no rule denies, unasked.")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Trust this folder's settings.")] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of its server. 0: 4096 or the next free one.")
    ] = 0,
    no_server: Annotated[
        bool, typer.Option("--no-server", help="Let no other program reach it.")
    ] = False,
    project: Annotated[
        Path | None, typer.Option(hidden=True, help="The same as the argument, for programs.")
    ] = None,
    password: Annotated[
        str, typer.Option(envvar="OPENCODE_SERVER_PASSWORD", hidden=True, show_default=False)
    ] = "",
    username: Annotated[
        str, typer.Option(envvar="OPENCODE_SERVER_USERNAME", hidden=True, show_default=False)
    ] = "opencode",
) -> None:
    """Open the terminal app in a project.

    \b
    opencode
    opencode ~/code/project --model anthropic/claude-sonnet-4-5
    opencode --continue
    """
    here = (project or directory).expanduser().resolve()
    if not here.is_dir():
        raise UsageError(
            f"There is no folder {project or directory}.", hint="`opencode --help` lists commands."
        )
    if language and not language_of(language):
        _refuse(language)
    need_terminal()
    os.chdir(here)  # what is typed and dropped here is meant from there
    overrides = {"provider": {"default": provider}} if provider else {}
    start = Options(session=session, newest=continue_last, prompt=prompt, agent=agent, model=model)
    home = SettingsHome(here, profile, overrides, trust, start, language)

    def open_door() -> AbstractAsyncContextManager[Door]:
        from opencode.i18n.captions import answer
        from opencode.workspace.open import Opening, open_workspace

        opening = Opening(
            here,
            profile=profile,
            model=model,
            on_ask="auto" if auto else "wait",
            trust=trust,
            overrides=overrides,
            titles=True,
            what="opencode",
            say=answer,
        )
        return open_workspace(opening)

    server = Wanted(port, password, username, on=not no_server)
    if code := run_app(open_door, home.options(), home, server.let_in):
        raise typer.Exit(code)


def _refuse(language: str) -> NoReturn:
    known = languages()
    suggestion = did_you_mean(language, [*known, *known.values()])
    raise UsageError(
        f"There is no language {language!r}{suggestion}", hint=f"There are: {', '.join(known)}."
    )
