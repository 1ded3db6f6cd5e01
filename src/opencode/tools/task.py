"""Hand a piece of work to a sub-agent: it works in a session of its own and reports back."""

from typing import ClassVar

from msgspec import Struct

from opencode.core.display import Text
from opencode.core.error import ToolError
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.provider import ToolSpec
from opencode.core.tool import Spawned, Tool, ToolContext, ToolResult
from opencode.tools.shared.truncate import shorten


class TaskInput(Struct):
    prompt: str
    agent: str = "general"
    session: str = ""
    background: bool = False


class Task(Tool[TaskInput]):
    """Calls of one step run side by side; what they change is judged in the sub-agent's session."""

    name = "task"
    description = (
        "Let a sub-agent work on its own and report; it knows only the prompt. Several at once "
        "run in parallel. session: go on with an earlier one. background: go on at once; its "
        "report comes as a note (process lists and stops it)."
    )
    input = TaskInput
    aliases: ClassVar[dict[str, str]] = {
        "subagent_type": "agent",
        "subagent": "agent",
        "agent_type": "agent",
        "task": "prompt",
        "instructions": "prompt",
        "task_id": "session",
        "session_id": "session",
        "run_in_background": "background",
    }

    def __init__(self, agents: str = "") -> None:
        self._agents = agents
        """Who there is, for the model."""

    def spec(self) -> ToolSpec:
        """With the agents of this workspace."""
        plain = super().spec()
        return ToolSpec(self.name, f"{self.description} {self._agents}".strip(), plain.schema)

    def requests(self, args: TaskInput, place: Place) -> list[Request]:
        """Rules can name agents."""
        del place
        return [Request("task", args.agent)]

    async def run(self, args: TaskInput, ctx: ToolContext) -> ToolResult:
        """Wait for its report. A sub-agent that failed is an error, with what it said so far."""
        if not args.prompt.strip():
            raise ToolError("The sub-agent needs a prompt.")
        if args.background:
            return await _begun(args, ctx)
        done = await ctx.spawn(args.agent, args.prompt, args.session)
        if done.reason == "background":
            return _working(done.agent, done.session, done.text)
        name = f"{done.session}.md"
        said = shorten(
            done.text,
            lambda: ctx.scratch(name, done.text.encode()),
            lines=ctx.output_lines,
            size=ctx.output_bytes,
        )
        said = said or "It said nothing."
        who = f"{done.agent}, session {done.session}"
        if done.reason in ("error", "cancelled"):
            raise ToolError(f"The sub-agent{_ending(done)}\n\n{said}\n\n[{who}]")
        early = f";{_ending(done)}" if done.reason != "done" else ""
        return ToolResult(f"{said}\n\n[{who}{early}]", [Text(done.text, language="markdown")])


async def _begun(args: TaskInput, ctx: ToolContext) -> ToolResult:
    if ctx.delegates is None:
        raise ToolError("Sub-agents cannot work in the background here; leave out background.")
    begun = await ctx.delegates.begin(args.agent, args.prompt, args.session)
    return _working(begun.agent, begun.session, begun.title)


def _working(agent: str, session: str, title: str) -> ToolResult:
    return ToolResult(
        f"[{agent} works in the background, session {session}. Go on with other work; "
        "its report joins this conversation when it is done.]",
        [Text(f"{title}: in the background")],
    )


def _ending(done: Spawned) -> str:
    return f" ended early ({done.reason}): {done.detail}"
