"""Add, look at and log in to MCP servers, or be one."""

import asyncio
import os
import secrets
import sys
import webbrowser
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from opencode.cli.shared.options import Directory, Json, TrustThisTime
from opencode.cli.shared.output import clean, print_json, print_table, safe
from opencode.cli.show.mcp import for_people, print_logins, print_told, row_of, state_of
from opencode.cli.show.tongue import said
from opencode.config import edit, paths
from opencode.config.formats import written
from opencode.config.load import Loaded, load_settings
from opencode.config.trust import is_trusted
from opencode.core.error import UsageError
from opencode.mcp import tokens
from opencode.mcp.entry import Entry, check_name, read_entry, tried_by
from opencode.mcp.servers import Servers, entries_of

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Add, look at and log in to MCP servers, or be one.",
    epilog="Servers stand in the settings as [mcp.servers.NAME]; see docs/mcp.md.",
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the server, as in the settings.")]
Project = Annotated[
    bool, typer.Option("--project", "-p", help="In this project's file, not in yours.")
]
_PATIENCE = 20.0


@app.command("list")
def list_(
    tools: Annotated[bool, typer.Option("--tools", help="Every tool of every server.")] = False,
    connect: Annotated[bool, typer.Option(help="Try each one.")] = True,
    as_json: Json = False,
) -> None:
    """List servers and whether they answer.

    \b
    opencode mcp list
    opencode mcp list --tools
    """
    loaded = _load()
    entries, notes = entries_of(loaded.settings.mcp.servers, loaded.settings.mcp.only)
    notes += _held(loaded)
    servers = Servers(entries, Path.cwd(), (), lambda name, state, detail: None)
    if connect:
        asyncio.run(servers.try_once(_PATIENCE))
    rows = [row_of(life, tried=connect) for life in servers.lives.values()]
    if as_json:
        keys = ("name", "state", "tools", "how", "detail")
        print_json([dict(zip(keys, row, strict=True)) for row in rows])
    elif tools:
        found = [[t.name, clean(t.description)[:80]] for t in servers.tools().values()]
        print_table(("TOOL", "WHAT IT DOES"), found)
    elif rows:
        print_table(("NAME", "STATE", "TOOLS", "HOW", ""), map(for_people, rows))
    elif not notes:
        print(said("There are no MCP servers. Add one: opencode mcp add NAME COMMAND"))
    for note in notes:
        typer.echo(said(f"Note: {clean(note)}"), err=True)


@app.command(context_settings={"ignore_unknown_options": True})
def add(
    name: Name,
    command: Annotated[
        list[str], typer.Argument(metavar="COMMAND…|URL", help="Its command line or its address.")
    ],
    env: Annotated[list[str] | None, typer.Option("--env", "-e", help="NAME=VALUE")] = None,
    header: Annotated[list[str] | None, typer.Option("--header", "-H", help="NAME: VALUE")] = None,
    kind: Annotated[str, typer.Option("--type", help="stdio, http or sse.")] = "",
    cwd: Annotated[str, typer.Option(help="The folder it is started in.")] = "",
    timeout: Annotated[float, typer.Option(help="Seconds a call may be silent.", min=0)] = 0,
    project: Project = False,
) -> None:
    """Write a server into the settings. Options come before NAME.

    \b
    opencode mcp add files npx -y @modelcontextprotocol/server-filesystem .
    opencode mcp add --env GITHUB_TOKEN={env:GITHUB_TOKEN} github mcp-github
    opencode mcp add docs https://example.com/mcp
    """
    remote = len(command) == 1 and command[0].startswith(("http://", "https://"))
    table: dict[str, Any] = {"url": command[0]} if remote else {"command": command[0]}
    if command[1:]:
        table["args"] = command[1:]
    if env:
        table["env"] = _pairs(env, "=")
    if header:
        table["headers"] = _pairs(header, ":")
    for key, value in (("type", kind), ("cwd", cwd), ("timeout", timeout)):
        if value:
            table[key] = value
    check_name(name)
    read_entry(name, table)
    file = _file(project)
    mcp = _written(file)
    listed = mcp.get("servers")
    if isinstance(listed, list):  # the filter of the guide's sample: the tables stand beside it
        edit.set_value(file, ("mcp", name), table)
        names = cast("list[str]", listed)
        if name not in names:
            edit.set_value(file, ("mcp", "servers"), [*names, name])
    else:
        edit.set_value(file, ("mcp", "servers", name), table)
    print(said(f"{name} is written in {file}. Try it: opencode mcp debug {name}"))


@app.command()
def remove(name: Name, project: Project = False) -> None:
    """Take a server out of the settings, and forget its login.

    \b
    opencode mcp remove files
    """
    file = _file(project)
    gone = [edit.unset(file, keys) for keys in (("mcp", "servers", name), ("mcp", name))]
    listed = _written(file).get("servers")
    if isinstance(listed, list) and name in listed:
        left = [one for one in cast("list[str]", listed) if one != name]
        edit.set_value(file, ("mcp", "servers"), left)
        gone.append(True)
    if not any(gone):
        raise UsageError(f"{name} is not set in {file}", hint="--project looks in the project's.")
    tokens.forget(name)
    print(said(f"{name} is no longer set in {file}"))


@app.command()
def auth(
    name: Annotated[str, typer.Argument(metavar="NAME|list", help="Whose login; or list them.")],
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
    as_json: Json = False,
) -> None:
    """Log in to a server that wants it, or list where you are logged in.

    \b
    opencode mcp auth github
    opencode mcp auth list
    """
    if name == "list":
        print_logins(as_json=as_json)
        return
    entry = _entry(name)
    if not entry.url:
        raise UsageError(f"{name} is started by a command; only servers at addresses log in.")
    from opencode.mcp.oauth import log_in

    async def show(address: str) -> None:
        print(said(f"Log in there:\n{address}"), flush=True)
        if browser:
            await asyncio.to_thread(webbrowser.open, address)

    asyncio.run(log_in(entry, show))
    print(said(f"Logged in to {name}."))


@app.command()
def logout(name: Name) -> None:
    """Forget the login to a server.

    \b
    opencode mcp logout github
    """
    print(
        said(f"Logged out of {name}." if tokens.forget(name) else f"There was no login to {name}.")
    )


@app.command()
def debug(name: Name) -> None:
    """Start one server and tell all it says of itself.

    \b
    opencode mcp debug files
    """
    entry = _entry(name)
    servers = Servers([entry], Path.cwd(), (), lambda name, state, detail: None)
    print(said(f"Tried: {clean(entry.how)}"))
    asyncio.run(servers.try_once(_PATIENCE))
    life = servers.lives[name]
    print(said(f"State: {state_of(life)}"))
    if life.state != "ready":
        print(said(safe(life.detail.removesuffix(tried_by(name)).strip())))
        raise typer.Exit(1)
    print_told(servers, life)


@app.command()
def serve(
    http: Annotated[bool, typer.Option("--http", help="Streamable HTTP, not stdio.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 0,
    directory: Directory = Path(),
    trust: TrustThisTime = False,
) -> None:
    """Offer our tools to another agent, which starts us: {"command": "opencode", "args":
    ["mcp", "serve"]}.

    What no rule allows is asked through the client, or refused where it cannot ask. With --http
    each request must carry the Bearer token of OPENCODE_SERVER_PASSWORD, or the one printed.

    \b
    opencode mcp serve
    opencode mcp serve --http --port 8765
    """
    asyncio.run(_serve(directory.expanduser().resolve(), port if http else None, trust=trust))


async def _serve(directory: Path, port: int | None, *, trust: bool) -> None:
    from opencode.server.mcp import Desk, serve_http, serve_stdio
    from opencode.workspace.open import Opening, open_workspace

    opening = Opening(
        directory,
        model="offline/rules",
        trust=trust,
        what="opencode mcp serve",
        servers_within=None,
    )
    hint = "Nobody can be asked here. The person can allow it with a rule in [permissions]."
    async with open_workspace(opening) as workspace:
        desk = Desk(workspace, workspace.rooms.tools, hint)
        if port is None:
            await serve_stdio(desk)
            return
        password = os.environ.get("OPENCODE_SERVER_PASSWORD", "")
        secret = password or secrets.token_urlsafe(24)

        def ready(address: str) -> None:
            print(said(f"Serving at {address}"), flush=True)
            if not password:
                print(f"Authorization: Bearer {secret}", file=sys.stderr, flush=True)

        await serve_http(desk, "127.0.0.1", port, secret, ready)


def _load() -> Loaded:
    return load_settings(Path.cwd(), trusted=is_trusted)


def _held(loaded: Loaded) -> list[str]:
    if loaded.trusted:
        return []
    held = [key for key in loaded.needs_trust if key.startswith("mcp.")]
    return [f"{key} of this project waits for trust: opencode trust" for key in held]


def _entry(name: str) -> Entry:
    loaded = _load()
    raw = loaded.settings.mcp.servers.get(name)
    if raw is None:
        waits = _held(loaded)
        known = ", ".join(loaded.settings.mcp.servers) or said("none")
        raise UsageError(
            f"There is no MCP server {name!r}; there are: {known}.",
            hint=" ".join(waits) or f"Add it: opencode mcp add {name} COMMAND",
        )
    return read_entry(name, raw)


def _pairs(written: list[str], sign: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in written:
        name, there, value = pair.partition(sign)
        if not there or not name.strip():
            raise UsageError(f"{pair!r} is not NAME{sign}VALUE")
        found[name.strip()] = value.strip()
    return found


def _file(project: bool) -> Path:
    return edit.file_to_edit(paths.project_root(Path.cwd()) if project else paths.config_dir())


def _written(file: Path) -> dict[str, Any]:
    values = written.read(file).values if file.exists() else {}
    mcp = values.get("mcp")
    return cast("dict[str, Any]", mcp) if isinstance(mcp, dict) else {}
