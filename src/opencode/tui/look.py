"""How blocks look: the theme's colours as styles, worked out once a theme."""

from dataclasses import dataclass
from functools import lru_cache

from rich.style import Style
from textual.color import Color


@dataclass(frozen=True)
class Look:
    """Named styles. Frozen and hashable, so that what is drawn with it can be cached."""

    name: str
    base: Style
    muted: Style
    faint: Style
    strong: Style
    primary: Style
    accent: Style
    success: Style
    warning: Style
    error: Style
    link: Style
    code: Style
    ground: Style
    """Behind code and user messages."""
    added: Style
    removed: Style
    added_word: Style
    removed_word: Style
    match: Style
    selection: Style
    comment: Style
    keyword: Style
    string: Style
    number: Style
    function: Style
    kind: Style
    agents: tuple[Style, ...]

    def agent(self, name: str) -> Style:
        """The colour of an agent: build and plan have their own, others by their name."""
        known = {"build": 0, "plan": 1}.get(name)
        return self.agents[sum(map(ord, name)) % len(self.agents) if known is None else known]


def _color(variables: dict[str, str], key: str, fallback: str) -> Color:
    value = variables.get(key, fallback)
    try:
        return Color.parse(value)
    except ValueError:
        return Color.parse(fallback)


def look_of(name: str, variables: dict[str, str], dark: bool) -> Look:
    """The look of a theme, from the variables Textual derives for it."""
    keys = ("foreground", "background", "surface", "panel", "primary", "secondary", "accent")
    more = ("success", "warning", "error")
    return _look(name, tuple((k, variables.get(k, "")) for k in keys + more), dark)


@lru_cache(maxsize=8)
def _look(name: str, pairs: tuple[tuple[str, str], ...], dark: bool) -> Look:
    variables = {key: value for key, value in pairs if value}
    ink = _color(variables, "foreground", "#e0e0e0" if dark else "#202020")
    ground = _color(variables, "background", "#121212" if dark else "#f4f4f4")
    panel = _color(variables, "surface", "#1e1e1e" if dark else "#e8e8e8")
    plain = ink.ansi is not None or ground.ansi is not None
    hues = {
        key: _color(variables, key, fallback)
        for key, fallback in {
            "primary": "#5ea1ff",
            "secondary": "#a0a8ff",
            "accent": "#ffb454",
            "success": "#7bc275",
            "warning": "#e5b567",
            "error": "#e06c75",
        }.items()
    }

    def fore(color: Color) -> Style:
        return Style(color=color.rich_color)

    def mixed(share: float) -> Style:
        return Style(dim=True) if plain else fore(ground.blend(ink, share))

    def tinted(color: Color, share: float) -> Style:
        if plain:
            return Style(color=color.rich_color)
        return Style(bgcolor=ground.blend(color, share).rich_color)

    return Look(
        name=name,
        base=fore(ink),
        muted=mixed(0.62),
        faint=mixed(0.38),
        strong=fore(ink) + Style(bold=True),
        primary=fore(hues["primary"]),
        accent=fore(hues["accent"]),
        success=fore(hues["success"]),
        warning=fore(hues["warning"]),
        error=fore(hues["error"]),
        link=fore(hues["primary"]) + Style(underline=True),
        code=fore(hues["accent"]),
        ground=Style() if plain else Style(bgcolor=panel.rich_color),
        added=tinted(hues["success"], 0.16),
        removed=tinted(hues["error"], 0.16),
        added_word=tinted(hues["success"], 0.38) + Style(bold=plain),
        removed_word=tinted(hues["error"], 0.38) + Style(bold=plain),
        match=Style(reverse=True) if plain else tinted(hues["warning"], 0.45),
        selection=Style(reverse=True) if plain else tinted(hues["primary"], 0.4),
        comment=mixed(0.5) + Style(italic=True),
        keyword=fore(hues["secondary"] if hues["secondary"] != ink else hues["primary"]),
        string=fore(hues["success"]),
        number=fore(hues["warning"]),
        function=fore(hues["primary"]),
        kind=fore(hues["accent"]),
        agents=tuple(
            fore(hues[key])
            for key in ("primary", "accent", "success", "secondary", "warning", "error")
        ),
    )


PLAIN = look_of("plain", {}, dark=True)
"""A look before any theme is known."""
