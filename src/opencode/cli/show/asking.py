"""Questions on a terminal: what would run, what an "always" would write, one key to answer."""

import asyncio
import sys

from opencode.cli.shared.output import safe
from opencode.cli.show.tongue import said
from opencode.core.ask import Ask, Question, Reply
from opencode.core.display import Text
from opencode.core.permission import Rule, Scope

_KEYS: dict[str, Scope] = {"y": "once", "s": "session", "p": "project", "u": "user"}


async def answer_on_terminal(ask: Ask) -> Reply:
    """Ask the person at stdin; end of input is a no."""
    if ask.kind == "question":
        if ask.path:
            _say(said(f"\n{safe(' › '.join(ask.path))} asks:"))
        return Reply("allow", answers=[await _question(question) for question in ask.questions])
    _say(said(f"\n{' › '.join([*ask.path, ask.tool])} wants to run:"))
    for line in safe(ask.text).splitlines() or [""]:
        _say(f"    {line}")
    for display in ask.display:
        if isinstance(display, Text) and display.text != ask.text:
            _say("\n".join(f"    | {line}" for line in safe(display.text).splitlines()[:40]))
    for warning in ask.warnings:
        _say(f"  ! {said(safe(warning))}")
    _say(f"  ({'; '.join(said(safe(reason)) for reason in ask.reasons)})")
    lasting = said(f" · s this session · p this project · u always ({_rules(ask.rules)})")
    _say(said(f"  y once{lasting if ask.rules else ''} · n no, or type what to do instead"))
    answer = await _line("> ")
    scope = _KEYS.get(answer.lower())
    if scope == "once" or (scope and ask.rules):
        return Reply("allow", scope)
    return Reply("reject", reason="" if answer.lower() in ("", "n", "no") else answer)


async def _question(question: Question) -> list[str]:
    _say(f"\n{safe(question.text)}")
    for i, option in enumerate(question.options, 1):
        about = f" — {safe(option.description)}" if option.description else ""
        _say(f"  {i}. {safe(option.label)}{about}")
    answer = await _line(said("numbers or your own words> " if question.options else "> "))
    picked = [w for w in answer.replace(",", " ").split() if w.isdigit()]
    labels = [
        question.options[int(n) - 1].label for n in picked if 0 < int(n) <= len(question.options)
    ]
    return labels or ([answer] if answer else [])


def _rules(rules: list[Rule]) -> str:
    return ", ".join(f"{rule.action} {rule.target}" for rule in rules)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def _line(prompt: str) -> str:
    print(prompt, end="", file=sys.stderr, flush=True)
    line = await asyncio.to_thread(sys.stdin.readline)
    return line.strip()
