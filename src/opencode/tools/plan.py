"""A plan kept with the session: written by the model, approved by the person, carried out step
by step."""

import re
from typing import ClassVar

from msgspec import Struct, field

from opencode.core.ask import Option, Question
from opencode.core.display import Display, Text, Todos
from opencode.core.error import ToolError
from opencode.core.place import Place
from opencode.core.tool import Tool, ToolContext, ToolResult

_STEP = re.compile(
    r"^(?P<lead>(?:[-*+]|\d+[.)])[ \t]+)(?:\[(?P<mark>[ xX])\][ \t]+)?(?P<text>\S.*)$", re.MULTILINE
)
_BUILD = "Build it"
_KEEP = "Keep planning"


class PlanInput(Struct):
    plan: str = ""
    done: list[int] = field(default_factory=list)


class Plan(Tool[PlanInput]):
    """The way from the plan agent to build."""

    name = "plan"
    description = (
        "Hand the user a plan for approval: markdown, each step a numbered line. "
        "done: steps finished since. Neither: show it."
    )
    input = PlanInput
    aliases: ClassVar[dict[str, str]] = {
        "content": "plan",
        "text": "plan",
        "steps_done": "done",
        "complete": "done",
    }

    def has_effects(self, args: PlanInput, place: Place) -> bool:
        """Showing changes nothing."""
        del place
        return bool(args.plan or args.done)

    async def run(self, args: PlanInput, ctx: ToolContext) -> ToolResult:
        """Keep it, mark steps, and where a plan must be approved, ask."""
        session = ctx.session
        if args.plan.strip():
            session.plan = _with_boxes(args.plan.strip())
        if not session.plan:
            raise ToolError("There is no plan yet: send one as `plan`.")
        if args.done:
            session.plan = _marked(session.plan, args.done)
        if args.plan.strip() and ctx.agent.read_only:
            return await _approve(ctx)
        return ToolResult(session.plan, _shown(session.plan, whole=not args.done))


async def _approve(ctx: ToolContext) -> ToolResult:
    """First the person's word, then the switch to build."""
    written = ctx.session.plan
    try:
        words = await _asked(ctx)
    except ToolError as error:
        told = f"The plan is kept, but not approved: {error.message} Present it and stop."
        return ToolResult(told, _shown(ctx.session.plan))
    plan = ctx.session.plan
    changed = "The user changed the plan. " if plan != written else ""
    if words == _BUILD:
        ctx.session.agent = "build"
        ctx.changed()
        told = (
            f"{changed}Approved. From here on you are the build agent: you may change files and "
            "run commands. Carry the plan out; tell finished steps with plan {done: [n]}.\n\n"
        )
        return ToolResult(told + plan, _shown(plan))
    if words in (_KEEP, ""):
        told = f"{changed}The plan is kept, but not approved yet. Ask what is missing, or stop."
        return ToolResult(f"{told}\n\n{plan}" if changed else told, _shown(plan))
    told = f"Not approved. The user says: {words}\nRevise the plan and hand it over again."
    told += f"\n\n{changed}It now is:\n{plan}" if changed else ""
    return ToolResult(told, [*_shown(plan), Text(f"You: {words}")])


async def _asked(ctx: ToolContext) -> str:
    """What the person says to the plan in the end; one they send back changed is asked about
    anew, unless they approve it along with it."""
    choices = [
        Option(_BUILD, "The build agent carries the plan out."),
        Option(_KEEP, "Nothing is changed yet."),
    ]
    while True:
        plain = _STEP.sub(r"\g<lead>\g<text>", ctx.session.plan)
        question = Question(f"Is this the plan?\n\n{plain}", "Plan", choices, draft=plain)
        answers = await ctx.ask([question])
        given = [one.strip() for one in answers[0]] if answers else []
        theirs = next((one for one in given if "\n" in one and _steps(_with_boxes(one))), "")
        words = "; ".join(one for one in given if one != theirs)
        if not theirs:
            return words
        ctx.session.plan = _with_boxes(theirs)
        if words == _BUILD:
            return words


def _with_boxes(plan: str) -> str:
    """Each step with a box for its state. Steps are the lines that have one, else the numbered
    ones, else every item at the left margin."""
    items = list(_STEP.finditer(plan))
    if any(item["mark"] for item in items):
        return plan
    numbered = any(item["lead"][0].isdigit() for item in items)

    def box(item: re.Match[str]) -> str:
        is_step = item["lead"][0].isdigit() or not numbered
        return f"{item['lead']}[ ] {item['text']}" if is_step else item[0]

    return _STEP.sub(box, plan)


def _steps(plan: str) -> list[re.Match[str]]:
    return [item for item in _STEP.finditer(plan) if item["mark"]]


def _marked(plan: str, done: list[int]) -> str:
    steps = _steps(plan)
    wrong = [number for number in done if not 0 < number <= len(steps)]
    if wrong:
        raise ToolError(f"There is no step {wrong[0]}; the plan has {len(steps)} steps.")
    for number in done:
        place = steps[number - 1].start("mark")
        plan = f"{plan[:place]}x{plan[place + 1 :]}"
    return plan


def _shown(plan: str, *, whole: bool = True) -> list[Display]:
    """Its steps with their states; what stands around them, when all of it is to be seen."""
    steps = [
        (step["text"], "completed" if step["mark"] in "xX" else "pending") for step in _steps(plan)
    ]
    around = [line for line in plan.splitlines() if line.strip() and not _is_step(line)]
    shown: list[Display] = []
    if whole and around:
        shown.append(Text("\n".join(around), language="markdown"))
    return [*shown, Todos(steps)] if steps else shown


def _is_step(line: str) -> bool:
    return bool((found := _STEP.match(line)) and found["mark"])
