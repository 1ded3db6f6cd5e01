"""List, read and stop what runs in the background: commands and sub-agents."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from opencode.core.delegate import Delegate
from opencode.core.display import Table, Text
from opencode.core.error import ToolError
from opencode.core.place import Place
from opencode.core.shell import Running
from opencode.core.tool import Tool, ToolContext, ToolResult
from opencode.tools.shared.search.wording import plural
from opencode.tools.shared.truncate import shorten


class ProcessInput(Struct):
    action: Literal["list", "read", "stop"]
    id: str = ""
    offset: Annotated[int, Meta(ge=0, description="read: byte to go on from")] = 0


class Process(Tool[ProcessInput]):
    """The other half of bash and task: what they began outlives the call."""

    name = "process"
    description = (
        "List, read (from offset on) or stop background jobs of bash and sub-agents of task. "
        "stop with id all ends every one."
    )
    input = ProcessInput
    aliases = {"job": "id", "job_id": "id", "pid": "id", "session": "id"}  # noqa: RUF012

    def has_effects(self, args: ProcessInput, place: Place) -> bool:
        """Only stopping changes something."""
        del place
        return args.action == "stop"

    async def run(self, args: ProcessInput, ctx: ToolContext) -> ToolResult:
        """Jobs of other sessions do not exist here."""
        jobs = ctx.shell.running(ctx.session.id)
        delegates = ctx.delegates.listed() if ctx.delegates else []
        if args.action == "list":
            return _listing(jobs, delegates)
        if args.action == "stop" and args.id == "all":
            return await _stop_all(jobs, delegates, ctx)
        if delegate := next((one for one in delegates if one.session == args.id), None):
            return await _delegate(delegate, args, ctx)
        job = _find(jobs, delegates, args.id)
        if args.action == "stop":
            job = await ctx.shell.stop(job.id)
            text = f"[{job.id} {_state(job)}]"
            return ToolResult(text, [Text(text)])
        output, after = await ctx.shell.output(job.id, args.offset)
        job = next((one for one in ctx.shell.running(ctx.session.id) if one.id == job.id), job)
        more = f"; more from offset {after}" if job.code is None or after < job.size else ""
        text = f"{output.rstrip()}\n[{job.id} {_state(job)}{more}]".lstrip()
        return ToolResult(text, [Text(text)])


async def _delegate(one: Delegate, args: ProcessInput, ctx: ToolContext) -> ToolResult:
    if args.action == "stop" and ctx.delegates:
        one = await ctx.delegates.stop(one.session)
    said = shorten(one.said, lambda: ctx.scratch(f"{one.session}.md", one.said.encode()))
    text = f"{said}\n[{one.session} {_how(one)}]".lstrip()
    return ToolResult(text, [Text(text)])


async def _stop_all(jobs: list[Running], delegates: list[Delegate], ctx: ToolContext) -> ToolResult:
    ended: list[str] = []
    for job in jobs:
        if job.code is None:
            ended.append((await ctx.shell.stop(job.id)).id)
    for one in delegates:
        if not one.reason and ctx.delegates:
            ended.append((await ctx.delegates.stop(one.session)).session)
    text = f"[stopped: {', '.join(ended) or 'nothing ran'}]"
    return ToolResult(text, [Text(text)])


def _find(jobs: list[Running], delegates: list[Delegate], wanted: str) -> Running:
    """By id or by pid."""
    for job in jobs:
        if wanted in (job.id, str(job.pid)):
            return job
    known = ", ".join([job.id for job in jobs] + [one.session for one in delegates]) or "none"
    raise ToolError(f"There is no background job {wanted!r} in this session; there are: {known}.")


def _listing(jobs: list[Running], delegates: list[Delegate]) -> ToolResult:
    rows = [[job.id, str(job.pid), _state(job), f"{job.size} bytes", job.command] for job in jobs]
    rows += [
        [one.session, "", _how(one), plural(one.steps, "step"), f"@{one.agent} {one.title}"]
        for one in delegates
    ]
    if not rows:
        return ToolResult("No background jobs.", [Text("No background jobs.")])
    text = "\n".join("  ".join(filter(None, row)) for row in rows)
    return ToolResult(text, [Table(["id", "pid", "state", "output", "command"], rows)])


def _how(one: Delegate) -> str:
    return f"ended ({one.reason})" if one.reason else "running"


def _state(job: Running) -> str:
    if job.code is None:
        return "running"
    return f"ended with exit {job.code}" if job.code >= 0 else f"ended by signal {-job.code}"
