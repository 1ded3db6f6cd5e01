"""For programs: ours, complete (`stream-json`), and the TypeScript original's (`json`)."""

import sys
import time
from typing import Any

import msgspec

from opencode.core.event import Event, MessageFinished, MessageStarted, RunFinished, ToolFinished
from opencode.core.message import Message, ReasoningPart, TextPart, ToolPart
from opencode.core.session import Session


def write_line(value: object) -> None:
    """One JSON value a line, out at once."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def result(session: Session, end: RunFinished, exit_code: int) -> dict[str, Any]:
    """The last line of `stream-json`."""
    last = next((m for m in reversed(session.messages) if m.role == "assistant"), None)
    return {
        "type": "result",
        "session": session.id,
        "reason": end.reason,
        "exit_code": exit_code,
        "detail": end.detail,
        "text": last.text if last else "",
        "steps": end.steps,
        "seconds": end.seconds,
        "usage": end.usage,
    }


class StreamJson:
    """Every event with its number; the caller writes the result as the last line."""

    def __init__(self, session: str) -> None:
        self.session = session

    def show(self, n: int, event: Event) -> None:
        """Print one event."""
        write_line({"n": n, "time": time.time(), **msgspec.to_builtins(event)})


class OriginalJson:
    """The event lines of the original's `run --format json`, so that scripts go on working."""

    def __init__(self, session: str) -> None:
        self.session = session

    def show(self, n: int, event: Event) -> None:
        """Print the lines this event stands for; most stand for none, a sub-agent's all."""
        if event.session != self.session:
            return
        match event:
            case MessageStarted():
                self._line("step_start", part={"id": event.message, "type": "step-start"})
            case ToolFinished(call=call) if call.status != "cancelled":
                self._line("tool_use", part=self._tool(event.message, call))
            case MessageFinished(message=message):
                self._message(message)
            case RunFinished() if event.reason == "error":
                error = {"name": event.code or "UnknownError", "data": {"message": event.detail}}
                self._line("error", error=error)
            case _:
                pass
        del n

    def _message(self, message: Message) -> None:
        for i, part in enumerate(message.parts):
            base = {"id": f"prt_{message.id}_{i}", "messageID": message.id}
            if isinstance(part, TextPart) and part.text:
                self._line("text", part={**base, "type": "text", "text": part.text})
            elif isinstance(part, ReasoningPart) and part.text:
                self._line("reasoning", part={**base, "type": "reasoning", "text": part.text})
        usage = message.usage
        tokens = {
            "input": usage.input,
            "output": usage.output - usage.reasoning,
            "reasoning": usage.reasoning,
            "cache": {"read": usage.cache_read, "write": usage.cache_write},
        }
        finish = message.finish.replace("_", "-")
        part = {"type": "step-finish", "reason": finish, "cost": usage.cost or 0, "tokens": tokens}
        if usage.cost is None:
            part["costUnknown"] = True
        self._line("step_finish", part={**part, "messageID": message.id})

    def _tool(self, message: str, call: ToolPart) -> dict[str, Any]:
        times = {"start": _ms(call.started), "end": _ms(call.ended)}
        state: dict[str, Any] = {"input": call.input, "time": times}
        if call.status == "completed":
            state |= {"status": "completed", "output": call.output, "title": call.tool}
        else:
            state |= {"status": "error", "error": call.output}
        return {
            "id": call.id, "messageID": message, "type": "tool",
            "callID": call.id, "tool": call.tool, "state": state,
        }  # fmt: skip

    def _line(self, kind: str, **fields: Any) -> None:
        stamp = int(time.time() * 1000)
        line = {"type": kind, "timestamp": stamp, "sessionID": self.session, **fields}
        if part := fields.get("part"):
            part["sessionID"] = self.session
        write_line(line)


def _ms(seconds: float | None) -> int:
    return int((seconds or 0) * 1000)
