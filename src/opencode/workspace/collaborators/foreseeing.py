"""What undo would not bring back of a command, told in the question whether it may run."""

import asyncio
from collections.abc import Awaitable, Callable

from opencode.core.message import ToolPart
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.session.undo.watch import foreseen


def foresight(place: Place) -> Callable[[ToolPart, list[Request]], Awaitable[list[str]]]:
    """See `agent.gate.Gate.foresee`."""

    async def foresee(call: ToolPart, requests: list[Request]) -> list[str]:
        commands = [request for request in requests if request.action == "bash"]
        if call.tool != "bash" or all(request.harmless for request in commands):
            return []
        if call.input.get("background") or call.input.get("run_in_background"):
            return ["What it changes in the background cannot be undone."]
        inside = place.resolve(str(call.input.get("cwd") or "."))
        folder = place.cwd if inside.is_relative_to(place.cwd) else inside
        written = [r.target for r in requests if r.action == "outside" and r.access == "write"]
        beyond = [f"Undo does not reach {target}." for target in dict.fromkeys(written)]
        return [*await asyncio.to_thread(foreseen, folder), *beyond[:5]]

    return foresee
