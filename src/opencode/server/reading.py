"""A conversation as a page to read: no scripts, nothing from outside, every word escaped."""

import base64
import hashlib
from datetime import UTC, datetime
from html import escape

import msgspec

from opencode.core.display import Diff
from opencode.core.message import FilePart, Message, Part, ReasoningPart, TextPart, ToolPart
from opencode.core.session import Session

_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 52rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.4rem; margin: 0; } header, footer { opacity: .75; font-size: .9rem; }
article { border-top: 1px solid var(--line); padding: 1rem 0; }
article.user { border-left: 3px solid #7c6cf0; padding-left: 1rem; }
h2 { font-size: .8rem; text-transform: uppercase; letter-spacing: .05em; opacity: .6; margin: 0; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid var(--line); border-radius: 6px;
  font: 13px/1.5 ui-monospace, monospace; }
code { font: .9em ui-monospace, monospace; } table { border-collapse: collapse; }
td, th { border: 1px solid var(--line); padding: .25rem .5rem; } img { max-width: 100%; }
summary { cursor: pointer; font: 14px ui-monospace, monospace; } details { margin: .5rem 0; }
.add { color: #1a7f37; } .del { color: #cf222e; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
}


def page(session: Session) -> str:
    """All that was said and done, as it is now. What was put in by us is left out."""
    title = escape(session.title or "Conversation")
    began = datetime.fromtimestamp(session.created, UTC).strftime("%Y-%m-%d %H:%M UTC")
    said = "\n".join(filter(None, (_article(message) for message in session.messages)))
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{_STYLE}</style>\n<header><h1>{title}</h1><p>{began} · {escape(session.model)}</p>"
        f"</header>\n<main>\n{said}\n</main>\n<footer>Shared from opencode, to read.</footer>\n"
        "</html>\n"
    )


def _article(message: Message) -> str:
    shown = "\n".join(filter(None, (_part(part) for part in message.parts)))
    if message.error:
        shown += f"<p><strong>{escape(message.error)}</strong></p>"
    if not shown:
        return ""
    who = "You" if message.role == "user" else escape(message.agent or "Assistant")
    return f'<article class="{message.role}"><h2>{who}</h2>\n{shown}\n</article>'


def _part(part: Part) -> str:
    match part:
        case TextPart(origin="") if part.text.strip():
            return _markdown(part.text)
        case ReasoningPart() if part.text.strip():
            return f"<details><summary>Thoughts</summary>{_markdown(part.text)}</details>"
        case FilePart():
            return f"<p>📎 {escape(part.name)}</p>"
        case ToolPart():
            return _call(part)
        case _:
            return ""


def _call(call: ToolPart) -> str:
    mark = {"completed": "✓", "pending": "…", "running": "…"}.get(call.status, "✗")
    given = msgspec.json.format(msgspec.json.encode(call.input), indent=2).decode()
    diffs = "".join(_diff(one.patch) for one in call.display if isinstance(one, Diff))
    output = f"<pre>{escape(call.output)}</pre>" if call.output and not diffs else ""
    return (
        f"<details><summary>{mark} {escape(call.tool)}</summary>"
        f"<pre>{escape(given)}</pre>{diffs}{output}</details>"
    )


def _diff(patch: str) -> str:
    lines: list[str] = []
    for line in patch.splitlines():
        kind = {"+": "add", "-": "del"}.get(line[:1], "")
        shown = escape(line)
        lines.append(f'<span class="{kind}">{shown}</span>' if kind else shown)
    text = "\n".join(lines)
    return f"<pre>{text}</pre>"


def _markdown(text: str) -> str:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - 50 ms, for pages alone

    return MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
