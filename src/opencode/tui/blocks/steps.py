"""Calls, times, money and tokens in a few characters."""

from collections.abc import Mapping
from time import monotonic
from typing import Any

from opencode.core.message import ToolPart
from opencode.i18n.catalog import t
from opencode.i18n.english import translated
from opencode.tui.looks.text import clean

_TARGETS = (
    *("path", "pattern", "command", "url", "query", "name", "description", "agent"),
    "question",
)


def tool_name(tool: str) -> str:
    """What people call the tool."""
    key = f"tool.{tool}"
    name = t(key)
    return tool if name == key else name


def target_of(part: ToolPart) -> str:
    """What the call is about, in a few words: its path, command, pattern …"""
    given = part.input
    if part.tool == "bash":
        return "$ " + str(given.get("command", "")).strip()
    if part.tool == "read" and "path" in given:
        start, limit = given.get("offset"), given.get("limit")
        return f"{given['path']}" + (f":{start}" if start else "") + (f" +{limit}" if limit else "")
    if part.tool == "task":
        words = str(given.get("description") or given.get("prompt", "")).strip().partition("\n")[0]
        return f"@{given.get('agent') or 'general'} {words}"
    if part.tool == "lsp":
        return _asked(given)
    if part.tool in ("grep", "glob"):
        where = given.get("path")
        return f"{given.get('pattern', '')}" + (f" · {where}" if where else "")
    found = next((str(given[key]) for key in _TARGETS if isinstance(given.get(key), str)), "")
    if found or tool_name(part.tool) != part.tool:
        return found
    return ", ".join(f"{k}={v}" for k, v in given.items() if isinstance(v, str | int | float))


def _asked(given: Mapping[str, Any]) -> str:
    """What a language server is asked: rename old → new."""
    words = [str(given.get("action", "")), str(given.get("symbol") or given.get("path", ""))]
    if given.get("new_name"):
        words += ["→", str(given["new_name"])]
    return " ".join(filter(None, words))


def step_line(part: ToolPart) -> str:
    """The call as one line."""
    return f"{tool_name(part.tool)} {target_of(part)}".strip()


def duration(seconds: float) -> str:
    """A span of time as people say it: 0.4s, 12s, 3m 20s, 1h 5m."""
    if seconds < 10:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60}s"
    return f"{whole // 3600}h {whole % 3600 // 60}m"


def money(cost: float) -> str:
    """US dollars: cents in full, less with four digits."""
    return f"${cost:.4f}" if cost < 0.1 else f"${cost:.2f}"


def tokens(count: int) -> str:
    """840, 12.3k, 1.2M."""
    if count < 1000:
        return str(count)
    return f"{count / 1000:.1f}k" if count < 1_000_000 else f"{count / 1_000_000:.1f}M"


def retrying(reason: str, at: float) -> str:
    """Why an answer is asked for again, and in how many seconds; what is done once they are over
    is waiting."""
    why, left = clean(translated(reason)), round(at - monotonic())
    return t("status.retrying", reason=why, n=left) if left > 0 else why
