"""What is said of results: what was asked for, bounded, and one factual line; nothing invented."""

import re
from collections.abc import Callable

from opencode.core.display import Diff, FileView, Table, Text, Todos
from opencode.core.message import ToolPart

Say = Callable[[str], str]

_LINES = 400
_CHARACTERS = 30_000
_TICKS = re.compile("`+")
_EXIT = re.compile(r"\bexit(?: code| status)?:? ?(-?\d+)\b", re.IGNORECASE)


def tell(call: ToolPart, say: Say) -> str:
    """One call's outcome as Markdown; output of several lines is fenced."""
    match call.status:
        case "completed":
            kind = "diff" if any(isinstance(part, Diff) for part in call.display) else ""
            body = fenced(bounded(_body(call), say), kind)
            return "\n".join(part for part in (body, fact(call, say)) if part)
        case "denied":
            return f"{say(f'Refused, so {call.tool} did nothing:')} {_why(call, say)}"
        case "error":
            return f"{say(f'{call.tool} failed:')} {bounded(call.output, say)}"
        case "cancelled":
            return say(f"{call.tool} was cancelled before it ended.")
        case "pending" | "running":
            return say(f"{call.tool} has no result.")


def _why(call: ToolPart, say: Say) -> str:
    """What the gate says is one sentence; what tools say is English."""
    told = bounded(call.output, say)
    return told if "\n" in told else say(told)


def fact(call: ToolPart, say: Say) -> str:
    """The one line of figures about a completed call; "" when its output says them already."""
    return _FACTS.get(call.tool, _nothing)(call, say)


def bounded(text: str, say: Say) -> str:
    """The text, its middle left out when it is long; says how much is missing."""
    text = text.strip("\n")
    lines = text.split("\n")
    if len(lines) > _LINES:
        half = _LINES // 2
        left_out = say(f"… {len(lines) - 2 * half} lines left out …")
        text = "\n".join([*lines[:half], left_out, *lines[-half:]])
    if len(text) > _CHARACTERS:
        half = _CHARACTERS // 2
        left_out = say(f"… {len(text) - 2 * half} characters left out …")
        text = f"{text[:half]}\n{left_out}\n{text[-half:]}"
    return text


def fenced(text: str, kind: str = "") -> str:
    """Lines as a code block, so that no face takes them for headings and lists."""
    if "\n" not in text:
        return text
    fence = "`" * max(3, 1 + max(map(len, _TICKS.findall(text)), default=0))
    return f"{fence}{kind}\n{text}\n{fence}"


def _body(call: ToolPart) -> str:
    """What a person is shown; tables only hold one page, the output also says what is beyond."""
    shown = [part for part in call.display if not isinstance(part, Table)]
    return "\n".join(_shown(part) for part in shown) if shown else call.output


def _shown(part: Text | Diff | FileView | Todos) -> str:
    match part:
        case Text():
            return part.text
        case Diff():
            return part.patch
        case FileView():
            lines = part.text.removesuffix("\n").split("\n")
            return "\n".join(f"{n:>6}  {line}" for n, line in enumerate(lines, part.start))
        case Todos():
            return "\n".join(f"{n}. [{s}] {t}" for n, (t, s) in enumerate(part.items, 1))


def _read(call: ToolPart, say: Say) -> str:
    views = [part for part in call.display if isinstance(part, FileView)]
    if not views:
        return ""
    lines = sum(len(view.text.removesuffix("\n").split("\n")) for view in views if view.text)
    path = views[0].path
    return say(f"1 line read from {path}." if lines == 1 else f"{lines} lines read from {path}.")


def _counted_by_tool(call: ToolPart, say: Say) -> str:
    """The title a tool gave its table: it counts what lies beyond this page too."""
    titles = [part.title for part in call.display if isinstance(part, Table) and part.title]
    return f"{say(titles[0])}." if titles and titles[0] not in call.output else ""


def _changed(call: ToolPart, say: Say) -> str:
    diffs = [part for part in call.display if isinstance(part, Diff)]
    files = ", ".join(f"{diff.path}: +{diff.added} -{diff.removed}" for diff in diffs)
    if not files or (times := _replaced(call, diffs)) <= 0:
        return f"{files}." if files else ""
    return say(f"Replaced 1 time, {files}." if times == 1 else f"Replaced {times} times, {files}.")


def _replaced(call: ToolPart, diffs: list[Diff]) -> int:
    old, new = (str(call.input.get(key, "")) for key in ("old_string", "new_string"))
    if not old or not diffs:
        return 0
    if not call.input.get("replace_all"):
        return 1
    lines = [line for diff in diffs for line in diff.patch.splitlines()]
    removed = "\n".join(x[1:] for x in lines if x.startswith("-") and not x.startswith("---"))
    kept = "\n".join(x[1:] for x in lines if x.startswith("+") and not x.startswith("+++"))
    return removed.count(old) - (kept.count(old) - kept.count(new) * new.count(old))


def _ran(call: ToolPart, say: Say) -> str:
    codes: list[str] = _EXIT.findall(call.output)
    shown = _EXIT.findall(_body(call))
    return say(f"Exit code {codes[-1]}.") if codes and not shown else ""


def _nothing(_: ToolPart, __: Say) -> str:
    return ""


_FACTS: dict[str, Callable[[ToolPart, Say], str]] = {
    "read": _read,
    "grep": _counted_by_tool,
    "glob": _counted_by_tool,
    "ls": _counted_by_tool,
    "edit": _changed,
    "multiedit": _changed,
    "write": _changed,
    "apply_patch": _changed,
    "bash": _ran,
}
