"""Find where each hunk of a patch belongs in a file, when there is exactly one way to tell."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from opencode.core.error import ToolError
from opencode.tools.shared.editing.indent import indent_of
from opencode.tools.shared.editing.match import (
    BLANK_LINES,
    DRIFT,
    EXACT,
    FOLDED,
    INDENT,
    INNER,
    TRAILING,
    Lines,
    Match,
    Step,
)
from opencode.tools.shared.editing.nearest import explain
from opencode.tools.shared.patches.hunk import layout, splices_for
from opencode.tools.shared.patches.patch import Hunk
from opencode.tools.shared.text import Document, Splice

_STEPS = (EXACT, TRAILING, INDENT, FOLDED, BLANK_LINES, INNER, DRIFT)


@dataclass(frozen=True)
class _Spot:
    """A place for a hunk: it changes the lines from `low` up to `high`."""

    low: int
    high: int
    match: Match | None = None
    note: str = ""


def patched(document: Document, hunks: Sequence[Hunk]) -> tuple[Document, list[str]]:
    """The document with all hunks applied, and how those were found that do not stand in it
    word for word. ToolError names the hunk that cannot be placed."""
    wanted = [hunk.closed for hunk in hunks if hunk.closed is not None]
    size = len(document.text)
    if wanted and size and not document.text.endswith("\n"):
        document = document.spliced([Splice(size, size, "\n")])
    lines = Lines(document)
    choices = [_spots(lines, hunk, number) for number, hunk in enumerate(hunks, 1)]
    spots = _in_order(choices) or _in_any_order(choices)
    splices: list[Splice] = []
    notes: list[str] = []
    for number, (hunk, spot) in enumerate(zip(hunks, spots, strict=True), 1):
        if spot.match is None:
            splices.append(lines.splice(spot.low, spot.low, [row.text for row in hunk.rows]))
            continue
        found = splices_for(lines, hunk.rows, spot.match)
        if found is None:
            raise ToolError(
                f"hunk {number} fits line {spot.low + 1} only {spot.note}, and its new lines do "
                "not fit there. Read these lines and quote them exactly."
            )
        splices += found
        if spot.note:
            notes.append(f"Hunk {number} was found {spot.note}.")
    after = document.spliced(splices)
    if wanted and not wanted[-1] and after.text.endswith("\n"):
        size = len(after.text)
        after = after.spliced([Splice(size - 1, size, "")])
    return after, notes


def _spots(lines: Lines, hunk: Hunk, number: int) -> list[_Spot]:
    scopes = _scopes(lines, hunk, number)
    old = [row.text for row in hunk.rows if row.sign != "+"]
    if not old:
        return [_insertion(lines, hunk, scopes, number)]
    if not any(line.strip() for line in old):
        return [_blank(lines, hunk, old, number)]
    written = [row.text for row in hunk.rows]
    misplaced = False
    for step in _STEPS:
        matches = lines.find(old, written, step)
        inside = [match for match in matches if _is_inside(match, scopes)]
        misplaced = misplaced or bool(matches)
        if inside:
            if len(inside) > 1 and step.loose:
                raise ToolError(f"hunk {number} fits {len(inside)} places, none word for word.")
            return [_spot(hunk, match, step) for match in _preferred(lines, hunk, inside)]
    if misplaced:
        raise ToolError(f"hunk {number} stands in the file, but not below its @@ line.")
    raise ToolError(f"hunk {number} is not in the file. {explain(lines, old)}")


def _blank(lines: Lines, hunk: Hunk, old: list[str], number: int) -> _Spot:
    """Blank lines are like any others: only a stated line number tells them apart."""
    first = (hunk.line or 0) - 1
    if first < 0 or lines.lines[first : first + len(old)] != old:
        raise ToolError(f"hunk {number} quotes only blank lines. Quote a line next to the change.")
    match = Match(tuple(range(first, first + len(old))), lambda line: line)
    return _spot(hunk, match, EXACT)


def _spot(hunk: Hunk, match: Match, step: Step) -> _Spot:
    gone, come = layout(hunk.rows, match)
    touched = [*gone, *come]
    if not touched:
        return _Spot(match.first, match.first, match, step.note)
    return _Spot(min(touched), max([*(row + 1 for row in gone), *come]), match, step.note)


def _preferred(lines: Lines, hunk: Hunk, matches: list[Match]) -> list[Match]:
    """What the patch itself says of several places: the stated line, or the end of the file."""
    if len(matches) > 1 and hunk.at_end:
        last = max(row for row, line in enumerate(lines.lines) if line.strip())
        matches = [match for match in matches if match.last >= last] or matches
    if len(matches) > 1 and hunk.line is not None:
        matches = [match for match in matches if match.first == hunk.line - 1] or matches
    return matches


def _scopes(lines: Lines, hunk: Hunk, number: int) -> list[range] | None:
    """The stretches of lines that the hunk's @@ lines open; None when it has none."""
    if not hunk.anchors:
        return None
    scopes = [range(len(lines.lines))]
    for anchor in hunk.anchors:
        scopes = [
            range(row, _block_end(lines.lines, row, scope.stop))
            for scope in scopes
            for row in _anchored(lines, anchor, scope)
        ]
        if not scopes:
            raise ToolError(f"the @@ line of hunk {number} is not in the file: {anchor!r}.")
    return scopes


def _anchored(lines: Lines, anchor: str, scope: range) -> list[int]:
    """The rows that are the anchor, or, when none is, that begin with it."""
    keys = lines.keys(str.strip)
    wanted = anchor.strip()
    rows = [row for row in scope if keys[row] == wanted]
    begins = re.compile(re.escape(wanted) + r"(?!\w)")
    return rows or [row for row in scope if begins.match(keys[row])]


def _block_end(lines: Sequence[str], row: int, stop: int) -> int:
    """Behind the last line that is indented deeper than line `row`; `stop` when none is, since
    such a line opens no block and only says after what to look."""
    depth = len(indent_of(lines[row]).expandtabs(4))
    end = row + 1
    for following in range(row + 1, stop):
        text = lines[following].strip()
        if text and len(indent_of(lines[following]).expandtabs(4)) <= depth:
            if text[0] in ")}]":
                return following + 1
            if end > row + 1 or text[0] != "{":
                return end if end > row + 1 else stop
        if text:
            end = following + 1
    return stop


def _is_inside(match: Match, scopes: list[range] | None) -> bool:
    return scopes is None or any(match.first in scope and match.last in scope for scope in scopes)


def _insertion(lines: Lines, hunk: Hunk, scopes: list[range] | None, number: int) -> _Spot:
    total = len(lines.lines)
    if scopes is not None:
        if len(scopes) > 1:
            raise ToolError(f"the @@ line of hunk {number} is in the file {len(scopes)} times.")
        return _Spot(scopes[0].start + 1, scopes[0].start + 1)
    at = total if hunk.line is None else hunk.line
    if at > total:
        raise ToolError(f"hunk {number} inserts after line {at}, but there are {total} lines.")
    return _Spot(at, at)


def _in_order(choices: list[list[_Spot]]) -> list[_Spot]:
    """The one way to place all hunks from top to bottom; [] when there is none. ToolError when
    there are several."""
    ways: list[list[int]] = [[1] * len(choices[-1])] if choices else []
    for spots, below in zip(choices[-2::-1], choices[:0:-1], strict=True):
        later = ways[0]
        ways.insert(
            0,
            [
                sum(n for other, n in zip(below, later, strict=True) if other.low >= spot.high)
                for spot in spots
            ],
        )
    if ways and sum(ways[0]) > 1:
        number, spots = next((n, found) for n, found in enumerate(choices, 1) if len(found) > 1)
        shown = ", ".join(str(spot.low + 1) for spot in spots[:12])
        raise ToolError(
            f"hunk {number} matches {len(spots)} places (lines {shown}). "
            "Add context or an @@ line that names the block it is in."
        )
    chosen: list[_Spot] = []
    for spots, counts in zip(choices, ways, strict=True):
        low = chosen[-1].high if chosen else 0
        chosen += [spot for spot, n in zip(spots, counts, strict=True) if n and spot.low >= low][:1]
    return chosen if len(chosen) == len(choices) else []


def _in_any_order(choices: list[list[_Spot]]) -> list[_Spot]:
    """Hunks that are out of order, each with one place of its own."""
    spots = [found[0] for found in choices if len(found) == 1]
    ordered = sorted(spots, key=lambda spot: (spot.low, spot.high))
    apart = all(a.high <= b.low for a, b in pairwise(ordered))
    if len(spots) < len(choices) or not apart:
        raise ToolError("its hunks overlap or contradict each other. Send one hunk per place.")
    return spots
