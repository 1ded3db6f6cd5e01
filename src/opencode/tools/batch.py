"""Several calls side by side, each through the same gate, each result apart."""

import asyncio
from typing import Any, ClassVar

from msgspec import Struct, field

from opencode.core.display import Table
from opencode.core.error import ToolError
from opencode.core.message import ToolPart
from opencode.core.tool import Tool, ToolContext, ToolResult

_MOST = 25


class Call(Struct):
    tool: str
    input: dict[str, Any] = field(default_factory=dict)


class BatchInput(Struct):
    calls: list[Call]


class Batch(Tool[BatchInput]):
    """For models that make one call a step: many independent ones at the price of one."""

    name = "batch"
    description = f"Run up to {_MOST} independent tool calls at once, in no order."
    input = BatchInput
    effects = True
    aliases: ClassVar[dict[str, str]] = {
        "tool_calls": "calls",
        "invocations": "calls",
        "tools": "calls",
        "name": "tool",
        "tool_name": "tool",
        "parameters": "input",
        "arguments": "input",
        "args": "input",
    }

    async def run(self, args: BatchInput, ctx: ToolContext) -> ToolResult:
        """A call that fails is its own result; the others go on."""
        if not 0 < len(args.calls) <= _MOST:
            raise ToolError(f"A batch holds 1 to {_MOST} calls; these are {len(args.calls)}.")
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(_one(call, ctx)) for call in args.calls]
        parts = [task.result() for task in running]
        rows = [[part.tool, part.status, _first_line(part.output)] for part in parts]
        good = sum(part.status == "completed" for part in parts)
        return ToolResult(
            "\n\n".join(
                f"[{n}] {part.tool}: {part.status}\n{part.output}"
                for n, part in enumerate(parts, 1)
            ),
            [Table(["tool", "status", "result"], rows, f"{good} of {len(parts)} completed")],
            [file for part in parts for file in part.files],
        )


async def _one(call: Call, ctx: ToolContext) -> ToolPart:
    if call.tool.strip().casefold() == "batch":
        refused = ToolPart("", call.tool, call.input)
        refused.close("error", "A batch cannot hold a batch: list the calls in one.")
        return refused
    return await ctx.run_tool(call.tool, call.input)


def _first_line(text: str) -> str:
    line = text.strip().partition("\n")[0]
    return line if len(line) <= 100 else f"{line[:99]}…"
