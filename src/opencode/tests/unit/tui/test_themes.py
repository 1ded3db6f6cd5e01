import json
from pathlib import Path

import pytest
from textual.app import App

from opencode.tui.looks import themes
from opencode.tui.looks.look import look_of
from opencode.tui.looks.own_themes import own_themes

WANTED = (
    *("dark", "light", "catppuccin", "nord", "gruvbox", "tokyonight", "solarized", "dracula"),
    *("solarized-light", "high-contrast", "kanagawa", "everforest", "monokai", "rosepine"),
)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> App[None]:
    monkeypatch.setenv("COLORTERM", "truecolor")
    made = App[None]()
    themes.register(made)
    return made


@pytest.mark.parametrize("name", WANTED)
def test_themes_people_know_are_there(app: App[None], name: str) -> None:
    assert themes.is_known(name, app)
    assert themes.named(name, app) not in ("textual-dark", "textual-light")


@pytest.mark.parametrize("name", WANTED)
def test_what_matters_less_can_be_read_all_the_same(app: App[None], name: str) -> None:
    theme = app.get_theme(themes.named(name, app))
    assert theme
    drawn = app.get_css_variables() | theme.to_color_system().generate()
    look = look_of(theme.name, drawn, theme.dark)
    panel = look.ground.bgcolor
    assert panel
    for style, least in ((look.faint, 2.8), (look.muted, 4.0), (look.comment, 3.0)):
        assert style.color
        assert contrast(style.color.get_truecolor(), panel.get_truecolor()) > least - 0.1


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    lighter, darker = sorted((lightness(one), lightness(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def lightness(color: tuple[int, ...]) -> float:
    shares = [((c / 255 + 0.055) / 1.055) ** 2.4 for c in color]
    return sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), shares, strict=True))


def test_auto_follows_the_terminal_and_families_have_a_light_side(app: App[None]) -> None:
    assert themes.named("auto", app, dark=True) == "opencode-dark"
    assert themes.named("", app, dark=False) == "opencode-light"
    assert themes.named("solarized", app, dark=False) == "solarized-light"
    assert themes.named("dark", app, dark=False) == "opencode-dark"
    assert themes.names(app)[0] == "auto"


def test_without_colours_and_with_sixteen_the_terminals_own_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("COLORTERM", raising=False)
    few = App[None]()
    themes.register(few)
    assert themes.named("auto", few) == "ansi-dark"
    assert themes.named("nord", few) == "nord"
    monkeypatch.setenv("NO_COLOR", "1")
    none = App[None]()
    themes.register(none)
    assert themes.named("nord", none, dark=False) == "ansi-light"


def test_a_file_of_ones_own_is_a_theme_under_its_name(app: App[None], tmp_path: Path) -> None:
    (tmp_path / "sea.toml").write_text('primary = "#0af"\nbackground = "#001"\ndark = true\n')
    assert not themes.register(app, [tmp_path, tmp_path / "missing"])
    assert themes.named("sea", app) == "sea"
    assert app.available_themes["sea"].background == "#000011"


def test_the_originals_form_with_names_pairs_and_numbers_is_read(
    app: App[None], tmp_path: Path
) -> None:
    written = {
        "$schema": "x",
        "defs": {"ink": "#111111", "snow": "#fefefe", "sky": 33},
        "theme": {
            "primary": "sky",
            "text": {"dark": "snow", "light": "ink"},
            "background": {"dark": "ink", "light": "snow"},
            "backgroundPanel": "none",
            "diffAdded": "#123456",
        },
    }
    (tmp_path / "pair.json").write_text(json.dumps(written))
    assert not themes.register(app, [tmp_path])
    assert app.available_themes["pair"].primary.lower() == "#0087ff"
    assert app.available_themes["pair"].dark
    assert not app.available_themes["pair-light"].dark
    assert themes.named("pair", app, dark=False) == "pair-light"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.toml", "primary = ", "a.toml"),
        ("b.toml", 'primary = "#fff"\nforegruond = "#000"', "did you mean foreground"),
        ("c.toml", 'background = "#fff"', "no primary"),
        ("d.toml", 'primary = "blueish"', "blueish"),
        ("e.json", "[]", "table"),
    ],
)
def test_a_broken_file_is_named_with_the_reason(
    tmp_path: Path, name: str, text: str, why: str
) -> None:
    (tmp_path / name).write_text(text)
    found, problems = own_themes([tmp_path])
    assert not found
    assert len(problems) == 1
    assert why in problems[0]
