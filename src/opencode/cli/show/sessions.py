"""Sessions and what was said in them, as the command line writes them."""

import time

from opencode.cli.shared.output import clean
from opencode.cli.show.tongue import said
from opencode.core.message import (
    FilePart,
    Message,
    OpaquePart,
    Part,
    ReasoningPart,
    TextPart,
    ToolPart,
)
from opencode.core.session import SessionInfo
from opencode.session.index.queries import Hit


def in_families(infos: list[SessionInfo]) -> list[SessionInfo]:
    """Sub-agents' sessions under the one that started them, when that is listed, too."""
    below: dict[str, list[SessionInfo]] = {}
    for info in infos:
        below.setdefault(info.parent, []).append(info)
    ids = {info.id for info in infos}

    def family(info: SessionInfo) -> list[SessionInfo]:
        return [info, *(one for child in below.get(info.id, []) for one in family(child))]

    tops = [info for info in infos if info.parent not in ids]
    return [one for top in tops for one in family(top)]


def session_row(info: SessionInfo) -> tuple[str, str, str, str]:
    """Id, when, how many messages, title."""
    known = ((said("damaged"), info.damaged), (said("foreign"), info.foreign))
    marks = "".join(f" [{mark}]" for mark, on in known if on)
    below = "  " if info.parent else ""
    title = f"{below}{info.title or said('Untitled')}{marks}"
    return info.id, when(info.updated), str(info.messages), title


def hit_row(hit: Hit) -> tuple[str, str, str, str]:
    """Id, when, title, the words that were found."""
    return hit.info.id, when(hit.info.updated), hit.info.title or said("Untitled"), hit.excerpt


def when(seconds: float) -> str:
    """A time of the clock, as people here have it."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def heading(message: Message) -> str:
    """Who speaks, and when."""
    who = said("You") if message.role == "user" else message.model or said("Assistant")
    return clean(f"── {who} · {when(message.created)} · {message.id}")


def part_text(part: Part) -> str:
    """A part in plain words; thoughts are left out."""
    match part:
        case TextPart():
            return part.text if not part.origin else f"[{part.origin}] {part.text}"
        case ReasoningPart():
            return ""
        case FilePart():
            return f"[file {part.name} {part.mime}]"
        case ToolPart():
            return _call_text(part)
        case OpaquePart():
            return f"[{said('something a newer version wrote')}]"


def _call_text(part: ToolPart) -> str:
    inputs = ", ".join(f"{name}={value!r}"[:120] for name, value in part.input.items())
    lines = part.output.splitlines()
    shown = [f"  {line}" for line in lines[:12]]
    more = [said(f"  … {len(lines) - 12} more lines")] if len(lines) > 12 else []
    return "\n".join([f"▸ {part.tool}({inputs}) {part.status}", *shown, *more])
