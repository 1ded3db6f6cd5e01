"""An answer in a shape that a program asked for: a tool of that shape, whose call ends the run."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, cast

import msgspec

from opencode.core.error import UsageError
from opencode.core.message import Message, Wish
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.provider import ToolSpec
from opencode.core.tool import AnyTool, Tool, ToolContext, ToolResult

NAME = "StructuredOutput"
WORDS = (
    f"A program reads your final answer: when all work is done, call {NAME} once with it. "
    "Words alone do not reach the program."
)
AGAIN = f"Your answer did not reach the program: call {NAME} with it now."
MISSING = "The model gave no answer in the shape that was asked for."


class Structured(Tool[dict[str, Any]]):
    """What the model calls with its answer."""

    name = NAME
    description = "Hand over the final answer, once, when all else is done. Nothing follows it."
    input = dict

    def __init__(self, shape: dict[str, Any]) -> None:
        self._spec = ToolSpec(NAME, self.description, shape)

    def spec(self) -> ToolSpec:
        """The shape as the program wrote it."""
        return self._spec

    def parse(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The answer; msgspec.ValidationError says where it does not fit."""
        schemas, alone = import_module("jsonschema"), import_module("referencing").Registry()
        judge: Any = schemas.Draft202012Validator(self._spec.schema, registry=alone)
        found = judge.iter_errors(arguments)
        worst: Any = schemas.exceptions.best_match(found)
        if worst is not None:
            raise msgspec.ValidationError(f"{worst.json_path}: {worst.message}")
        return arguments

    def requests(self, args: dict[str, Any], place: Place) -> list[Request]:
        """Itself: it touches nothing."""
        del args, place
        return [Request(NAME, "*")]

    async def run(self, args: dict[str, Any], ctx: ToolContext) -> ToolResult:
        """The call holds the answer."""
        del args, ctx
        return ToolResult("The program has your answer.")


class WithShape(Mapping[str, AnyTool]):
    """The tools there are, and the one of the shape that is wished for now."""

    def __init__(
        self, tools: Callable[[], Mapping[str, AnyTool]], wish: Callable[[], Wish]
    ) -> None:
        self._tools, self._wish = tools, wish

    def __getitem__(self, name: str) -> AnyTool:
        if name == NAME and (shape := self._wish().shape):
            return Structured(shape)
        return self._tools()[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._tools()
        if self._wish().shape:
            yield NAME

    def __len__(self) -> int:
        return sum(1 for _ in self)


def check(shape: dict[str, Any]) -> None:
    """UsageError unless it is the JSON schema of an object."""
    schemas: Any = import_module("jsonschema")
    try:
        schemas.Draft202012Validator.check_schema(shape)
    except schemas.SchemaError as error:
        raise UsageError(f"`format.schema` is no JSON schema: {error.message}") from None
    if shape.get("type") != "object":
        raise UsageError('`format.schema` must be of "type": "object": it is what a tool is given.')
    links: Any = import_module("referencing")
    here = import_module("referencing.jsonschema").DRAFT202012.create_resource(shape)
    resolver = links.Registry().with_resource("", here).resolver()
    for ref in _references(shape):
        try:
            resolver.lookup(ref)
        except links.exceptions.Unresolvable:
            hint = "What it refers to must stand in it, below `$defs`; nothing is fetched."
            raise UsageError(f"`format.schema` refers to {ref}", hint=hint) from None


def _references(schema: object) -> Iterator[str]:
    match schema:
        case dict():
            for name, value in cast("dict[str, object]", schema).items():
                if name in ("$ref", "$dynamicRef") and isinstance(value, str):
                    yield value
                else:
                    yield from _references(value)
        case list():
            for value in cast("list[object]", schema):
                yield from _references(value)
        case _:
            pass


def answer_of(message: Message) -> dict[str, Any] | None:
    """What was handed over; None when nothing was."""
    done = (call for call in message.calls if call.tool == NAME and call.status == "completed")
    return next((call.input for call in done), None)


def asked_again(messages: list[Message]) -> int:
    """How often the model was reminded since the last prompt."""
    count = 0
    for message in reversed(messages):
        said = [part for part in message.parts if getattr(part, "text", "") == AGAIN]
        if message.role == "user" and not said:
            break
        count += len(said)
    return count
