"""The settings as rows, and how each of them is changed."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from opencode.i18n.catalog import languages, t
from opencode.i18n.english import translated
from opencode.tui.acts import setup
from opencode.tui.desk import Desk
from opencode.tui.here import app_of
from opencode.tui.looks.themes import AUTO, names
from opencode.tui.options import Setting
from opencode.tui.widgets.choices import Choice

Kind = Literal["model", "agent", "effort", "theme", "language", "notify", "switch", "number"]


@dataclass(frozen=True)
class Row:
    """One setting: its key, the text that names it, how it is changed, its group."""

    key: str
    label: str
    kind: Kind
    group: str
    later: bool = False
    """It holds from the next start on."""


ROWS = (
    Row("model", "model", "model", "models", later=True),
    Row("default_agent", "default_agent", "agent", "models", later=True),
    Row("effort", "effort", "effort", "models", later=True),
    Row("ui.theme", "theme", "theme", "look"),
    Row("ui.language", "language", "language", "look"),
    Row("ui.notify", "notify", "notify", "look"),
    Row("ui.title", "terminal_title", "switch", "look"),
    Row("ui.vim", "vim", "switch", "look"),
    Row("limits.max_steps", "max_steps", "number", "limits", later=True),
    Row("limits.max_cost", "max_cost", "number", "limits", later=True),
    Row("limits.max_seconds", "max_seconds", "number", "limits", later=True),
    Row("limits.tool_output_lines", "output_lines", "number", "limits", later=True),
    Row("sandbox.enabled", "sandbox", "switch", "safety", later=True),
    Row("sandbox.network", "network", "switch", "safety", later=True),
)
_EFFORTS = ("", "low", "medium", "high")
_NOTIFY = {"true": "on", '"bell"': "bell", "bell": "bell", "message": "message", "false": "off"}


async def settings(desk: Desk, argument: str) -> None:
    """See and change the settings, one after the other, until one leaves."""
    del argument
    marked = ""
    while True:
        found = await rows(desk)
        chosen = await desk.pick(t("settings.title"), found, marked)
        if chosen is None:
            return
        if chosen != setup.INFO:
            marked = chosen
            await setup.guarded(desk, edit(desk, chosen))


async def rows(desk: Desk) -> list[Choice]:
    """Every setting with its value and who said so, then what is in force of the wall and trust."""
    home = setup.home_of(desk)
    found = await asyncio.to_thread(home.settings, *(row.key for row in ROWS))
    out = [
        Choice(
            t(f"settings.{row.label}"),
            row.key,
            f"{_shown(row, setting)} · {_origin(setting.origin)}",
            t(f"settings.group_{row.group}"),
        )
        for row, setting in zip(ROWS, found, strict=True)
    ]
    safety = t("settings.group_safety")
    wall = "wall_none" if desk.facts.isolation == "none" else "wall_on"
    out.append(Choice(t("settings.wall"), setup.INFO, t(f"settings.{wall}"), safety))
    trust = t(f"settings.{desk.facts.trust or 'trust_none'}")
    return [*out, Choice(t("settings.trust"), setup.INFO, trust, safety)]


def _shown(row: Row, setting: Setting) -> str:
    match row.kind:
        case "switch":
            return t("settings.on" if setting.value == "true" else "settings.off")
        case "notify":
            return t(f"settings.notify_{_NOTIFY.get(setting.value.strip(chr(34)), 'on')}")
        case "theme":
            return t("settings.auto") if setting.value in ("", AUTO) else setting.value
        case "language":
            return languages().get(setting.value, setting.value) or t("settings.unset")
        case _:
            return setting.value or t("settings.unset")


def _origin(name: str) -> str:
    """Who said so; variables and files go by their own names."""
    key = f"settings.from_{name.replace(' ', '_').replace('-', '_')}"
    return name if (text := t(key)) == key else text


async def edit(desk: Desk, key: str) -> None:
    """Change one of them; what is seen changes at once."""
    row = next(row for row in ROWS if row.key == key)
    [now] = await asyncio.to_thread(setup.home_of(desk).settings, key)
    if row.kind == "theme":
        await setup.themes(desk, "")
        return
    text = await _asked(desk, row, now)
    if text is None or text == now.value:
        return
    await setup.write(desk, key, text, later=row.later)
    if row.kind == "language":
        desk.show_language(text)
    desk.ground.reread()


async def _asked(desk: Desk, row: Row, now: Setting) -> str | None:
    """The new value as people write it; None when they leave."""
    title = t(f"settings.{row.label}")
    match row.kind:
        case "switch":
            return "false" if now.value == "true" else "true"
        case "number":
            return await desk.ask_line(title, now.value)
        case _:
            return await desk.pick(title, await _choices(desk, row.kind), now.value)


async def _choices(desk: Desk, kind: Kind) -> list[Choice]:
    match kind:
        case "model":
            return [Choice(m.name or m.id, m.id, m.id, m.provider) for m in await desk.models()]
        case "agent":
            known = [a for a in desk.agents if a.mode != "subagent" and not a.hidden]
            return [
                Choice(agent.name, agent.name, translated(agent.description)) for agent in known
            ]
        case "language":
            return [Choice(name, code, code) for code, name in languages().items()]
        case "effort":
            return [Choice(effort or t("settings.unset"), effort) for effort in _EFFORTS]
        case "theme":
            return [Choice(name, name) for name in names(app_of(desk.transcript))]
        case _:
            ways = ("true", "bell", "message", "false")
            return [Choice(t(f"settings.notify_{_NOTIFY[way]}"), way) for way in ways]
