"""Commands that say how things stand: what it cost, what is connected; and share it."""

from collections.abc import Iterable

from opencode.core.delta import Usage
from opencode.core.session import Session
from opencode.i18n.catalog import t
from opencode.tui.acts.session import begun
from opencode.tui.blocks.steps import money, tokens
from opencode.tui.desk import Desk


async def cost(desk: Desk, argument: str) -> None:
    """What the session cost, model by model."""
    del argument
    session = await desk.door.session(begun(desk))
    rows = [t("cost.total", usage=_usage(session.usage))]
    rows += [f"  {model}: {_usage(usage)}" for model, usage in _by_model(session).items()]
    rest = session.usage.minus(sum(_by_model(session).values(), Usage()))
    if rest.total > 0:
        rows.append(t("cost.rest", usage=_usage(rest)))
    desk.tell("info", "\n".join(rows))


def _by_model(session: Session) -> dict[str, Usage]:
    found: dict[str, Usage] = {}
    for message in session.messages:
        if message.usage.total:
            found[message.model] = found.get(message.model, Usage()) + message.usage
    return found


def _usage(usage: Usage) -> str:
    facts = [
        t("cost.in", count=tokens(usage.input)),
        t("cost.out", count=tokens(usage.output)),
        t("cost.read", count=tokens(usage.cache_read)) if usage.cache_read else "",
        t("cost.write", count=tokens(usage.cache_write)) if usage.cache_write else "",
        t("cost.unknown") if usage.cost is None else money(usage.cost),
    ]
    return " · ".join(filter(None, facts))


async def status(desk: Desk, argument: str) -> None:
    """What is known of the session and what is connected, in the conversation."""
    del argument
    facts = desk.facts
    share = f" ({100 * facts.context // facts.window}%)" if facts.window else ""
    rows = [
        t("status.session", id=facts.session or t("sidebar.new"), title=facts.title),
        t("status.who", agent=facts.agent, model=facts.model),
        t("status.where", directory=facts.directory, branch=facts.branch or "-"),
        t("status.wall", isolation=facts.isolation or "-"),
        t("status.context", count=tokens(facts.context), share=share),
        t("status.usage", usage=_usage(facts.usage)),
    ]
    servers = {f"mcp {s.name}": s.state for s in await desk.door.mcp_servers()} | facts.servers
    rows += _listed("sidebar.servers", (f"{name} · {s}" for name, s in servers.items()))
    rows += _listed("sidebar.jobs", (c for c, code in facts.jobs.values() if code is None))
    desk.tell("info", "\n".join(rows))


def _listed(key: str, rows: Iterable[str]) -> list[str]:
    found = [f"  {row}" for row in rows]
    return [t(key) + ":", *found] if found else []


async def share(desk: Desk, argument: str) -> None:
    """A page that others can read; its address goes onto the clipboard."""
    del argument
    page = await desk.door.share(begun(desk))
    address = page if "://" in page else f"{desk.facts.served}/s/{page}"
    desk.tell("info", t("share.done", address=address))
    await desk.copy(address)


async def unshare(desk: Desk, argument: str) -> None:
    """Nobody can read it any more."""
    del argument
    was = await desk.door.unshare(begun(desk))
    desk.say(t("share.ended" if was else "share.never"))
