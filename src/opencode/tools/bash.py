"""Run a shell line in the project and tell how it ended."""

import contextlib
import re
import shlex
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct, convert

from opencode.core.display import Text
from opencode.core.error import ToolError
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.shell import Isolation, Job, Outcome
from opencode.core.tool import Tool, ToolContext, ToolResult
from opencode.tools.shared.shell.parse import shell_requests
from opencode.tools.shared.truncate import shorten

LONGEST = 3600.0
"""Seconds a command may take at most; what takes longer belongs into the background."""
_SURELY_MILLISECONDS = 10_000
_HINTS = (
    (
        re.compile(
            r"could not resolve|network is unreachable|name resolution|EAI_AGAIN|ENETUNREACH", re.I
        ),
        "The sandbox has no network; the user can allow it: [sandbox] network = true.",
    ),
    (
        re.compile(r"read-only file system|EROFS", re.I),
        "In the sandbox only the workspace can be written; git settings and opencode's cannot.",
    ),
)
_NO_WRITING = "Commands of this agent cannot write anywhere but in temporary folders."


class BashInput(Struct):
    command: str
    timeout: Annotated[float, Meta(description="Seconds")] = 120
    background: Annotated[
        bool, Meta(description="Return at once; see the process tool. For servers and watchers")
    ] = False
    cwd: Annotated[str, Meta(description="Folder to run in, instead of cd")] = ""


class Bash(Tool[BashInput]):
    """The shell, for everything no other tool does."""

    name = "bash"
    description = (
        "Run a bash command in the project. Each call is a fresh shell without stdin or terminal; "
        "output and exit code come back. Prefer read, grep, glob and edit for files."
    )
    input = BashInput
    aliases: ClassVar[dict[str, str]] = {
        "cmd": "command",
        "workdir": "cwd",
        "run_in_background": "background",
    }
    effects = True

    def parse(self, arguments: dict[str, Any]) -> BashInput:
        """Milliseconds are understood where nothing else can be meant."""
        for name in ("timeout_ms", "timeoutMs"):
            if isinstance(value := arguments.get(name), int | float):
                arguments = {**arguments, "timeout": value / 1000}
        args = convert(arguments, BashInput)
        if args.timeout >= _SURELY_MILLISECONDS:
            args.timeout /= 1000
        if args.timeout <= 0:
            args.timeout = 120
        args.timeout = min(args.timeout, LONGEST)
        return args

    def requests(self, args: BashInput, place: Place) -> list[Request]:
        """Everything the line would run, read and write; a folder of its own is a `cd` before."""
        line = f"cd {shlex.quote(args.cwd)}\n{args.command}" if args.cwd else args.command
        return shell_requests(line, place)

    def has_effects(self, args: BashInput, place: Place) -> bool:
        """False only when every command of the line is known to change nothing."""
        return args.background or not _is_harmless(self.requests(args, place))

    async def run(self, args: BashInput, ctx: ToolContext) -> ToolResult:
        """Run it; an exit code other than 0 is a result like any other."""
        cwd = ctx.place.resolve(args.cwd or ".")
        if not cwd.is_dir():
            raise ToolError(f"The folder {ctx.place.show(cwd)} does not exist.")
        requests = self.requests(args, ctx.place)
        harmless = _is_harmless(requests)
        job = Job(
            args.command,
            cwd,
            ctx.session.id,
            timeout=args.timeout,
            isolation=_isolation(ctx, harmless=harmless),
            readable=_outside(requests, "read"),
            writable=_outside(requests, "write"),
        )
        if args.background:
            return await _in_background(job, ctx)
        async with _covered(ctx, cwd, harmless=harmless) as uncovered:
            outcome = await ctx.shell.run(job, ctx.progress)
        output = shorten(
            outcome.output,
            lambda: _whole(outcome, ctx),
            lines=ctx.output_lines,
            size=ctx.output_bytes,
        )
        notes = [_ending(outcome, args), *_left(outcome, job, ctx), *uncovered]
        notes += _hints(outcome, job)
        text = "\n".join([*([output.rstrip("\n")] if output.strip() else []), *notes])
        return ToolResult(text, [Text(text)])


@contextlib.asynccontextmanager
async def _covered(
    ctx: ToolContext, cwd: Path, *, harmless: bool
) -> AsyncGenerator[list[str], None]:
    """Watch what the command changes, so that undo brings it back; yields what it will not."""
    notes: list[str] = []
    if harmless:
        yield notes
        return
    async with ctx.files.around(cwd) as coverage:
        yield notes
    notes += [f"[not undoable: {reason}]" for reason in coverage.uncovered]


async def _in_background(job: Job, ctx: ToolContext) -> ToolResult:
    started = await ctx.shell.spawn(job)
    text = (
        f"[running in the background as {started.id}, pid {started.pid}; "
        f"the process tool reads and stops it; what it changes cannot be undone]"
    )
    return ToolResult(text, [Text(text)])


def _is_harmless(requests: list[Request]) -> bool:
    return bool(requests) and all(
        (one.harmless or one.access == "read") and not one.unsure for one in requests
    )


def _isolation(ctx: ToolContext, *, harmless: bool) -> Isolation:
    """Who only reads is walled in where there is a wall: agents, and commands that are harmless."""
    available = ctx.shell.isolation
    if harmless:
        return "none" if available == "none" else "read-only"
    return "read-only" if ctx.agent.read_only else available


def _outside(requests: list[Request], access: str) -> tuple[Path, ...]:
    """Paths beyond the workspace that had to be allowed before this call."""
    return tuple(
        Path(one.target) for one in requests if one.action == "outside" and one.access == access
    )


def _whole(outcome: Outcome, ctx: ToolContext) -> str:
    return outcome.log or ctx.scratch(f"bash-{ctx.call.id}.txt", outcome.output.encode())


def _ending(outcome: Outcome, args: BashInput) -> str:
    whole = f"; all {outcome.size} bytes of output in {outcome.log}" if outcome.log else ""
    if outcome.code is None:
        return (
            f"[timed out after {args.timeout:g} s and was ended{whole}; "
            f"give a longer timeout or background: true]"
        )
    how = f"exit {outcome.code}" if outcome.code >= 0 else f"killed by signal {-outcome.code}"
    return f"[{how}, {outcome.seconds:.1f} s{whole}]"


def _left(outcome: Outcome, job: Job, ctx: ToolContext) -> list[str]:
    if not outcome.left_running:
        return []
    jobs = ctx.shell.running(job.session)
    name = next((one.id for one in jobs if one.command == job.command and one.code is None), "")
    pids = ", ".join(map(str, outcome.left_running))
    return [f"[left running: pid {pids}{f', as {name}; see the process tool' if name else ''}]"]


def _hints(outcome: Outcome, job: Job) -> list[str]:
    """What the sandbox has to do with a failure."""
    if job.isolation == "none" or not outcome.code:
        return []
    hints = [hint for sign, hint in _HINTS if sign.search(outcome.output)]
    if job.isolation == "read-only" and hints[-1:] == [_HINTS[-1][1]]:
        hints[-1] = _NO_WRITING
    return [f"[{hint}]" for hint in hints]
