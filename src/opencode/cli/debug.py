"""Look behind the curtain: settings, places, sandbox, language servers, what a model is sent."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import msgspec
import typer

import opencode
from opencode.cli.shared.options import Directory, Model
from opencode.cli.shared.output import print_json, print_table
from opencode.cli.shared.session_files import open_store
from opencode.cli.show.tongue import said
from opencode.config import paths, trust
from opencode.config.load import load_settings
from opencode.core.code import CodeIntel, Diagnosis, ServerState
from opencode.core.shell import Isolation
from opencode.host import log
from opencode.host.wall.sandbox import Sandbox
from opencode.host.wall.views import Policy

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


class Report(msgspec.Struct, frozen=True):
    """What `debug sandbox --json` prints."""

    wall: str
    program: str
    enabled: bool
    network: bool
    isolation: Isolation
    """For agents that may write."""
    read_only: bool
    """Whether agents that only read are walled in."""
    covers: tuple[str, ...]
    does_not_cover: tuple[str, ...]
    refused: tuple[str, ...]
    """The better walls, and why they cannot be used here."""


@app.callback()
def debug() -> None:
    """Look behind the curtain."""


@app.command()
def sandbox(
    dir: Directory = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say which wall is around shell commands here, by building it.

    \b
    opencode debug sandbox
    opencode debug sandbox --json | jq .wall
    """
    folder = dir.resolve()
    wanted = load_settings(folder).settings.sandbox
    hidden = (*(Path(path).expanduser() for path in wanted.hidden), paths.auth_file())
    policy = Policy(
        (folder,),
        writable=tuple(Path(path).expanduser() for path in wanted.writable),
        hidden=(*hidden, paths.runtime_dir()),
        network=wanted.network,
    )
    walled = Sandbox(policy, enabled=wanted.enabled)
    try:
        wall = walled.wall
        report = Report(
            wall.kind,
            wall.program,
            wanted.enabled,
            wanted.network,
            walled.isolation,
            wall.kind != "none",
            wall.holds,
            wall.gaps,
            wall.refused,
        )
    finally:
        walled.close()
    print(json.dumps(msgspec.to_builtins(report), indent=2) if as_json else _words(report))


@app.command()
def lsp(
    file: Annotated[Path | None, typer.Argument(help="Start its server and look at it.")] = None,
    dir: Directory = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List the language servers there could be; with a file, try its server.

    \b
    opencode debug lsp
    opencode debug lsp src/main.py
    """
    from opencode.workspace.opening.intel import code_of

    folder = dir.resolve()
    settings = load_settings(folder, trusted=trust.is_trusted).settings
    code = code_of(settings, folder, lambda event: None, always=True)
    assert code
    states, diagnosis = asyncio.run(_tried(code, file.resolve() if file else None))
    if as_json:
        told = {"servers": states, "diagnostics": diagnosis and diagnosis.items}
        print(msgspec.json.encode(told, enc_hook=str).decode())
        return
    for one in states:
        if file and not {file.name, file.suffix} & {*one.languages}:
            continue
        where = f" in {one.root}" if one.root else ""
        print(f"{one.state:<10} {one.name}{where}" + f": {one.detail}" * bool(one.detail))
    if diagnosis:
        how = said("looked at") if diagnosis.ready else said("not looked at in time")
        print(f"\n{file}: {how}")
        for item in diagnosis.items:
            print(f"  {item.line}:{item.column} {item.severity}: {item.message}")


@app.command()
def config(
    profile: Annotated[str, typer.Option(help="As with this [profiles.NAME].")] = "",
    dir: Directory = Path(),
    _: Annotated[bool, typer.Option("--json", hidden=True)] = True,
) -> None:
    """Print all settings as they count, and where they come from, as JSON; keys blacked out.

    \b
    opencode debug config | jq .settings.permissions
    """
    from opencode.cli.config import hidden
    from opencode.providers.catalog import ROWS

    keys = {row.id: tuple(row.keys) for row in ROWS}
    loaded = load_settings(
        dir.resolve(), profile=profile, trusted=trust.is_trusted, key_variables=keys
    )
    print_json(
        {
            "settings": hidden(msgspec.to_builtins(loaded.settings)),
            "profile": loaded.profile,
            "sources": [source.label for source in loaded.sources],
            "origins": loaded.origins,
            "warnings": loaded.warnings,
            "waits_for_trust": hidden(loaded.needs_trust),
            "trusted": loaded.trusted,
        }
    )


@app.command("paths")
def paths_(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say where everything lies: settings, keys, sessions, logs, caches.

    \b
    opencode debug paths
    tail -f "$(opencode debug paths --json | jq -r .log)"
    """
    data = paths.data_dir()
    found = {
        "config": paths.config_dir(),
        "data": data,
        "sessions": open_store().folder,
        "index": open_store().index.path,
        "keys": paths.auth_file(),
        "grants": data / "grants.json",
        "trust": data / "trust.json",
        "undo": data / "undo",
        "state": paths.state_dir(),
        "log": paths.log_dir() / log.FILE,
        "cache": paths.cache_dir(),
        "runtime": paths.runtime_dir(),
        "program": Path(opencode.__file__).parent,
        "project": paths.project_root(Path.cwd()),
    }
    if as_json:
        print_json({name: str(path) for name, path in found.items()})
    else:
        print_table(("WHAT", "WHERE"), [[name, str(path)] for name, path in found.items()])


@app.command()
def prompt(
    message: Annotated[list[str] | None, typer.Argument(help="What would be said.")] = None,
    session: Annotated[str, typer.Option("--session", "-s", help="In this one.")] = "",
    agent: Annotated[str, typer.Option(help="build, plan, or one of yours.")] = "",
    model: Model = "",
    dir: Directory = Path(),
    profile: Annotated[str, typer.Option(help="As with this [profiles.NAME].")] = "",
    full: Annotated[bool, typer.Option("--full", help="The whole text, too.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The whole request, for programs.")
    ] = False,
) -> None:
    """Show the request a prompt would make, part by part, with about its tokens. Nothing is sent.

    \b
    opencode debug prompt "Fix the failing test"
    opencode debug prompt --agent plan --full "Plan it"
    opencode debug prompt --json "Hello" | jq .wire.messages
    """
    from opencode.cli.show.prompt import show_prompt
    from opencode.workspace.collaborators.joining import ONE_SHOT
    from opencode.workspace.open import Opening

    opening = Opening(dir.resolve(), profile=profile, model=model, servers_within=ONE_SHOT)
    text = " ".join(message or [])
    asked = {"session": session, "agent": agent, "model": model}
    asyncio.run(show_prompt(opening, text, asked, full=full, as_json=as_json))


async def _tried(code: CodeIntel, file: Path | None) -> tuple[list[ServerState], Diagnosis | None]:
    try:
        found = await code.diagnostics(file, 30.0) if file else None
        return code.states(), found
    finally:
        await code.close()


def _words(report: Report) -> str:
    use = said("It is used only for agents that may not write.")
    if report.isolation != "none":
        use = said("It is used for every command.")
    if report.wall == "none":
        use = said("Agents that may not write get no commands but harmless ones.")
    lines = [f"{said(f'Sandbox: {report.wall}')}. {use}"]
    if not report.enabled:
        lines.append(said("It is switched off in the settings: [sandbox] enabled = false."))
    for title, items in (
        (said("It holds:"), report.covers),
        (said("It does not cover:"), report.does_not_cover),
        (said("Could not be used:"), report.refused),
    ):
        if items:
            lines += ["", title, *(f"  - {said(item)}" for item in items)]
    return "\n".join(lines)
