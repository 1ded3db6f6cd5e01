"""One changed file of a review: its row in the list and its diff."""

from opencode.core.review import Changed
from opencode.i18n.catalog import t
from opencode.tui.blocks.diff import WIDE, diff_hunks
from opencode.tui.looks.lines import BLANK, Line, flow, line
from opencode.tui.looks.look import Look
from opencode.tui.looks.text import clean
from opencode.tui.widgets.choices import Choice

SIGNS = {"added": "A", "changed": "M", "removed": "D"}
"""How a list says what became of a file."""


def row_of(change: Changed) -> Choice:
    """Its sign, name and counts; "!" when it cannot be taken back."""
    counts = [f"+{change.diff.added}"] if change.diff.added else []
    counts += [f"−{change.diff.removed}"] if change.diff.removed else []
    counts += ["!"] if change.held else []
    return Choice(f"{SIGNS[change.state]} {change.diff.path}", change.diff.path, " ".join(counts))


def drawn(
    change: Changed, width: int, look: Look, sides: bool | None
) -> tuple[list[Line], list[range]]:
    """All rows of a file and which of them are each hunk."""
    diff = change.diff
    rows = [
        line([(clean(diff.path), look.strong), ("  " + t(f"review.{change.state}"), look.muted)])
    ]
    if change.held:
        text = clean(t(f"review.held_{change.held}", path=diff.path))
        rows.extend(flow([(text, look.warning)], width))
    rows.append(BLANK)
    if change.kind != "text":
        return [*rows, line([(t(f"review.{change.kind}"), look.muted)])], []
    split = width >= WIDE if sides is None else sides
    spans: list[range] = []
    for part in diff_hunks(diff.patch, diff.path, width, look, side_by_side=split):
        spans.append(range(len(rows), len(rows) + len(part)))
        rows.extend(part)
    return rows, spans
