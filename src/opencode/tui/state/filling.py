"""What fills the window of the model, part by part: measured by bytes, scaled to its own count."""

from collections import Counter

import msgspec

from opencode.core.message import FilePart, Message, ReasoningPart, TextPart, ToolPart
from opencode.core.session import Session

PARTS = (
    "system",
    "tools",
    "summary",
    "prompts",
    "answers",
    "thoughts",
    "calls",
    "results",
    "files",
)
"""In the order they are shown."""
_PICTURE = 6_000
"""Bytes a picture or document counts as: models count it in tokens, not by its size."""


def filling(session: Session, total: int) -> list[tuple[str, int]]:
    """(part, tokens) of what the next request holds, together `total`; parts without any are
    left out."""
    sizes = Counter[str]()
    if session.prefix:
        sizes["system"] = len(session.prefix.system.encode())
        sizes["tools"] = len(msgspec.json.encode(session.prefix.tools))
    folds = [n for n, message in enumerate(session.messages) if message.summary]
    for message in session.messages[folds[-1] if folds else 0 :]:
        _measure(message, sizes)
    whole = sum(sizes.values())
    if not whole or not total:
        return []
    scaled = [(part, round(total * sizes[part] / whole)) for part in PARTS]
    return [(part, count) for part, count in scaled if count]


def _measure(message: Message, sizes: Counter[str]) -> None:
    for part in message.parts:
        match part:
            case TextPart():
                said = "prompts" if message.role == "user" else "answers"
                sizes["summary" if message.summary else said] += len(part.text.encode())
            case ReasoningPart():
                sizes["thoughts"] += len(part.text.encode())
            case FilePart():
                sizes["files"] += _PICTURE
            case ToolPart():
                sizes["calls"] += len(msgspec.json.encode(part.input)) + len(part.tool)
                sizes["results"] += 40 if part.pruned else len(part.output.encode())
                sizes["files"] += _PICTURE * len(part.files)
            case _:
                pass
