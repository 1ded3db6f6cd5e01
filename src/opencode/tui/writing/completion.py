"""What could be meant by the word at the cursor: commands after `/`, files and agents after `@`."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from opencode.core.agent import Agent
from opencode.i18n.english import translated
from opencode.tui.widgets.choices import Choice
from opencode.tui.writing.fuzzy import best, path_score

_AT = re.compile(r'(?:^|\s)@(?:"([^"\n#]*)|([^\s"#]*))$')
_SHOWN = 10


class Word(NamedTuple):
    """The word being written: its kind ("/" or "@"), its letters, where it begins in the line."""

    kind: str
    query: str
    start: int


class Known(NamedTuple):
    """What a word may mean: commands (name, what it does), agents, files below a folder, and what
    MCP servers let read (mention, name)."""

    commands: list[tuple[str, str]]
    agents: list[Agent]
    folder: Path
    resources: list[tuple[str, str]]


def word_at(before: str, first_line: bool) -> Word | None:
    """The word that ends at the cursor; `before` is the line up to it."""
    if first_line and before.startswith("/") and " " not in before:
        return Word("/", before[1:], 0)
    if found := _AT.search(before):
        return Word("@", found[1] or found[2] or "", before.index("@", found.start()))
    return None


def command_rows(query: str, commands: Iterable[tuple[str, str]]) -> list[Choice]:
    """Slash commands that fit: (name, what it does)."""
    found = best(query, commands, lambda row: row[0], _SHOWN)
    return [Choice(f"/{name}", f"/{name} ", what) for name, what in found]


def mention_rows(
    query: str,
    agents: Sequence[Agent],
    paths: Sequence[str],
    resources: Sequence[tuple[str, str]] = (),
) -> list[Choice]:
    """Agents, paths and what MCP servers let read (mention, name) that fit."""
    rows: list[Choice] = []
    if "/" not in query:
        known = [agent for agent in agents if not agent.hidden]
        for agent in best(query, known, lambda a: a.name, 4):
            rows.append(Choice(f"@{agent.name}", f"@{agent.name} ", translated(agent.description)))
    for mention, name in best(query, resources, " ".join, 4 if query else 2):
        rows.append(Choice(mention, f"@{mention} ", name))
    below = [path for path in paths if path != query] if query.endswith("/") else paths
    for path in best(query, below, str, _SHOWN - len(rows), path_score):
        rows.append(Choice(path, _spelled(path)))
    return rows


def _spelled(path: str) -> str:
    """As it is written; a folder invites to go on below it."""
    if path.endswith("/"):
        return f'@"{path}' if " " in path else f"@{path}"
    return f'@"{path}" ' if " " in path else f"@{path} "
