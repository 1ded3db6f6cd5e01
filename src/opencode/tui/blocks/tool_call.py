"""A tool call as one calm line that opens to its detail."""

from typing import assert_never

from rich.segment import Segment
from rich.style import Style

from opencode.core.display import Diff, Display, FileView, Table, Text, Todos
from opencode.core.message import ToolPart
from opencode.i18n.captions import caption, heading
from opencode.i18n.catalog import t
from opencode.i18n.english import translated
from opencode.tui.blocks.block import ToolBlock, is_open
from opencode.tui.blocks.code import highlight
from opencode.tui.blocks.diff import diff
from opencode.tui.blocks.markdown import grid
from opencode.tui.blocks.steps import duration, target_of, tool_name
from opencode.tui.blocks.target import opening, target_of_part
from opencode.tui.looks.lines import BLANK, Line, Span, flow, indent, line
from opencode.tui.looks.look import Look
from opencode.tui.looks.text import clean, fit, width_of

_LIMIT = 400
"""Rows of a detail; the rest is counted."""
_LIVE_ROWS = 8
_PROBLEMS = 3


def tool_call(block: ToolBlock, width: int, look: Look) -> list[Line]:
    """The line, and the detail when it is open or something runs."""
    part = block.part
    rows = [_headline(block, width, look)]
    opened = is_open(block)
    if opened:
        rows.extend(_detail(part, rows[0].text, width, look))
        if part.is_open and block.progress and not block.steps:
            rows.extend(_boxed(_plain(block.progress, width - 4, look), look))
    elif part.is_open and block.progress and not block.steps:
        rows.extend(_boxed(_plain(block.progress, width - 4, look)[-_LIVE_ROWS:], look))
    elif part.status in ("error", "denied") and part.output:
        first = clean(part.output).strip().split("\n")[0]
        style = look.error if part.status == "error" else look.muted
        rows.extend(flow([(translated(first), style)], width, [("    ", style)]))
    if not opened:
        rows.extend(_problems(part, width, look))
    steps = block.steps if opened else block.steps[-3:] if part.is_open else []
    rows.extend(
        line([("    ", look.base), (fit(clean(s), width - 4), look.muted)], 4) for s in steps
    )
    return rows


def _problems(part: ToolPart, width: int, look: Look) -> list[Line]:
    """What is wrong now, said under the call even when it is folded: three lines at most."""
    tables = [d for d in part.display if isinstance(d, Table) and _are_problems(d)]
    found = [row for table in tables for row in table.rows if row[1] == "error"]
    rows = [row for one in found[:_PROBLEMS] for row in _problem(one, width - 4, look)[:1]]
    if len(found) > _PROBLEMS:
        rows.append(Line([Segment(t("transcript.more", n=len(found) - _PROBLEMS), look.faint)]))
    return indent(rows, ("    ", look.base))


def _are_problems(table: Table) -> bool:
    return table.headings[1:3] == ["severity", "message"]


def _problem(row: list[str], width: int, look: Look) -> list[Line]:
    """One finding of a language server; it opens its place."""
    mark, style = {"error": ("✗ ", look.error), "warning": ("! ", look.warning)}.get(
        row[1], ("· ", look.muted)
    )
    place, opens = clean(row[0]), opening(row[0])
    spans: list[Span] = [(place, look.primary + opens), (f"  {clean(row[2])}", look.base)]
    return flow(spans, width, [(mark, style)])


def _headline(block: ToolBlock, width: int, look: Look) -> Line:
    part = block.part
    mark, style = _mark(block, look)
    name = clean(tool_name(part.tool))
    target = clean(target_of(part))
    facts = facts_of(part)
    struck, opens = Style(strike=part.status == "denied"), opening(target_of_part(part))
    name = fit(name, width - 4)
    room = width - 5 - width_of(name) - (width_of(facts) + 3 if facts else 0)
    if room < 8 and facts:
        room, facts = room + width_of(facts) + 3, ""
    spans: list[Span] = [
        (f"  {mark} ", style),
        (name, look.muted + struck),
        (" " if target and room > 1 else "", look.base),
        (fit(target, room - 1) if target and room > 1 else "", look.base + struck + opens),
        (f" · {facts}" if facts else "", look.faint),
    ]
    return line(spans, 4)


def _mark(block: ToolBlock, look: Look) -> tuple[str, Style]:
    if block.waiting:
        return "?", look.warning
    match block.part.status:
        case "pending" | "running":
            return "●", look.accent
        case "completed":
            return ("▾" if is_open(block) else "▸"), look.muted
        case "error":
            return "✗", look.error
        case "denied":
            return "⊘", look.warning
        case "cancelled":
            return "⊘", look.muted


def facts_of(part: ToolPart) -> str:
    """What came of it, in a few words."""
    out: list[str] = []
    if part.status in ("denied", "cancelled"):
        out.append(t(f"status.{part.status}"))
    for display in part.display[:3]:
        match display:
            case Diff():
                out.append(f"+{display.added} −{display.removed}")
            case FileView():
                out.append(t("transcript.lines", n=len(display.text.splitlines())))
            case Table():
                out.append(caption(display.title))
            case Todos():
                done = sum(status == "completed" for _, status in display.items)
                out.append(f"{done}/{len(display.items)}")
            case Text():
                pass
    if part.started and part.ended and part.ended - part.started >= 1:
        out.append(duration(part.ended - part.started))
    return " · ".join(clean(fact) for fact in out if fact)


def _detail(part: ToolPart, head: str, width: int, look: Look) -> list[Line]:
    """What the line (`head`) had no room for, and what came of it."""
    asked = clean(_asked(part))
    cut = asked not in head
    rows = _boxed(_bounded(flow([(asked, look.base)], width - 4), look), look) if cut else []
    several = sum(isinstance(display, Diff) for display in part.display) > 1
    for display in part.display:
        if several and isinstance(display, Diff):
            named = (clean(display.path), look.primary + opening(display.path))
            rows.extend(_boxed(flow([named], width - 4), look))
        rows.extend(_boxed(draw_display(display, width - 4, look), look))
    if not part.display and part.output:
        rows.extend(_boxed(_plain(part.output, width - 4, look), look))
    return rows


def _asked(part: ToolPart) -> str:
    """All of what the call is about."""
    return str(part.input.get("prompt", "")).strip() if part.tool == "task" else target_of(part)


def draw_display(display: Display, width: int, look: Look) -> list[Line]:
    """What a person may see of a result."""
    match display:
        case Text():
            return _bounded(_code(display.text, display.language, "", 0, width, look), look)
        case Diff():
            return _bounded(diff(display.patch, display.path, width, look), look)
        case FileView():
            return _bounded(_code(display.text, "", display.path, display.start, width, look), look)
        case Todos():
            return [row for item in display.items for row in _todo(item, width, look)]
        case Table():
            return _bounded(_table(display, width, look), look)
        case _:
            assert_never(display)


def _code(text: str, language: str, path: str, start: int, width: int, look: Look) -> list[Line]:
    text = clean(text).rstrip("\n")
    cut = text.split("\n")
    shown = "\n".join(cut[: _LIMIT + 1])
    digits = len(str(start + len(cut)))
    rows: list[Line] = []
    for number, spans in enumerate(highlight(shown, look, language=language, path=path), start):
        lead: list[Span] = [(f"{number:>{digits}}  ", look.faint)] if start else []
        rows.extend(flow(spans, width, lead))
    rows.extend([BLANK] * max(0, len(cut) - _LIMIT - 1))
    return rows


def _plain(text: str, width: int, look: Look) -> list[Line]:
    cut = clean(text).rstrip("\n").split("\n")
    rows: list[Line] = []
    for text_line in cut[-_LIMIT:]:
        rows.extend(flow([(text_line, look.muted)], width))
    return rows


def _bounded(rows: list[Line], look: Look) -> list[Line]:
    if len(rows) <= _LIMIT:
        return rows
    more = t("transcript.more", n=len(rows) - _LIMIT)
    return [*rows[:_LIMIT], Line([Segment(more, look.faint)])]


def _boxed(rows: list[Line], look: Look) -> list[Line]:
    return indent(rows, ("  │ ", look.faint))


def _todo(item: tuple[str, str], width: int, look: Look) -> list[Line]:
    text, status = item
    mark, style = {
        "completed": ("✓", look.muted),
        "in_progress": ("▶", look.accent),
        "cancelled": ("⊘", look.faint + Style(strike=True)),
    }.get(status, ("○", look.base))
    return flow([(clean(text), style)], width, [(f"{mark} ", style)])


def _table(table: Table, width: int, look: Look) -> list[Line]:
    names = [[(clean(heading(cell)), look.strong)] for cell in table.headings]
    body = [[[(clean(cell), look.base)] for cell in row] for row in table.rows[: _LIMIT + 1]]
    if _are_problems(table):
        return [drawn for row in table.rows[: _LIMIT + 1] for drawn in _problem(row, width, look)]
    if len(table.headings) == 3 and table.headings[1:] == ["line", "text"]:
        return _grouped(table, width, look)
    return grid([names, *body], width, look)


def _grouped(table: Table, width: int, look: Look) -> list[Line]:
    """Matches under the file they are in."""
    rows: list[Line] = []
    file = None
    for row in table.rows[: _LIMIT + 1]:
        if row[0] != file:
            file = row[0]
            rows.append(line([(fit(clean(file), width), look.primary + opening(file))]))
        here = opening(f"{file}:{row[1]}")
        lead: list[Span] = [(f"{row[1]:>6}  ", look.faint + here)]
        rows.append(line([*lead, (fit(clean(row[2]), width - 8), look.base + here)], 8))
    return rows
