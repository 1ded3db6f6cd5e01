"""The colours to choose from: Textual's and ours."""

from textual.app import App
from textual.theme import Theme

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


def register(app: App[None]) -> None:
    """Make our themes known."""
    for theme in OURS:
        app.register_theme(theme)


def names(app: App[None]) -> list[str]:
    """Every theme there is, ours first."""
    ours = [theme.name for theme in OURS]
    return ours + sorted(set(app.available_themes) - set(ours))


def named(name: str, app: App[None], dark: bool = True) -> str:
    """The theme a person means; the default of a dark or light terminal for an unknown one."""
    wanted = _PLAIN_NAMES.get(name, name)
    if wanted in app.available_themes:
        return wanted
    return "opencode-dark" if dark else "opencode-light"
