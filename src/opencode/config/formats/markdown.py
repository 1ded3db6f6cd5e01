"""Agents, commands and skills as people write them: markdown under a few lines of YAML."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import Struct

from opencode.config.check import what_is_wrong
from opencode.config.formats import yaml_file
from opencode.config.schema import AgentSection, CommandSection
from opencode.core.error import ConfigError

_FRONT = re.compile(
    r"\A\ufeff?---[ \t]*\r?\n(?P<meta>.*?)(?:\r?\n)?^---[ \t]*(?:\r?\n|\Z)", re.S | re.M
)
_LINE = re.compile(r"(?P<key>[\w-]+):[ \t]*(?P<value>.*?)[ \t]*")
_LIMIT = 200_000


class Page(Struct, frozen=True):
    """One such file."""

    name: str
    """Its path below the folder of its kind, without the suffix."""
    path: Path
    meta: dict[str, Any]
    text: str


def pages(folders: Iterable[Path], pattern: str = "**/*.md") -> Iterator[Page]:
    """Every page below the folders, in their order; ConfigError for one that cannot be read."""
    for folder in folders:
        for path in sorted(folder.glob(pattern)):
            if path.is_file():
                yield page(path, path.relative_to(folder).with_suffix("").as_posix())


def page(path: Path, name: str) -> Page:
    """The file taken apart."""
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            text = file.read(_LIMIT + 1)
    except OSError as error:
        raise ConfigError(f"it cannot be read: {error.strerror}", file=str(path)) from error
    if len(text) > _LIMIT:
        raise ConfigError(f"it is longer than {_LIMIT} characters", file=str(path))
    found = _FRONT.match(text)
    if found is None:
        return Page(name, path, {}, text.strip())
    return Page(name, path, _meta(found["meta"], path), text[found.end() :].strip())


def _meta(text: str, path: Path) -> dict[str, Any]:
    """As YAML; where that fails (`description: do this: now`), plain lines of key and text."""
    try:
        found = yaml_file.decode(text, str(path))
    except ConfigError:
        lines = [line for line in text.splitlines() if line.strip() and line.strip()[0] != "#"]
        plain = [_LINE.fullmatch(line) for line in lines]
        if not all(plain):
            raise
        found = {line["key"]: line["value"].strip("\"'") for line in plain if line}
    if not isinstance(found, dict):
        raise ConfigError("its front matter is no list of keys and values", file=str(path))
    return cast("dict[str, Any]", found)


def agent_of(written: Page) -> AgentSection:
    """The agent a page describes; its text is the prompt."""
    meta = {_AGENT_KEYS.get(key, key): value for key, value in written.meta.items()}
    tools = meta.get("tools")
    if isinstance(tools, str | list):  # a list of what is allowed, as other programs have it
        raise ConfigError(
            "tools must be a table, as in `tools: {write: false}`", file=str(written.path)
        )
    return _section({**meta, "prompt": written.text}, AgentSection, written)


def command_of(written: Page) -> CommandSection:
    """The command a page describes; its text is the template."""
    return _section({**written.meta, "template": written.text}, CommandSection, written)


_AGENT_KEYS = {"permissions": "permission", "maxSteps": "steps", "colour": "color"}


def _section(values: dict[str, Any], kind: type[Any], written: Page) -> Any:
    known = {key: value for key, value in values.items() if key in kind.__struct_fields__}
    try:
        return msgspec.convert(known, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(what_is_wrong(error), file=str(written.path)) from error
