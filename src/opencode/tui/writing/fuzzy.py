"""Which of many names is meant by a few letters."""

from collections.abc import Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")


def score(query: str, text: str) -> float:
    """How well the letters stand in the text in their order; 0 when they do not. Beginnings of
    words, runs of letters and short texts count more."""
    if not query:
        return 1.0
    query, lower = query.casefold(), text.casefold()
    if query in lower:
        at = lower.index(query)
        edge = at == 0 or not lower[at - 1].isalnum()
        return 100 + 50 * edge + 50 * (at == 0) - len(text) / 100
    total, at, last = 0.0, 0, -2
    for letter in query:
        at = lower.find(letter, at)
        if at < 0:
            return 0.0
        edge = at == 0 or not lower[at - 1].isalnum()
        total += 3 if at == last + 1 else 2 if edge else 1
        last, at = at, at + 1
    return max(0.01, total - len(text) / 100)


def path_score(query: str, path: str) -> float:
    """As `score`; letters of the last name count more than those of its folders."""
    whole = score(query, path)
    name = path.rstrip("/").rpartition("/")[2]
    if not whole or name == path:
        return whole
    return max(whole, score(query, name) * 1.2 - len(path) / 100)


def best(
    query: str,
    items: Iterable[Item],
    text: Callable[[Item], str],
    limit: int = 50,
    how: Callable[[str, str], float] = score,
) -> list[Item]:
    """The items that fit, best first; all in their order without a query."""
    if not query:
        return list(items)[:limit]
    scored = [(how(query, text(item)), -n, item) for n, item in enumerate(items)]
    found = sorted((row for row in scored if row[0] > 0), key=lambda row: row[:2], reverse=True)
    return [item for _, _, item in found[:limit]]
