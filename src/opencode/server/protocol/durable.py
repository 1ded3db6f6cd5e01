"""A conversation as the numbered events it is made of, in the protocol's second generation."""

from collections.abc import Iterator

import msgspec

from opencode.core.message import Message, ToolPart
from opencode.core.session import Session
from opencode.server.protocol import second
from opencode.server.protocol.second import Plain
from opencode.server.protocol.taken_back import with_gone
from opencode.server.protocol.translate import ms

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
            for kind, data in told(one, is_busy=is_busy):
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


def told(one: Message, *, is_busy: bool) -> Iterator[tuple[str, Plain]]:
    """What a message is made of, without the session's name; while its run goes on, as far as it
    has come."""
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
        yield from _by_hand(one, is_busy)


def _by_hand(one: Message, is_busy: bool) -> Iterator[tuple[str, Plain]]:
    """Calls no model made."""
    for call in one.calls:
        yield by_hand(one.id, call, has_ended=False)
        if call.status in _OPEN and is_busy:
            return
        yield by_hand(one.id, call, has_ended=True)


def by_hand(message: str, call: ToolPart, *, has_ended: bool) -> tuple[str, Plain]:
    """That a call no model made began or ended."""
    began = {"timestamp": ms(call.started or 0)}
    if has_ended:
        ended = {"timestamp": ms(call.ended)} if call.ended else began
        return "shell.ended", {**ended, "callID": call.id, "output": call.output}
    words = str(call.input.get("command") or call.tool)
    return "shell.started", {**began, "messageID": message, "callID": call.id, "command": words}


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
    yield ending(one)


def ending(one: Message) -> tuple[str, Plain]:
    """How a call to the model ended."""
    shown = second.message(one)
    ended: Plain = {"timestamp": ms(one.ended or one.created), "assistantMessageID": one.id}
    if "error" in shown:
        return "step.failed", {**ended, "error": shown["error"]}
    price = {"cost": shown["cost"], "tokens": shown["tokens"]}
    return "step.ended", {**ended, "finish": shown.get("finish", "stop"), **price}


def _call(piece: Plain, name: Plain, ended: Plain) -> Iterator[tuple[str, Plain]]:
    state = piece["state"]
    if state["status"] == "pending":
        return
    written = msgspec.json.encode(state["input"]).decode()
    yield "tool.input.started", {**ended, **name, "name": piece["name"]}
    yield "tool.input.ended", {**ended, **name, "text": written}
    kind, said = called(piece, name)
    yield kind, {**ended, **said}
    for kind, said in outcome(piece, name):
        yield kind, {**ended, **said}


def called(piece: Plain, name: Plain) -> tuple[str, Plain]:
    """That a call runs; `name` says which."""
    began = {"timestamp": piece["time"]["ran"]} if "ran" in piece["time"] else {}
    said = {"tool": piece["name"], "input": piece["state"]["input"], "provider": _HERE}
    return "tool.called", {**began, **name, **said}


def outcome(piece: Plain, name: Plain) -> Iterator[tuple[str, Plain]]:
    """What came of it, if something did."""
    state, time = piece["state"], piece["time"]
    done = {"timestamp": time["completed"]} if "completed" in time else {}
    done |= {**name, "provider": _HERE}
    if state["status"] == "completed":
        result = {"structured": state["structured"], "content": state["content"]}
        yield "tool.success", {**done, **result}
    elif state["status"] == "error":
        yield "tool.failed", {**done, "error": state["error"]}
