"""Show what was used: tokens, cost, models, tools, by day and project."""

import csv
import sys
import time
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from opencode.cli.shared.output import print_json, print_table
from opencode.cli.shared.session_files import open_store
from opencode.cli.show.tongue import said
from opencode.config import paths
from opencode.core.delta import Usage
from opencode.core.error import UsageError
from opencode.session.index.statistics import Called, Spent, Statistics, statistics


class Form(StrEnum):
    """How it is written."""

    table = "table"
    json = "json"
    csv = "csv"


def stats(
    days: Annotated[
        int, typer.Option(min=0, help="The last so many days, today among them; 0 for all.")
    ] = 0,
    project: Annotated[
        str | None, typer.Option(help='Only this project\'s folder; "" or . for this one.')
    ] = None,
    models: Annotated[int, typer.Option(min=0, help="At most so many models; 0 for all.")] = 0,
    tools: Annotated[int, typer.Option(min=0, help="At most so many tools; 0 for all.")] = 0,
    form: Annotated[Form, typer.Option("--format", help="table, json or csv.")] = Form.table,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Show tokens, cost, models, tools, days and projects of your sessions.

    \b
    opencode stats --days 7
    opencode stats --project . --format csv > usage.csv
    opencode stats --json | jq .total.cost

    A cost is "unknown" as soon as a price in it is. CSV has one line a session, day and model.
    """
    folder = None if project is None else str(Path(project or ".").expanduser().resolve())
    if folder is not None and not Path(folder).is_dir():
        raise UsageError(f"{project} is no folder.", hint="Name the project's folder, or use .")
    since = time.strftime("%Y-%m-%d", time.localtime(_back(days))) if days else ""
    found = statistics(open_store(), since, folder)
    if form is Form.csv and not as_json:
        _print_csv(found)
    elif as_json or form is Form.json:
        print_json(_as_json(found, since))
    elif not found.spent and not found.called:
        print(said(f"Nothing was used since {since}." if since else "Nothing was used yet."))
    else:
        _print_tables(found, since, models, tools)


def _back(days: int) -> float:
    """Some second of the day that lies `days - 1` before today, whatever the clocks do."""
    now = time.localtime()
    return time.mktime((now.tm_year, now.tm_mon, now.tm_mday - days + 1, 12, 0, 0, 0, 0, -1))


def _summed(spent: Iterable[Spent], key: Callable[[Spent], str]) -> dict[str, tuple[int, Usage]]:
    """Answers and usage by key, the most expensive first."""
    sums: dict[str, tuple[int, Usage]] = {}
    for one in spent:
        count, usage = sums.get(key(one), (0, Usage()))
        sums[key(one)] = (count + one.messages, usage + one.usage)
    order = sorted(sums.items(), key=lambda item: (-(item[1][1].cost or 0), -item[1][1].total))
    return dict(order)


def _tools(called: Iterable[Called]) -> dict[str, tuple[int, int, float]]:
    sums: dict[str, tuple[int, int, float]] = {}
    for one in called:
        calls, failed, seconds = sums.get(one.tool, (0, 0, 0.0))
        sums[one.tool] = (calls + one.calls, failed + one.failed, seconds + one.seconds)
    return dict(sorted(sums.items(), key=lambda item: -item[1][0]))


def _as_json(found: Statistics, since: str) -> dict[str, Any]:
    def groups(key: Callable[[Spent], str], name: str) -> list[dict[str, Any]]:
        sums = _summed(found.spent, key).items()
        return [{name: text, "answers": n, **_usage(usage)} for text, (n, usage) in sums]

    every = _summed(found.spent, lambda one: "").get("", (0, Usage()))
    return {
        "since": since or None,
        "sessions": found.sessions,
        "total": {"answers": every[0], **_usage(every[1])},
        "models": groups(lambda one: one.model, "model"),
        "days": sorted(groups(lambda one: one.day, "day"), key=lambda one: one["day"]),
        "projects": groups(_project, "project"),
        "tools": [
            {"tool": name, "calls": calls, "failed": failed, "seconds": round(seconds, 3)}
            for name, (calls, failed, seconds) in _tools(found.called).items()
        ],
    }


def _project(one: Spent) -> str:
    """The folder; for the places of a batch, which are gone with their tasks, that of them all."""
    batch = paths.data_dir().resolve() / "batch"
    return str(batch) if Path(one.project).is_relative_to(batch) else one.project


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "input": usage.input,
        "output": usage.output,
        "cache_read": usage.cache_read,
        "cache_write": usage.cache_write,
        "reasoning": usage.reasoning,
        "cost": usage.cost,
    }


def _print_tables(found: Statistics, since: str, models: int, tools: int) -> None:
    days = {one.day for one in found.spent}
    count, every = _summed(found.spent, lambda one: "").get("", (0, Usage()))
    if since:
        print(said(f"Since {since}: {found.sessions} sessions, {count} answers"))
    else:
        print(said(f"Sessions: {found.sessions}, answers: {count}"))
    print(said(f"{every.total:,} tokens, cost {_cost(every)}"))
    if every.cost is not None and days:
        print(said(f"{_dollars(every.cost / len(days))} a day with work ({len(days)})"))
    tables: list[tuple[str, Callable[[Spent], str], int]] = [
        ("MODEL", lambda one: one.model, models),
        ("DAY", lambda one: one.day, 0),
        ("PROJECT", _project, 0),
    ]
    for title, key, most in tables if found.spent else []:
        sums = list(_summed(found.spent, key).items())
        rows = sorted(sums) if title == "DAY" else sums
        print()
        headings = (title, "ANSWERS", "INPUT", "OUTPUT", "CACHE READ", "CACHE WRITE", "COST")
        print_table(headings, [_line(*row) for row in rows[: most or None]])
    if called := list(_tools(found.called).items()):
        print()
        most_calls = max(calls for _, (calls, _, _) in called)
        rows = [
            (name, str(calls), str(failed), f"{seconds:.1f}", "█" * (calls * 20 // most_calls))
            for name, (calls, failed, seconds) in called[: tools or None]
        ]
        print_table(("TOOL", "CALLS", "FAILED", "SECONDS", ""), rows)


def _line(name: str, of: tuple[int, Usage]) -> tuple[str, ...]:
    count, usage = of
    tokens = (usage.input, usage.output, usage.cache_read, usage.cache_write)
    return (name, str(count), *(f"{number:,}" for number in tokens), _cost(usage))


def _cost(usage: Usage) -> str:
    return said("unknown") if usage.cost is None else _dollars(usage.cost)


def _dollars(amount: float) -> str:
    return f"${amount:.2f}" if amount >= 1 or not amount else f"${amount:.4f}"


def _print_csv(found: Statistics) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    usage = ("input", "output", "cache_read", "cache_write", "reasoning", "cost")
    writer.writerow(("day", "project", "session", "model", "answers", *usage))
    for one in found.spent:
        cost = "" if one.usage.cost is None else f"{one.usage.cost:.6f}"
        counts = [getattr(one.usage, name) for name in usage[:-1]]
        writer.writerow((one.day, one.project, one.session, one.model, one.messages, *counts, cost))
