"""What goes into a fold: the conversation as text for whoever sums it up, and what is kept of it
word for word."""

import json
import re
from collections.abc import Callable, Sequence

from opencode.agent.context.history import PRUNED
from opencode.agent.context.measure import size_of_text
from opencode.core.display import Diff
from opencode.core.message import FilePart, Message, TextPart, ToolPart
from opencode.core.session import Session

Keep = Callable[[str, str], str]
"""Keep a text under a name; returns the path where the model may read it."""

_FAILED = re.compile(r"\[(exit [1-9]\d*|killed by|timed out)")
_LAST_FAILURE = 4_000
_HEAD = (
    "The conversation before this point was folded to make room. These are the notes on it and "
    "what is kept word for word. What is done is done: do not do it again."
)


def transcript(messages: Sequence[Message], longest: int) -> str:
    """The conversation as text; tool outputs and inputs at most `longest` characters each."""
    return "\n\n".join(block for message in messages for block in _blocks(message, longest))


def readable(messages: Sequence[Message], most: int) -> str:
    """The conversation as text of about `most` bytes: outputs are cut shorter and shorter, and
    if that is not enough, the middle is left out."""
    text = ""
    for longest in (4_000, 1_500, 500, 150):
        text = transcript(messages, longest)
        if size_of_text(text) <= most:
            return text
    return f"{text[: most // 8]}\n[...]\n{text[-most // 2 :]}"


def _blocks(message: Message, longest: int) -> list[str]:
    who = "Notes" if message.summary else "Person" if message.role == "user" else "Agent"
    blocks: list[str] = []
    for part in message.parts:
        match part:
            case TextPart() if part.text.strip():
                said = part.text if part.origin != "mention" else cut(part.text, longest)
                blocks.append(f"[{who}] {said}")
            case FilePart():
                blocks.append(f"[{who}] (attached {part.name}, {part.mime})")
            case ToolPart():
                given = cut(json.dumps(part.input, ensure_ascii=False), longest)
                output = PRUNED if part.pruned and longest < 500 else cut(part.output, longest)
                blocks.append(f"[Call {part.tool}, {part.status}] {given}\n{output}")
            case _:
                pass
    return blocks


def cut(text: str, longest: int) -> str:
    """Head and tail of a long text."""
    if len(text) <= longest:
        return text
    half = max(longest // 2, 1)
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters ...]\n{text[-half:]}"


def summary_text(
    notes: str,
    session: Session,
    folded: Sequence[Message],
    longest: int,
    keep: Keep,
    running: Sequence[str],
) -> str:
    """The text that stands for `folded`, which begins with the session's first message. What a
    person said is cut (head, tail, and where the whole lies) only beyond `longest` bytes."""
    whole = keep(f"folded_{folded[-1].id}.md", transcript(folded, 1_000_000))
    blocks = [f"{_HEAD} All of it can be searched in {whole}", notes.strip()]
    said = [_said(n, message, longest, keep) for n, message in enumerate(_spoken(folded), 1)]
    blocks += _titled("What the person said, word for word, in order", said)
    todos = [f"- [{todo.status}] {todo.text}" for todo in session.todos]
    open_todos = any(todo.status in ("pending", "in_progress") for todo in session.todos)
    blocks += _titled("Todos", todos if open_todos else [])
    blocks += _titled("Plan", [session.plan] if session.plan else [])
    blocks += _titled("Files written", [f"- {path}" for path in _written(folded)])
    blocks += _titled("Running in the background", [f"- {job}" for job in running])
    blocks += _titled("The last failure", _last_failure(folded))
    blocks += _facts(folded)
    return "\n\n".join(blocks)


def _titled(title: str, lines: list[str]) -> list[str]:
    return [f"## {title}\n\n" + "\n".join(lines)] if lines else []


def _spoken(messages: Sequence[Message]) -> list[Message]:
    return [m for m in messages if m.role == "user" and not m.summary and m.text.strip()]


def _said(number: int, message: Message, longest: int, keep: Keep) -> str:
    text = message.text.strip()
    if size_of_text(text) > longest:
        path = keep(f"said_{message.id}.md", text)
        half = max(longest // 2, 100)
        left = len(text) - 2 * half
        text = f"{text[:half]}\n[... {left} characters; the whole is in {path} ...]\n{text[-half:]}"
    return f"{number}. {text}"


def _written(messages: Sequence[Message]) -> list[str]:
    """Every file a tool changed, as the diffs shown to the person say."""
    shown = (part for message in messages for call in message.calls for part in call.display)
    return list(dict.fromkeys(part.path for part in shown if isinstance(part, Diff)))


def _last_failure(messages: Sequence[Message]) -> list[str]:
    """The newest failed call, unless the same tool was used the same way with success since."""
    fine: set[str] = set()
    for message in reversed(messages):
        for call in reversed(message.calls):
            what = f"{call.tool} {json.dumps(call.input, ensure_ascii=False)}"
            if call.status == "error" or _FAILED.search(call.output[-400:]):
                return [] if what in fine else [cut(what, 400), cut(call.output, _LAST_FAILURE)]
            fine.add(what)
    return []


def _facts(messages: Sequence[Message]) -> list[str]:
    """What the program told last besides (the day), which is told only once."""
    parts = (part for message in reversed(messages) for part in message.parts)
    told = (part.text for part in parts if isinstance(part, TextPart) and part.origin == "facts")
    newest = next(told, "")
    return [newest] if newest else []
