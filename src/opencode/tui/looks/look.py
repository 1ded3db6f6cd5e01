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


_HUES = {
    "primary": "#5ea1ff",
    "secondary": "#a0a8ff",
    "accent": "#ffb454",
    "success": "#7bc275",
    "warning": "#e5b567",
    "error": "#e06c75",
}
"""What a theme leaves out."""


@lru_cache(maxsize=8)
def _look(name: str, pairs: tuple[tuple[str, str], ...], dark: bool) -> Look:
    variables = {key: value for key, value in pairs if value}
    ink = _color(variables, "foreground", "#e0e0e0" if dark else "#202020")
    ground = _color(variables, "background", "#121212" if dark else "#f4f4f4")
    panel = _color(variables, "surface", "#1e1e1e" if dark else "#e8e8e8")
    hues = {key: _color(variables, key, fallback) for key, fallback in _HUES.items()}
    return _Mixer(ink, ground, panel, hues).look(name)


@dataclass(frozen=True)
class _Mixer:
    """Makes styles of a theme's colours. A theme of the terminal's own sixteen has no shades."""

    ink: Color
    ground: Color
    panel: Color
    hues: dict[str, Color]

    @property
    def plain(self) -> bool:
        return self.ink.ansi is not None or self.ground.ansi is not None

    def hue(self, key: str) -> Style:
        return Style(color=self.hues[key].rich_color)

    def mixed(self, share: float, least: float) -> Style:
        """So much ink, and more where that could hardly be read on the panel (contrast by WCAG)."""
        if self.plain:
            return Style(dim=True)
        while share < 1 and _contrast(self.ground.blend(self.ink, share), self.panel) < least:
            share += 0.02
        return Style(color=self.ground.blend(self.ink, share).rich_color)

    def tinted(self, key: str, share: float) -> Style:
        if self.plain:
            return self.hue(key)
        return Style(bgcolor=self.ground.blend(self.hues[key], share).rich_color)

    def marked(self, key: str, share: float) -> Style:
        return Style(reverse=True) if self.plain else self.tinted(key, share)

    def look(self, name: str) -> Look:
        base, hue, mixed = Style(color=self.ink.rich_color), self.hue, self.mixed
        strong = Style(bold=self.plain)
        return Look(
            name=name,
            base=base,
            muted=mixed(0.62, 4.0),
            faint=mixed(0.38, 2.8),
            strong=base + Style(bold=True),
            primary=hue("primary"),
            accent=hue("accent"),
            success=hue("success"),
            warning=hue("warning"),
            error=hue("error"),
            link=hue("primary") + Style(underline=True),
            code=hue("accent"),
            ground=Style() if self.plain else Style(bgcolor=self.panel.rich_color),
            added=self.tinted("success", 0.16),
            removed=self.tinted("error", 0.16),
            added_word=self.tinted("success", 0.38) + strong,
            removed_word=self.tinted("error", 0.38) + strong,
            match=self.marked("warning", 0.45),
            selection=self.marked("primary", 0.4),
            comment=mixed(0.5, 3.0) + Style(italic=True),
            keyword=hue("secondary"),
            string=hue("success"),
            number=hue("warning"),
            function=hue("primary"),
            kind=hue("accent"),
            agents=tuple(
                hue(key)
                for key in ("primary", "accent", "success", "secondary", "warning", "error")
            ),
        )


def _contrast(one: Color, other: Color) -> float:
    lighter, darker = sorted((_light(one), _light(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _light(color: Color) -> float:
    """Relative luminance."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


PLAIN = look_of("plain", {}, dark=True)
"""A look before any theme is known."""
