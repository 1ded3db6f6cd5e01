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

    def asked(self) -> list[Question]:
        """The question as people are asked it."""
        options = [Option(label) for label in self.options]
        return [_question(self.question, options, multiple=self.multiple)]


class Choice(Struct):
    label: str
    description: str = ""


class One(Struct):
    question: str
    header: str = ""
    options: list[Choice | str] = field(default_factory=list)
    multiple: bool = False
    custom: bool = True


class Several(Struct):
    """The shape of the original and of others: several at once, options with a description."""

    questions: list[One]

    def asked(self) -> list[Question]:
        """Each as people are asked it; words of their own are taken always, whatever `custom`."""
        return [
            _question(
                one.question,
                [_option(option) for option in one.options],
                header=one.header,
                multiple=one.multiple,
            )
            for one in self.questions
        ]


def _option(given: Choice | str) -> Option:
    return Option(given) if isinstance(given, str) else Option(given.label, given.description)


def _question(
    text: str, options: list[Option], *, header: str = "", multiple: bool = False
) -> Question:
    by_label = {one.label: one for one in reversed(options) if one.label.strip()}
    kept = [one for one in options if by_label.get(one.label) is one]
    return Question(text.strip(), header, kept, multiple)


class Ask(Tool[QuestionInput | Several]):
    """Offered only where somebody can answer."""

    name = "question"
    description = (
        "Ask the user what only they can decide; never for permission. "
        "options: short, best first; free text is always possible."
    )
    input = QuestionInput
    other_inputs = (Several,)
    aliases: ClassVar[dict[str, str]] = {
        "text": "question",
        "prompt": "question",
        "choices": "options",
        "answers": "options",
        "multiSelect": "multiple",
    }

    async def run(self, args: QuestionInput | Several, ctx: ToolContext) -> ToolResult:
        """One answer, of one or more choices or free words, to each question."""
        questions = args.asked()
        if not questions or not all(one.text for one in questions):
            raise ToolError("The question is empty.")
        answers = await ctx.ask(questions)
        given = [_joined(one) for one in answers] + [""] * (len(questions) - len(answers))
        rows = [[one.text, answer or "-"] for one, answer in zip(questions, given, strict=True)]
        return ToolResult(_told(rows), [Table(["question", "answer"], rows)])


def _joined(answers: list[str]) -> str:
    return "; ".join(answer for answer in answers if answer.strip())


def _told(rows: list[list[str]]) -> str:
    """The answers as the model reads them."""
    if all(answer == "-" for _, answer in rows):
        return "The user left it open: you decide."
    if len(rows) == 1:
        return f"The user answers: {rows[0][1]}"
    lines = [f"{text} → {answer if answer != '-' else 'left open'}" for text, answer in rows]
    return "\n".join(["The user answers:", *lines])
