"""Before and after as a unified diff with its counts, for people to see."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from opencode.core.display import Diff

_CONTEXT = 3
_SHOWN = 4000
"""Lines of a diff that are kept; the counts are always of all."""
_COMPARABLE = 20_000
"""Changed lines up to which the shortest way is looked for."""
_OPEN = "\\ No newline at end of file"

Block = tuple[str, int, int, int, int]


def diff_of(path: str, before: str | None, after: str | None) -> Diff:
    """The change of one file; None stands for a file that is not there."""
    old, new = _lines(before or ""), _lines(after or "")
    blocks = _blocks(old, new)
    head = [
        f"--- {'/dev/null' if before is None else f'a/{path}'}",
        f"+++ {'/dev/null' if after is None else f'b/{path}'}",
    ]
    body = [*head]
    for hunk in _hunks(blocks):
        body += _drawn(hunk, old, new)
    if len(body) > _SHOWN:
        body[_SHOWN:] = [f"\\ {len(body) - _SHOWN} more lines are not shown"]
    changed = [block for block in blocks if block[0] != "equal"]
    return Diff(
        path,
        "\n".join(body) + "\n" if changed else "",
        added=sum(j2 - j1 for _, _, _, j1, j2 in changed),
        removed=sum(i2 - i1 for _, i1, i2, _, _ in changed),
    )


def _lines(text: str) -> list[str]:
    """Lines as a diff shows them; a last line without an end says so."""
    found = text.split("\n")
    last = found.pop()
    return [*found, f"{last}\n{_OPEN}"] if last else found


def _blocks(old: list[str], new: list[str]) -> list[Block]:
    """Opcodes over all lines; only what lies between the equal head and tail is compared."""
    head, most = 0, min(len(old), len(new))
    while head < most and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < most - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    before, after = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(before) == len(after) and len(before) > 1:
        inner = _line_by_line(before, after)
    else:
        inner = _compared(before, after)
    blocks: list[Block] = [("equal", 0, head, 0, head)] if head else []
    blocks += [(tag, i + head, j + head, k + head, m + head) for tag, i, j, k, m in inner]
    if tail:
        blocks.append(("equal", len(old) - tail, len(old), len(new) - tail, len(new)))
    return blocks


def _line_by_line(before: list[str], after: list[str]) -> list[Block]:
    same = sum(a == b for a, b in zip(before, after, strict=True))
    if same * 2 < len(before) and len(before) <= _COMPARABLE:
        return _compared(before, after)
    blocks: list[Block] = []
    for k, (a, b) in enumerate(zip(before, after, strict=True)):
        tag = "equal" if a == b else "replace"
        if blocks and blocks[-1][0] == tag:
            blocks[-1] = (tag, blocks[-1][1], k + 1, blocks[-1][3], k + 1)
        else:
            blocks.append((tag, k, k + 1, k, k + 1))
    return blocks


def _compared(before: list[str], after: list[str]) -> list[Block]:
    if not before and not after:
        return []
    if len(before) + len(after) > _COMPARABLE:
        return [("replace", 0, len(before), 0, len(after))]
    return list(SequenceMatcher(None, before, after).get_opcodes())


def _hunks(blocks: list[Block]) -> Iterator[list[Block]]:
    """Changes with their context; a long equal stretch parts two hunks."""
    hunk: list[Block] = []
    for k, (tag, i1, i2, j1, j2) in enumerate(blocks):
        if tag != "equal":
            hunk.append((tag, i1, i2, j1, j2))
            continue
        head = min(_CONTEXT, i2 - i1) if hunk else 0
        tail = min(_CONTEXT, i2 - i1) if k + 1 < len(blocks) else 0
        if hunk and tail and head + tail >= i2 - i1:
            hunk.append((tag, i1, i2, j1, j2))
            continue
        if hunk:
            yield [*hunk, (tag, i1, i1 + head, j1, j1 + head)]
        hunk = [(tag, i2 - tail, i2, j2 - tail, j2)] if tail else []
    if hunk:
        yield hunk


def _drawn(hunk: list[Block], old: list[str], new: list[str]) -> Iterator[str]:
    i1, i2, j1, j2 = hunk[0][1], hunk[-1][2], hunk[0][3], hunk[-1][4]
    yield f"@@ -{_range(i1, i2)} +{_range(j1, j2)} @@"
    for tag, a, b, c, d in hunk:
        if tag == "equal":
            yield from _signed(" ", old[a:b])
        else:
            yield from _signed("-", old[a:b])
            yield from _signed("+", new[c:d])


def _signed(sign: str, lines: list[str]) -> Iterator[str]:
    for line in lines:
        yield from f"{sign}{line}".split("\n")


def _range(start: int, end: int) -> str:
    size = end - start
    first = start + 1 if size else start
    return str(first) if size == 1 else f"{first},{size}"
