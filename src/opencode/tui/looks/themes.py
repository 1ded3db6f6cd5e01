"""The colours to choose from: Textual's and ours."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from textual.app import App
from textual.theme import Theme

AUTO = "auto"
"""Dark or light as the terminal is."""

OURS = (
    Theme(
        name="opencode-dark",
        primary="#7aa2f7",
        secondary="#bb9af7",
        accent="#f5a97f",
        success="#8bd49c",
        warning="#e5c07b",
        error="#f07178",
        foreground="#d8dae0",
        background="#101216",
        surface="#181b21",
        panel="#22262e",
        dark=True,
    ),
    Theme(
        name="opencode-light",
        primary="#2559c0",
        secondary="#7a3fb0",
        accent="#b3541e",
        success="#2a7d3f",
        warning="#8a6100",
        error="#b3261e",
        foreground="#1f2328",
        background="#fbfbfa",
        surface="#f0f0ee",
        panel="#e4e4e1",
        dark=False,
    ),
    Theme(
        name="high-contrast",
        primary="#4dd2ff",
        secondary="#ff9dff",
        accent="#ffff00",
        success="#00ff66",
        warning="#ffcc00",
        error="#ff5555",
        foreground="#ffffff",
        background="#000000",
        surface="#0a0a0a",
        panel="#1a1a1a",
        dark=True,
    ),
    Theme(
        name="kanagawa",
        primary="#7e9cd8",
        secondary="#957fb8",
        accent="#ffa066",
        success="#98bb6c",
        warning="#e6c384",
        error="#e46876",
        foreground="#dcd7ba",
        background="#1f1f28",
        surface="#2a2a37",
        panel="#363646",
        dark=True,
    ),
    Theme(
        name="everforest",
        primary="#7fbbb3",
        secondary="#d699b6",
        accent="#e69875",
        success="#a7c080",
        warning="#dbbc7f",
        error="#e67e80",
        foreground="#d3c6aa",
        background="#2d353b",
        surface="#343f44",
        panel="#3d484d",
        dark=True,
    ),
)

_PLAIN_NAMES = {
    "dark": "opencode-dark",
    "light": "opencode-light",
    "catppuccin": "catppuccin-mocha",
    "tokyonight": "tokyo-night",
    "solarized": "solarized-dark",
    "rosepine": "rose-pine",
    "one-dark": "atom-one-dark",
}
"""What people write in `[ui] theme`."""

_LIGHT = {
    "catppuccin": "catppuccin-latte",
    "solarized": "solarized-light",
    "rosepine": "rose-pine-dawn",
}
"""Families that have one for light terminals."""


def register(app: App[None], folders: Sequence[Path] = ()) -> list[str]:
    """Make our themes known, and those in folders of people's own; returns what is wrong with
    any of them."""
    for theme in OURS:
        app.register_theme(theme)
    there = [folder for folder in folders if folder.is_dir()]
    if not there:
        return []
    own: Any = import_module(
        "opencode.tui.looks.own_themes"
    )  # only who has some pays for reading them
    found, problems = own.own_themes(there)
    for theme in found:
        app.register_theme(theme)
    return problems


def names(app: App[None]) -> list[str]:
    """Every theme there is: the one that follows the terminal, ours, the others."""
    ours = [theme.name for theme in OURS]
    hidden = {"textual-dark", "textual-light", *ours}
    return [AUTO, *ours, *sorted(set(app.available_themes) - hidden)]


def named(name: str, app: App[None], dark: bool = True) -> str:
    """The theme a person means, in the shade that fits the terminal; for none or an unknown one
    the default of a dark or light terminal. Terminals of sixteen colours keep their own, and
    where no colours are wanted there are none."""
    if app.no_color:
        return _plain(dark)
    families = {**_PLAIN_NAMES, **({} if dark else _LIGHT)}
    wanted = families.get(name, name)
    if not dark and f"{wanted}-light" in app.available_themes:
        return f"{wanted}-light"
    if wanted in app.available_themes:
        return wanted
    if app.console.color_system not in ("truecolor", "256"):
        return _plain(dark)
    return "opencode-dark" if dark else "opencode-light"


def is_known(name: str, app: App[None]) -> bool:
    """Whether a name in the settings means anything."""
    return name in ("", AUTO, *_PLAIN_NAMES) or name in app.available_themes


def _plain(dark: bool) -> str:
    return "ansi-dark" if dark else "ansi-light"
