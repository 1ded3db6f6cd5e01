"""What is known of MCP servers, as lines and tables."""

import time

from opencode.cli.shared.output import clean, print_json, print_table
from opencode.cli.show.tongue import language, said
from opencode.mcp import tokens
from opencode.mcp.life import Life
from opencode.mcp.servers import Servers


def row_of(life: Life, *, tried: bool) -> list[str]:
    """Name, state, number of tools, how it is reached, and what is wrong."""
    ready = life.state == "ready"
    state = _once(life) if tried else "-"
    detail = "" if ready else life.detail
    return [
        life.entry.name,
        state,
        str(len(life.told.tools)) if ready else "-",
        life.entry.how,
        detail,
    ]


def for_people(row: list[str]) -> list[str]:
    """The same in the person's language, with the states as the terminal app calls them."""
    name, state, tools, how, detail = row
    if language() == "en" or state == "-":
        return row
    return [name, _spoken(state), tools, how, said(detail)]


def state_of(life: Life) -> str:
    """Its state in the person's language."""
    return _once(life) if language() == "en" else _spoken(_once(life))


def _once(life: Life) -> str:
    """A command tries once: nothing starts it again."""
    return "failed" if life.state == "restarting" else life.state


def _spoken(state: str) -> str:
    from opencode.i18n.catalog import Catalogue

    return Catalogue(language()).t(f"mcp.{state}")


def print_told(servers: Servers, life: Life) -> None:
    """All a server says of itself."""
    name = life.entry.name
    told = life.told
    print(said(f"Server: {clean(told.version)}"))
    for title, lines in (
        (said("Tools"), [f"{t.name}: {t.description}" for t in servers.tools().values()]),
        (said("Resources"), [f"@{name}:{r.uri} {r.name}" for r in told.resources]),
        (said("Templates"), [f"@{name}:{r.uri} {r.name}" for r in told.templates]),
        (said("Prompts"), [f"/{name}:{p.name} {p.description}" for p in told.prompts]),
        (said("Instructions"), told.instructions.splitlines()),
    ):
        if lines:
            print(f"{title}:")
            for line in lines:
                print(f"  {clean(line)[:200]}")


def print_logins(*, as_json: bool) -> None:
    """Where somebody is logged in, and until when."""
    found = tokens.grants()
    if as_json:
        print_json({name: {"url": g.url, "expires": g.expires} for name, g in found.items()})
    elif found:
        rows = [[name, g.url, _until(g)] for name, g in found.items()]
        print_table(("NAME", "SERVER", "UNTIL"), rows)
    else:
        print(said("You are logged in nowhere. Log in: opencode mcp auth NAME"))


def _until(grant: tokens.Grant) -> str:
    if not grant.expires:
        return said("not said")
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(grant.expires))
    return said(f"{when}, then renewed") if grant.refresh_token else when
