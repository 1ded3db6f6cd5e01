"""The documentation and the code say the same: pages, names, commands and samples."""

import contextlib
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer._click.exceptions import BadOptionUsage, MissingParameter

from opencode.cli.main import app, with_command
from opencode.config import paths
from opencode.config.load import load_settings
from opencode.config.reference import lines
from opencode.tests.fakes.real_tools import real
from opencode.tests.pages import DOCS, PARTS, split
from opencode.tests.replay import PAGE, TOUR, plain, replayed, toured

PAGES = [DOCS.parent / "README.md", *sorted(DOCS.glob("*.md"))]
TEXTS = {page.name: page.read_text("utf-8") for page in PAGES}
FENCE = re.compile(r"^ *(`{3,})(\w*)[^\n]*\n(.*?)^ *\1$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
SHELL = ("bash", "console", "sh", "")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def fences(*kinds: str) -> Iterator[tuple[str, str]]:
    """(page, text) of each block of these kinds."""
    for name, text in TEXTS.items():
        for _, kind, body in FENCE.findall(text):
            if kind in kinds:
                yield name, body


def command_lines() -> list[tuple[str, str]]:
    """(page, words) of every `opencode …` that stands in a page as something to type."""
    found: list[tuple[str, str]] = []
    for name, body in fences(*SHELL):
        for line in body.replace("\\\n", " ").splitlines():
            text = line.strip().removeprefix("$ ")
            if text.startswith("opencode ") and not re.search(
                r"  |[|\[\]…]", text.partition("#")[0]
            ):
                found.append((name, text))
            elif text.startswith("opencode "):
                found.append((name, re.split(r"  +| \| ", text)[0]))
    for name, text in TEXTS.items():
        outside = FENCE.sub("", text)
        found += [(name, one) for one in INLINE.findall(outside) if one.startswith("opencode ")]
    return [(name, text) for name, text in found if not re.search(r"[\[\]…\\<>]", text)]


def words_of(text: str) -> list[str]:
    """As a shell would split it; what a pipe or a comment begins is left out."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|>")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if word and word[0] in ";&|>":
            break
        words.append(word)
    return words[1:]


def parse(words: list[str]) -> None:
    """Read the words as the command line does, up to the leaf, and run nothing."""
    command: Any = typer.main.get_command(app)
    words, parent, name = with_command(words), None, "opencode"
    with contextlib.suppress(typer.Exit, MissingParameter, BadOptionUsage):  # only named
        while True:
            parent = command.make_context(name, words, parent=parent)
            words = [*parent._protected_args, *parent.args]
            if not words or not hasattr(command, "resolve_command"):
                return
            name, command, words = command.resolve_command(parent, words)


@pytest.mark.parametrize(("page", "text"), sorted(set(command_lines())))
def test_every_command_line_of_the_pages_parses(page: str, text: str, project: Path) -> None:
    words = words_of(text)
    (Path.home() / "code" / "project").mkdir(parents=True)
    if not (words and words[0].isupper()):  # `opencode COMMAND --help`
        parse(words)


@pytest.mark.parametrize(("page", "text"), list(fences("toml")))
def test_every_toml_sample_is_understood_without_a_warning(
    page: str, text: str, project: Path
) -> None:
    paths.config_dir().mkdir(parents=True)
    (paths.config_dir() / "opencode.toml").write_text(text)
    if "primary" not in tomllib.loads(text):  # a theme
        assert load_settings(project).warnings == []


@pytest.mark.parametrize(("page", "text"), list(fences("json")))
def test_every_json_sample_is_json(page: str, text: str) -> None:
    try:
        json.loads(text)
    except json.JSONDecodeError:
        for line in text.strip().splitlines():
            json.loads(line)


@pytest.mark.parametrize(("page", "text"), list(fences("python")))
def test_every_python_sample_compiles(page: str, text: str) -> None:
    compile(text, page, "exec", flags=0x2000)  # await at the top is fine


def test_every_setting_that_is_named_exists() -> None:
    known = {re.sub(r"[A-Z]{2,}", "NAME", line.key) for line in lines()}
    named = {
        (page, f"{section}.{key}")
        for page, text in TEXTS.items()
        for section, key in re.findall(r"`\[([a-z_]+)\] ([a-z_]+)\b", text)
    }
    assert named
    wrong = [(p, key) for p, key in named if key not in known and not _is_of_a_map(key, known)]
    assert wrong == []


def _is_of_a_map(key: str, known: set[str]) -> bool:
    return key.partition(".")[0] in known or f"{key}.NAME" in known


def test_every_page_stands_in_the_navigation_and_is_there() -> None:
    site = yaml.safe_load((DOCS.parent / "mkdocs.yml").read_text("utf-8"))
    listed = [page for group in site["nav"] for pages in group.values() for page in pages]
    names = [name for entry in listed for name in entry.values()]
    assert sorted(names) == sorted([*(p.name for p in DOCS.glob("*.md")), "decisions/index.md"])


@pytest.mark.parametrize("page", ["AGENTS.md", "docs/architecture.md"])
def test_the_picture_of_the_floors_shows_every_room(page: str) -> None:
    picture = next(iter(FENCE.findall((DOCS.parent / page).read_text("utf-8"))))[2]
    house = DOCS.parent / "src" / "opencode"
    rooms = [f"{path.parent.name}/" for path in house.glob("*/__init__.py")]
    modules = [path.name for path in house.glob("[a-z]*.py")]
    assert [name for name in [*rooms, *modules] if name not in picture] == ["tests/"]


def test_every_link_between_pages_leads_somewhere() -> None:
    dead = [
        (page.name, target)
        for page in PAGES
        for target in LINK.findall(FENCE.sub("", page.read_text("utf-8")))
        if "://" not in target and not (page.parent / target.partition("#")[0]).exists()
    ]
    assert dead == []


@pytest.mark.parametrize("name", PARTS)
def test_what_the_code_knows_itself_is_written_as_it_says(name: str) -> None:
    assert split(TEXTS[name])[1].strip() == PARTS[name]().strip(), "run `make reference`"


def differing(page: str, now: str) -> str:
    lines = (plain(text).splitlines() for text in (page, now))
    return "\n".join(unified_diff(*lines, "the page", "now", n=1, lineterm=""))


@pytest.mark.slow
def test_the_tutorial_prints_what_it_says(tmp_path: Path) -> None:
    text = TEXTS[PAGE.name]
    assert differing(text, replayed(text, tmp_path)) == ""


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_tour_goes_as_it_says(tmp_path: Path) -> None:
    real("mcp-server-filesystem")
    assert differing(TEXTS[TOUR.name], toured(tmp_path)) == ""
