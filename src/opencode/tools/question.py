"""Ask the person and wait for the answer."""

from typing import ClassVar

from msgspec import Struct, field

from opencode.core.ask import Option, Question
from opencode.core.display import Table
from opencode.core.error import ToolError
from opencode.core.tool import Tool, ToolContext, ToolResult


class QuestionInput(Struct):
    question: str
    options: list[str] = field(default_factory=list)
    multiple: bool = False


class Ask(Tool[QuestionInput]):
    """Offered only where somebody can answer."""

    name = "question"
    description = (
        "Ask the user what only they can decide; never for permission. "
        "options: short, best first; free text is always possible."
    )
    input = QuestionInput
    aliases: ClassVar[dict[str, str]] = {
        "text": "question",
        "prompt": "question",
        "choices": "options",
        "answers": "options",
        "multiSelect": "multiple",
    }

    async def run(self, args: QuestionInput, ctx: ToolContext) -> ToolResult:
        """One question, one answer of one or more choices or free words."""
        text = args.question.strip()
        if not text:
            raise ToolError("The question is empty.")
        options = [Option(label) for label in dict.fromkeys(args.options) if label.strip()]
        answers = await ctx.ask([Question(text, options=options, multiple=args.multiple)])
        given = [answer for answer in (answers[0] if answers else []) if answer.strip()]
        answer = "; ".join(given)
        return ToolResult(
            f"The user answers: {answer}" if answer else "The user left it open: you decide.",
            [Table(["question", "answer"], [[text, answer or "-"]])],
        )
