"""The nearest known name to a mistyped one, for every "did you mean"."""

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], limit: int = 1) -> list[str]:
    """Up to `limit` of `known` that differ by a few keystrokes, or of which `name` is part."""
    word = name.casefold()
    allowed = max(1, len(word) // 3)
    scored: list[tuple[float, str]] = []
    for candidate in known:
        other = candidate.casefold()
        away: float = _distance(word, other)
        if away > allowed and len(word) > 2 and (word in other or other.startswith(word[:4])):
            away = allowed + 0.5
        if away <= allowed + 0.5:
            scored.append((away, candidate))
    return [candidate for _, candidate in sorted(scored)[:limit]]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` (did you mean x?)`, or nothing when no name is near."""
    found = nearest(name, known)
    return f" (did you mean {found[0]}?)" if found else ""


def _distance(one: str, two: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours between two words."""
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(two, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == two[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
