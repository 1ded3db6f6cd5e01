"""The frames that are made in more than one way, each made in one place."""

import time
from collections.abc import Iterable
from typing import Any

from opencode.core import event as happened
from opencode.core.event import Event
from opencode.server.protocol import translate, wire
from opencode.server.stream.frame import Frame
from opencode.server.stream.growing import Growing


def ending(event: happened.RunFinished, fault: wire.Fault | None) -> Iterable[Frame]:
    """How a run that did not end well is told."""
    of = event.session
    if fault is None:
        return
    code = {"provider.rate_limit": "RATE_LIMIT"}.get(event.code, event.code or event.reason)
    flat: dict[str, Any] = {"code": code, "message": event.detail}
    if event.retry_after is not None:
        flat["retry_after"] = event.retry_after
    said = {"sessionID": of, "error": fault}
    yield Frame("session.error", said, session=of, name="error", flat=flat)


def plain(event: Event) -> list[Frame]:
    """What is told as it comes; nothing of what the protocol has no word for."""
    of = event.session
    match event:
        case happened.TodosChanged(todos=todos):
            items = [wire.Todo(str(n), t.text, t.status) for n, t in enumerate(todos)]
            return [Frame("todo.updated", {"sessionID": of, "todos": items}, session=of)]
        case happened.ServerChanged(kind="lsp"):
            return [Frame("lsp.updated", {})]
        case happened.FileChecked(path=path, server=server):
            return [Frame("lsp.client.diagnostics", {"path": path, "serverID": server})]
        case happened.ServerChanged(name=name):
            return [Frame("mcp.tools.changed", {"server": name})]
        case _:
            return []


def status(of: str, status: dict[str, Any]) -> Frame:
    """What the session is doing."""
    return Frame("session.status", {"sessionID": of, "status": status}, session=of)


def part_frame(part: wire.Part, of: str) -> Frame:
    """A part as it is now."""
    said = {"sessionID": of, "part": part, "time": translate.ms(time.time())}
    return Frame("message.part.updated", said, session=of)


def delta_frame(growing: Growing, of: str, at: int, text: str, is_answer: bool) -> Frame:
    """A piece more of a text."""
    message = growing.message.id
    said = {
        "sessionID": of,
        "messageID": message,
        "partID": translate.part_id(message, at + 1),
        "field": "text",
        "delta": text,
    }
    if not is_answer:
        return Frame("message.part.delta", said, session=of)
    flat = {"id": message, "content": text, "index": growing.pieces}
    growing.pieces += 1
    return Frame("message.part.delta", said, session=of, name="message.chunk", flat=flat)


def removed(message: str, of: str) -> Frame:
    """A message that is gone."""
    said = {"sessionID": of, "messageID": message}
    return Frame("message.removed", said, session=of)


def removed_part(part: str, message: str, of: str) -> Frame:
    """A part that is gone."""
    said = {"sessionID": of, "messageID": message, "partID": part}
    return Frame("message.part.removed", said, session=of)
