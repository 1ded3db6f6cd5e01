"""Themes of people's own: a TOML or JSON file each, ours flat or that of the TypeScript original.

dark = true
primary = "#7aa2f7"
background = "#101216"
"""

import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from textual.color import Color, ColorParseError
from textual.theme import Theme

from opencode.config.suggest import did_you_mean
from opencode.i18n.catalog import t
from opencode.tui.looks.text import clean

_OURS = (
    *("primary", "secondary", "accent", "success", "warning", "error"),
    *("foreground", "background", "surface", "panel"),
)
_THEIRS = {"text": "foreground", "backgroundPanel": "surface", "backgroundElement": "panel"}
_LARGEST = 100_000
_STEPS = (0, 95, 135, 175, 215, 255)
_SIXTEEN = (
    *("#000000", "#cd0000", "#00cd00", "#cdcd00", "#0000ee", "#cd00cd", "#00cdcd", "#e5e5e5"),
    *("#7f7f7f", "#ff0000", "#00ff00", "#ffff00", "#5c5cff", "#ff00ff", "#00ffff", "#ffffff"),
)


def own_themes(folders: Iterable[Path]) -> tuple[list[Theme], list[str]]:
    """Every theme in these folders, later ones last, and a line for each that cannot be used."""
    found: list[Theme] = []
    problems: list[str] = []
    for folder in folders:
        for file in sorted(folder.glob("*.[jt]*")):
            if file.suffix not in (".json", ".toml") or not file.is_file():
                continue
            try:
                found += _themes(file.stem, _table(file))
            except (OSError, ValueError) as error:
                problems.append(t("theme.broken", file=str(file), why=clean(str(error))))
    return found, problems


def _table(file: Path) -> dict[str, Any]:
    if file.stat().st_size > _LARGEST:
        raise ValueError(t("theme.large"))
    text = file.read_text("utf-8-sig")
    value: Any = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
    if not isinstance(value, dict):
        raise ValueError(t("theme.no_table"))
    return cast("dict[str, Any]", value)


def _themes(name: str, table: dict[str, Any]) -> list[Theme]:
    """One theme, or one for dark and one for light terminals where colours come in pairs."""
    inner = table.get("theme")
    if not isinstance(inner, dict):
        unknown = [key for key in table if key not in (*_OURS, *_THEIRS, "dark", "name")]
        if unknown:
            hint = did_you_mean(unknown[0], _OURS)
            raise ValueError(t("theme.unknown", name=unknown[0]) + hint)
        return [_theme(name, table, {}, dark=bool(table.get("dark", True)))]
    colours = cast("dict[str, Any]", inner)
    shades = cast("dict[str, Any]", table.get("defs") or {})
    dark = _theme(name, colours, shades, dark=True, theirs=True)
    light = _theme(f"{name}-light", colours, shades, dark=False, theirs=True)
    paired = any(isinstance(value, dict) for value in colours.values())
    return [dark, light] if paired else [dark]


def _theme(
    name: str,
    colours: Mapping[str, Any],
    shades: Mapping[str, Any],
    *,
    dark: bool,
    theirs: bool = False,
) -> Theme:
    found: dict[str, str] = {}
    for key, value in colours.items():
        ours = _THEIRS.get(key, key)
        if ours in _OURS and (colour := _colour(value, shades, dark)):
            found[ours] = colour
    if "primary" not in found:
        raise ValueError(t("theme.no_primary"))
    if theirs and "background" in found:  # the original's name for what lies behind all
        dark = Color.parse(found["background"]).brightness < 0.5
    return Theme(name=name, dark=dark, primary=found.pop("primary"), **cast("Any", found))


def _colour(value: Any, shades: Mapping[str, Any], dark: bool, depth: int = 0) -> str:
    """The colour as #rrggbb; "" for none. ValueError when it is none of the spellings."""
    if isinstance(value, dict):
        pair = cast("dict[str, Any]", value)
        return _colour(pair.get("dark" if dark else "light", ""), shades, dark, depth + 1)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255:
        return _indexed(value)
    if value in ("", "none"):
        return ""
    if isinstance(value, str) and value in shades and depth < 8:
        return _colour(shades[value], shades, dark, depth + 1)
    try:
        return Color.parse(str(value)).hex
    except ColorParseError:
        raise ValueError(t("theme.no_colour", value=str(value))) from None


def _indexed(number: int) -> str:
    """A colour of the 256."""
    if number < 16:
        return _SIXTEEN[number]
    if number >= 232:
        level = 8 + 10 * (number - 232)
        return f"#{level:02x}{level:02x}{level:02x}"
    red, green, blue = (_STEPS[(number - 16) // step % 6] for step in (36, 6, 1))
    return f"#{red:02x}{green:02x}{blue:02x}"
