"""What could be meant by the word at the cursor: commands after `/`, files and agents after `@`."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from opencode.core.agent import Agent
from opencode.tui.fuzzy import best
from opencode.tui.widgets.choices import Choice

_AT = re.compile(r'(?:^|\s)@("?)([^\s"#]*)$')
_SHOWN = 10


class Word(NamedTuple):
    """The word being written: its kind ("/" or "@"), its letters, where it begins in the line."""

    kind: str
    query: str
    start: int


def word_at(before: str, first_line: bool) -> Word | None:
    """The word that ends at the cursor; `before` is the line up to it."""
    if first_line and before.startswith("/") and " " not in before:
        return Word("/", before[1:], 0)
    if found := _AT.search(before):
        return Word("@", found[2], found.start(1) - 1)
    return None


def command_rows(query: str, commands: Iterable[tuple[str, str]]) -> list[Choice]:
    """Slash commands that fit: (name, what it does)."""
    found = best(query, commands, lambda row: row[0], _SHOWN)
    return [Choice(f"/{name}", f"/{name} ", what) for name, what in found]


def mention_rows(query: str, agents: Sequence[Agent], paths: Sequence[str]) -> list[Choice]:
    """Agents and paths that fit."""
    rows: list[Choice] = []
    if "/" not in query:
        known = [agent for agent in agents if not agent.hidden]
        for agent in best(query, known, lambda a: a.name, 4):
            rows.append(Choice(f"@{agent.name}", f"@{agent.name} ", agent.description))
    for path in best(query, paths, lambda p: p, _SHOWN - len(rows)):
        spelled = f'@"{path}"' if " " in path else f"@{path}"
        rows.append(Choice(path, spelled if path.endswith("/") else spelled + " "))
    return rows
