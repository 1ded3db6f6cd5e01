"""What is asked as lines, and the ways to answer as rows."""

from opencode.core.ask import Ask, Question
from opencode.core.permission import Rule
from opencode.i18n.catalog import t
from opencode.i18n.english import translated
from opencode.tui.blocks.steps import tool_name
from opencode.tui.looks.lines import Line, flow
from opencode.tui.looks.look import Look
from opencode.tui.looks.text import clean
from opencode.tui.widgets.choices import Choice

OWN, DONE, CHANGE = "\0own", "\0done", "\0change"


def asked(question: Question, path: list[str], width: int, look: Look) -> list[Line]:
    """Of a sub-agent's, the way down to it comes first."""
    rows = flow([(clean(question.text), look.base)], width)
    if question.header:
        rows = [*flow([(clean(question.header), look.strong)], width), *rows]
    if path:
        rows = [*flow([(clean(" › ".join(path)), look.muted)], width), *rows]
    if question.multiple:
        rows.extend(flow([(t("ask.several"), look.faint)], width))
    return rows


def permission(ask: Ask, width: int, look: Look) -> list[Line]:
    """The whole of what would run, with what deserves a second look first."""
    from opencode.tui.blocks.tool_call import draw_display  # noqa: PLC0415

    who = " › ".join([*map(clean, ask.path), tool_name(ask.tool)])
    rows = flow([(t("ask.title", tool=who), look.strong)], width, [("△ ", look.warning)])
    for warning in ask.warnings:
        rows.extend(flow([(clean(translated(warning)), look.error)], width, [("! ", look.error)]))
    if ask.text:
        rows.extend(flow([(clean(ask.text), look.base)], width, [("  ", look.base)]))
    for display in ask.display:
        rows.extend(draw_display(display, width, look))
    for reason in ask.reasons:
        if any(warning in reason for warning in ask.warnings):
            continue
        rows.extend(flow([(clean(translated(reason)), look.muted)], width, [("· ", look.faint)]))
    return rows


def permission_rows(ask: Ask) -> list[Choice]:
    rows = [Choice(t("ask.once"), "once")]
    if ask.rules:
        written = ", ".join(_spelled(rule) for rule in ask.rules)
        rows.extend(Choice(t(f"ask.{scope}"), scope, written) for scope in ask.scopes)
    return [*rows, Choice(t("ask.reject"), "reject"), Choice(t("ask.reason"), "reason")]


def _spelled(rule: Rule) -> str:
    return f"{rule.action} {rule.target}"


def question_rows(question: Question) -> list[Choice]:
    rows = [Choice(option.label, option.label, option.description) for option in question.options]
    if question.draft:
        rows.append(Choice(t("ask.change"), CHANGE))
    own = Choice(t("ask.own"), OWN)
    return [*rows, own, Choice(t("help.send"), DONE)] if question.multiple else [*rows, own]
