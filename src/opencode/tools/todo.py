"""The session's todo list: one tool reads and writes it, people see it live."""

import re
from typing import Any, ClassVar, Literal, cast

from msgspec import Struct, convert, field

from opencode.core.display import Todos
from opencode.core.error import ToolError
from opencode.core.place import Place
from opencode.core.session import Todo, TodoStatus
from opencode.core.tool import Tool, ToolContext, ToolResult

_STATUS: dict[str, TodoStatus] = {
    " ": "pending",
    ">": "in_progress",
    "x": "completed",
    "-": "cancelled",
}
_MARKS = {status: f"[{mark}]" for mark, status in _STATUS.items()}
_MOST = 200
_WRITTEN = re.compile(
    r"\s*(?:[-*]\s+|\d+[.)]\s+)?(?:\[(?P<mark>.)\]\s*)?(?P<text>.*?)\s*", re.DOTALL
)


class TodoInput(Struct):
    action: Literal["list", "add", "start", "complete"] = "list"
    text: str = ""
    index: int = 0
    todos: list[str] = field(default_factory=list)


class TodoTool(Tool[TodoInput]):
    """Keeps long work honest: the list survives compaction and restarts."""

    name = "todo"
    description = (
        "Todo list for long work. todos replaces it: "
        '"[x] done", "[>] doing", "[ ] open". index from 1.'
    )
    input = TodoInput
    aliases: ClassVar[dict[str, str]] = {
        "task": "text",
        "id": "index",
        "items": "todos",
        "tasks": "todos",
    }

    def parse(self, arguments: dict[str, Any]) -> TodoInput:
        """Models also send objects of `content` and `status`, as other programs have it."""
        given = arguments.get("todos")
        if isinstance(given, list):
            lines = [_line(item) for item in cast("list[Any]", given)]
            arguments = {**arguments, "todos": lines}
        return convert(arguments, TodoInput)

    def has_effects(self, args: TodoInput, place: Place) -> bool:
        """Everything but listing."""
        del place
        return args.action != "list" or bool(args.todos)

    async def run(self, args: TodoInput, ctx: ToolContext) -> ToolResult:
        """Change the list, then show all of it."""
        todos = ctx.session.todos
        if args.todos:
            _replace(todos, args.todos)
        elif args.action == "add":
            _add(todos, args.text)
        elif args.action != "list":
            _mark(todos, args)
        if self.has_effects(args, ctx.place):
            ctx.changed()
        lines = [f"{n}. {_MARKS[todo.status]} {todo.text}" for n, todo in enumerate(todos, 1)]
        return ToolResult(
            "\n".join(lines) or "The list is empty.",
            [Todos([(todo.text, todo.status) for todo in todos])],
        )


def _line(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    written = cast("dict[str, Any]", item)
    texts = [written[key] for key in ("content", "text", "task", "title") if key in written]
    mark = _MARKS.get(str(written.get("status", "pending")), "[ ]")
    return f"{mark} {texts[0]}" if texts else str(written)


def _replace(todos: list[Todo], lines: list[str]) -> None:
    if len(lines) > _MOST:
        raise ToolError(f"A list holds at most {_MOST} todos; these are {len(lines)}.")
    read = [_todo(line) for line in lines]
    if not all(todo.text for todo in read):
        raise ToolError("Each todo needs a text.")
    todos[:] = read


def _todo(line: str) -> Todo:
    found = _WRITTEN.fullmatch(line)
    assert found is not None
    status = _STATUS.get((found["mark"] or " ").lower())
    return Todo(found["text"], status) if status else Todo(line.strip())


def _add(todos: list[Todo], text: str) -> None:
    texts = [line.strip() for line in text.splitlines() if line.strip()]
    if not texts:
        raise ToolError("add needs a text.")
    if len(todos) + len(texts) > _MOST:
        raise ToolError(f"The list is full: it holds at most {_MOST} todos.")
    todos.extend(Todo(line) for line in texts)


def _mark(todos: list[Todo], args: TodoInput) -> None:
    todo = _meant(todos, args)
    todo.status = "in_progress" if args.action == "start" else "completed"


def _meant(todos: list[Todo], args: TodoInput) -> Todo:
    """By number, else by its exact text."""
    if 0 < args.index <= len(todos):
        return todos[args.index - 1]
    found = [todo for todo in todos if args.text and todo.text.casefold() == args.text.casefold()]
    if len(found) == 1:
        return found[0]
    there = f"1 to {len(todos)}" if todos else "none, the list is empty"
    raise ToolError(f"There is no todo {args.index or args.text!r}; indexes are {there}.")
