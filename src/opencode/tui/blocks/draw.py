"""A block as rows: one case a kind."""

import re
from typing import assert_never

from rich.segment import Segment
from rich.style import Style

from opencode.i18n.catalog import t
from opencode.i18n.english import translated
from opencode.tui.blocks.block import (
    AnswerBlock,
    AnyBlock,
    EndBlock,
    NoticeBlock,
    ReasoningBlock,
    RetryBlock,
    RuleBlock,
    ToolBlock,
    UserBlock,
)
from opencode.tui.blocks.markdown import markdown
from opencode.tui.blocks.steps import duration, money, retrying
from opencode.tui.blocks.target import MENTION, mentioned, opening
from opencode.tui.blocks.tool_call import tool_call
from opencode.tui.looks.lines import BLANK, Line, Span, filled, flow, indent, line
from opencode.tui.looks.look import Look
from opencode.tui.looks.text import clean, fit, width_of

_INLINE = re.compile(r"[*`]+")
"""What markdown writes around words."""
MARGIN = 2
"""Blank cells left of what the model says."""


def draw(block: AnyBlock, width: int, look: Look) -> list[Line]:
    """The rows of a block, its gap included."""
    return [BLANK] * block.gap + _drawn(block, max(10, width), look)


def _drawn(block: AnyBlock, width: int, look: Look) -> list[Line]:
    match block:
        case UserBlock():
            return _user(block, width, look)
        case AnswerBlock():
            return indent(markdown(block.text, width - 2 * MARGIN, look), ("  ", look.base))
        case ReasoningBlock():
            return _reasoning(block, width, look)
        case ToolBlock():
            return tool_call(block, width - MARGIN, look)
        case NoticeBlock():
            return _notice(block, width, look)
        case RuleBlock():
            return _rule(block, width, look)
        case EndBlock():
            return _end(block, width, look)
        case RetryBlock():
            return _retry(block, width, look)
        case _:
            assert_never(block)


def _user(block: UserBlock, width: int, look: Look) -> list[Line]:
    rows = flow(_mentions(clean(block.text), look), width - 3)
    if block.chips:
        chips = " ".join(f"[{clean(chip)}]" for chip in block.chips)
        rows.extend(flow([(chips, look.accent)], width - 3))
    if block.queued:
        rows.append(Line([Segment(t("transcript.queued"), look.warning)]))
    bar = look.agent(block.agent)
    return filled(indent(rows, ("▌ ", bar)), width, look.ground)


def _mentions(text: str, look: Look) -> list[Span]:
    """The words of a person; files that are named open."""
    spans: list[Span] = []
    at = 0
    for found in MENTION.finditer(text):
        spans.append((text[at : found.start()], look.base))
        spans.append((found[0], look.accent + opening(mentioned(found))))
        at = found.end()
    return [*spans, (text[at:], look.base)]


def _reasoning(block: ReasoningBlock, width: int, look: Look) -> list[Line]:
    text = clean(block.text).strip()
    first = _INLINE.sub("", text.split("\n")[0]).strip("# ")
    title = t("transcript.thinking" if block.live else "transcript.thought")
    mark = "▾" if block.opened else "▸"
    spans: list[Span] = [(f"  {mark} ", look.faint), (title, look.muted)]
    if not block.opened:
        room = width - 7 - width_of(title)
        spans.append((" " + fit(first, room) if room > 8 else "", look.faint))
        return [line(spans, 4)]
    body = flow([(text, look.muted + Style(italic=True))], width - 6)
    return [line(spans, 4), *indent(body, ("  │ ", look.faint))]


def _notice(block: NoticeBlock, width: int, look: Look) -> list[Line]:
    mark, style = {"error": ("✗", look.error), "warning": ("!", look.warning)}.get(
        block.level, ("·", look.muted)
    )
    rows = flow([(clean(translated(block.text)), style)], width - 2, [(f"  {mark} ", style)])
    if block.hint:
        hint = clean(translated(block.hint))
        rows.extend(flow([(hint, look.base)], width - 2, [("    ", look.base)]))
    return rows


def _rule(block: RuleBlock, width: int, look: Look) -> list[Line]:
    mark = ("▾ " if block.opened else "▸ ") if block.text else ""
    title = fit(f"{mark}{clean(block.title)}", width - 8)
    side = max(2, (width - width_of(title) - 2) // 2)
    right = max(2, width - side - width_of(title) - 2)
    rows = [line([("─" * side, look.faint), (f" {title} ", look.muted), ("─" * right, look.faint)])]
    if block.text and block.opened:
        rows.extend(indent(markdown(block.text, width - 4, look), ("  ", look.base)))
    return rows


def _retry(block: RetryBlock, width: int, look: Look) -> list[Line]:
    said: list[Span] = [(retrying(block.text, block.at), look.warning)]
    if block.live:
        said.append((f" · {t('status.esc')}", look.faint))
    return flow(said, width - 2, [("  ↻ ", look.warning)])


def _end(block: EndBlock, width: int, look: Look) -> list[Line]:
    facts = [block.agent, block.model]
    if block.seconds is not None:
        facts.append(duration(block.seconds))
    if block.cost is None:
        facts.append(t("cost.unknown"))
    elif block.cost:
        facts.append(money(block.cost))
    if block.reason:
        facts.append(t(f"end.{block.reason}"))
    text = fit(" · ".join(clean(fact) for fact in facts if fact), width - 4)
    return [line([("  ", look.base), ("▪ ", look.agent(block.agent)), (text, look.faint)], 4)]
