"""List, read and stop what bash runs in the background."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from opencode.core.display import Table, Text
from opencode.core.error import ToolError
from opencode.core.place import Place
from opencode.core.shell import Running
from opencode.core.tool import Tool, ToolContext, ToolResult


class ProcessInput(Struct):
    action: Literal["list", "read", "stop"]
    id: str = ""
    offset: Annotated[int, Meta(ge=0, description="read: byte to go on from")] = 0


class Process(Tool[ProcessInput]):
    """The other half of bash: jobs outlive the call that started them."""

    name = "process"
    description = "List, read (from offset on) or stop the background jobs bash started."
    input = ProcessInput
    aliases = {"job": "id", "job_id": "id", "pid": "id"}  # noqa: RUF012

    def has_effects(self, args: ProcessInput, place: Place) -> bool:
        """Only stopping changes something."""
        del place
        return args.action == "stop"

    async def run(self, args: ProcessInput, ctx: ToolContext) -> ToolResult:
        """Jobs of other sessions do not exist here."""
        jobs = ctx.shell.running(ctx.session.id)
        if args.action == "list":
            return _listing(jobs)
        job = _find(jobs, args.id)
        if args.action == "stop":
            job = await ctx.shell.stop(job.id)
            text = f"[{job.id} {_state(job)}]"
            return ToolResult(text, [Text(text)])
        output, after = await ctx.shell.output(job.id, args.offset)
        job = next((one for one in ctx.shell.running(ctx.session.id) if one.id == job.id), job)
        more = f"; more from offset {after}" if job.code is None or after < job.size else ""
        text = f"{output.rstrip()}\n[{job.id} {_state(job)}{more}]".lstrip()
        return ToolResult(text, [Text(text)])


def _find(jobs: list[Running], wanted: str) -> Running:
    """By id or by pid."""
    for job in jobs:
        if wanted in (job.id, str(job.pid)):
            return job
    known = ", ".join(job.id for job in jobs) or "none"
    raise ToolError(f"There is no background job {wanted!r} in this session; there are: {known}.")


def _listing(jobs: list[Running]) -> ToolResult:
    if not jobs:
        return ToolResult("No background jobs.", [Text("No background jobs.")])
    rows = [[job.id, str(job.pid), _state(job), f"{job.size} bytes", job.command] for job in jobs]
    text = "\n".join("  ".join(row) for row in rows)
    return ToolResult(text, [Table(["id", "pid", "state", "output", "command"], rows)])


def _state(job: Running) -> str:
    if job.code is None:
        return "running"
    return f"ended with exit {job.code}" if job.code >= 0 else f"ended by signal {-job.code}"
