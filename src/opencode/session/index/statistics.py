"""What was used, when, where and by which model, out of the index: what `opencode stats` shows."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from opencode.core.delta import Usage
from opencode.session.index import queries
from opencode.session.store import SessionStore

OTHER = "titles, summaries, retries, undone"
"""The model's place of what a session paid for besides the answers it holds."""


class Spent(Struct, frozen=True):
    """The answers of one session, day and model."""

    session: str
    project: str
    day: str
    model: str
    messages: int
    usage: Usage


class Called(Struct, frozen=True):
    """The calls of one tool in one session and day."""

    session: str
    project: str
    day: str
    tool: str
    calls: int
    failed: int
    seconds: float


@dataclass(frozen=True)
class Statistics:
    """Everything of this user's sessions in the time asked for."""

    spent: list[Spent] = field(default_factory=list[Spent])
    called: list[Called] = field(default_factory=list[Called])
    sessions: int = 0


def statistics(store: SessionStore, since: str = "", project: str | None = None) -> Statistics:
    """From the local day `since` (YYYY-MM-DD, "" for all) on, of one project's folder or of all.

    Sub-agents' sessions count by what they hold; sessions somebody else wrote do not count."""
    folders = list(dict.fromkeys((store.folder, *store.register.folders())))
    store.index.refresh(folders)

    def rows(query: queries.Query) -> list[Any]:
        knows = store.register.knows
        return [
            row
            for row in store.index.fetch(query)
            if knows(row[0], Path(os.fsdecode(row[1]))) and project in (None, row[2])
        ]

    spent = [
        Spent(row[0], row[2], row[3], row[4], row[5], Usage(*row[6:]))
        for row in rows(queries.usage(since))
    ]
    called = [Called(row[0], *row[2:]) for row in rows(queries.calls(since))]
    totals = rows(queries.totals(since))
    spent += _others(totals, rows(queries.usage("")))
    return Statistics(spent, called, len({row[0] for row in totals if not row[4]}))


def _others(totals: list[Any], answers: list[Any]) -> list[Spent]:
    """What sessions paid for that stands in no message, on the day they were last touched."""
    parents = {row[0]: row[4] for row in totals}
    held: dict[str, Usage] = {}
    for row in answers:
        top = row[0]
        while parents.get(top):
            top = parents[top]
        held[top] = held.get(top, Usage()) + Usage(*row[6:])
    found: list[Spent] = []
    for ident, _, directory, day, parent, used in totals:
        rest = msgspec.json.decode(used, type=Usage).minus(held.get(ident, Usage()))
        if not parent and rest.total > 0:
            found.append(Spent(ident, directory, day, OTHER, 0, rest))
    return found
