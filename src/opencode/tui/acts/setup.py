"""Commands about what lasts: themes, permissions that were given; and how a setting is written."""

import asyncio
import time
from collections.abc import Awaitable

from opencode.core.error import OpenCodeError, UsageError
from opencode.i18n.catalog import t
from opencode.i18n.english import translated
from opencode.tui.desk import Desk
from opencode.tui.here import app_of
from opencode.tui.looks.themes import is_known, names
from opencode.tui.options import Home
from opencode.tui.widgets.choices import Choice

INFO = "\0"
"""The value of a row that only tells."""


def home_of(desk: Desk) -> Home:
    """The settings on this machine. UsageError where the app was opened without them."""
    if desk.ground.home is None:
        raise UsageError(t("settings.elsewhere"))
    return desk.ground.home


async def themes(desk: Desk, argument: str) -> None:
    """Choose the colours; they are shown while one looks through them, and kept."""
    app = app_of(desk.transcript)
    known = names(app)
    before = desk.ground.options.theme or known[0]
    chosen = argument if argument and is_known(argument, app) else None
    if argument and chosen is None:
        desk.say(t("theme.none", name=argument))
    if chosen is None:
        rows = [Choice(name, name) for name in known]
        shown = before if before in known else app.theme
        chosen = await desk.pick(t("command.themes"), rows, shown, desk.ground.follow)
    desk.ground.follow(chosen or before)
    if chosen and desk.ground.home is not None:
        await write(desk, "ui.theme", chosen)


async def write(desk: Desk, key: str, text: str, *, later: bool = False) -> None:
    """Write a setting, saying where, and whether something nearer wins over it."""
    home = home_of(desk)
    file = await asyncio.to_thread(home.change, key, text)
    [now] = await asyncio.to_thread(home.settings, key)
    if now.origin not in ("user config", "built-in") and now.value != text:
        desk.say(t("settings.overruled", file=file, origin=now.origin))
    else:
        desk.say(t("settings.later" if later else "settings.written", file=file))


async def guarded(desk: Desk, act: Awaitable[None]) -> None:
    """What could not be done is told; the list is shown again."""
    try:
        await act
    except OpenCodeError as error:
        desk.say(translated(f"{error.message} {error.hint}".strip()))


async def permissions(desk: Desk, argument: str) -> None:
    """What was allowed for longer than once, of all scopes; any of it can be taken back."""
    del argument
    home = home_of(desk)
    while True:
        grants = {grant.id: grant for grant in await asyncio.to_thread(home.grants)}
        if not grants:
            desk.say(t("permissions.none"))
            return
        rows = [
            Choice(g.rule, g.id, f"{g.where} · {_day(g.since)}".strip(" ·"), _scope(g.scope))
            for g in sorted(grants.values(), key=lambda g: (g.scope, -g.since))
        ]
        chosen = grants.get(await desk.pick(t("permissions.title"), rows) or "")
        if chosen is None:
            return
        sure = [Choice(t("confirm.no"), ""), Choice(t("confirm.yes"), "yes")]
        if await desk.pick(t("permissions.revoke", rule=chosen.rule), sure):
            await asyncio.to_thread(home.revoke, chosen.id)
            desk.say(t("permissions.revoked", rule=chosen.rule))


def _scope(scope: str) -> str:
    return t(f"permissions.{scope}")


def _day(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))
