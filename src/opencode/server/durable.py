"""A conversation as the numbered events it is made of, in the protocol's second generation."""

from collections.abc import Iterator

import msgspec

from opencode.core.message import Message
from opencode.core.session import Session
from opencode.server import second
from opencode.server.second import Plain
from opencode.server.taken_back import with_gone
from opencode.server.translate import ms

_ROOM = 1_000
"""Numbers a message may take for each millisecond until the next one."""
_OPEN = ("pending", "running")
_HERE = {"executed": False}
"""Calls are made by us, never by the model's provider."""


class Tail:
    """What stands in a conversation behind a number. Numbers tell when a message began, so they
    stay the same whatever is taken back or folded around it; they grow, with gaps."""

    def __init__(self, after: int = 0) -> None:
        self._after = after
        self._began, self._before = float("-inf"), 0
        """The message that was looked at last, and the number before its first event."""

    def more(self, session: Session, *, is_busy: bool) -> list[Plain]:
        """What came since; what is still going on has not happened yet."""
        found: list[Plain] = []
        number = self._before
        fresh = [one for one in with_gone(session) if one.created >= self._began]
        for one in sorted(fresh, key=lambda one: one.created):
            self._began, self._before = one.created, number
            number = max(number, int((one.created - session.created) * 1000) * _ROOM)
            for kind, data in _told(one, is_busy):
                number += 1
                if number > self._after:
                    found.append(_event(session.id, number, kind, data))
            self._after = max(self._after, number)
            if is_busy and not _is_settled(one):
                break
        return found


def _event(session: str, number: int, kind: str, data: Plain) -> Plain:
    return {
        "id": f"evt_{session.removeprefix('ses_')}{number}",
        "type": f"session.next.{kind}",
        "durable": {"aggregateID": session, "seq": number, "version": 1},
        "data": {"sessionID": session, **data},
    }


def _is_settled(one: Message) -> bool:
    is_over = one.role == "user" or one.summary or bool(one.ended or one.finish or not one.model)
    return is_over and not any(call.status in _OPEN for call in one.calls)


def _told(one: Message, is_busy: bool) -> Iterator[tuple[str, Plain]]:
    shown = second.message(one)
    began: Plain = {"timestamp": shown["time"]["created"]}
    at = {**began, "messageID": one.id}
    if one.summary:
        reason = {"reason": shown["reason"]}
        yield "compaction.started", {**at, **reason}
        yield "compaction.ended", {**at, **reason, "text": one.text, "recent": ""}
    elif one.role == "user":
        prompt = {name: shown[name] for name in ("text", "files") if name in shown}
        for kind in ("prompt.admitted", "prompted"):
            yield kind, {**at, "prompt": prompt, "delivery": "steer"}
    elif one.model:
        yield from _step(one, shown, began, is_busy)
    else:
        yield from _by_hand(one, at, is_busy)


def _by_hand(one: Message, at: Plain, is_busy: bool) -> Iterator[tuple[str, Plain]]:
    """Calls no model made."""
    for call in one.calls:
        words = str(call.input.get("command") or call.tool)
        yield "shell.started", {**at, "callID": call.id, "command": words}
        if call.status in _OPEN and is_busy:
            return
        ended = {"timestamp": ms(call.ended or one.created), "callID": call.id}
        yield "shell.ended", {**ended, "output": call.output}


def _step(one: Message, shown: Plain, began: Plain, is_busy: bool) -> Iterator[tuple[str, Plain]]:
    """One call to the model and what it asked for."""
    name: Plain = {"assistantMessageID": one.id}
    yield "step.started", {**began, **name, "agent": one.agent, "model": shown["model"]}
    if is_busy and not (one.ended or one.finish):
        return
    ended = {"timestamp": ms(one.ended or one.created)}
    for piece in shown["content"]:
        if (kind := piece["type"]) != "tool":
            place = {f"{kind}ID": piece["id"]}
            yield f"{kind}.started", {**began, **name, **place}
            yield f"{kind}.ended", {**ended, **name, **place, "text": piece["text"]}
            continue
        yield from _call(piece, {**name, "callID": piece["id"]}, ended)
        if piece["state"]["status"] in _OPEN and is_busy:
            return
    if "error" in shown:
        yield "step.failed", {**ended, **name, "error": shown["error"]}
        return
    price = {"cost": shown["cost"], "tokens": shown["tokens"]}
    yield "step.ended", {**ended, **name, "finish": shown.get("finish", "stop"), **price}


def _call(piece: Plain, name: Plain, ended: Plain) -> Iterator[tuple[str, Plain]]:
    state, time = piece["state"], piece["time"]
    if state["status"] == "pending":
        return
    written = msgspec.json.encode(state["input"]).decode()
    yield "tool.input.started", {**ended, **name, "name": piece["name"]}
    yield "tool.input.ended", {**ended, **name, "text": written}
    ran = {"timestamp": time.get("ran", ended["timestamp"]), **name, "provider": _HERE}
    yield "tool.called", {**ran, "tool": piece["name"], "input": state["input"]}
    done = {"timestamp": time.get("completed", ended["timestamp"]), **name, "provider": _HERE}
    if state["status"] == "completed":
        result = {"structured": state["structured"], "content": state["content"]}
        yield "tool.success", {**done, **result}
    elif state["status"] == "error":
        yield "tool.failed", {**done, "error": state["error"]}
