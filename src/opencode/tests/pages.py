"""The parts of the documentation that the code knows itself: tools and errors, as markdown."""

import ast
import re
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import opencode
from opencode.config.reference import markdown
from opencode.core.tool import AnyTool
from opencode.workspace.opening.shelf import tool_names, tool_on_shelf

HOUSE = Path(opencode.__file__).parent
DOCS = HOUSE.parents[1] / "docs"
ELSEWHERE = "what to do is said with it"
_ROOMS = {
    "agent": "Work and permissions",
    "tools": "Work and permissions",
    "host": "Work and permissions",
    "config": "Settings and keys",
    "lsp": "Language servers",
    "mcp": "MCP servers",
    "providers": "Providers and models",
    "server": "The HTTP server",
    "session": "Sessions",
    "workspace": "Work and permissions",
}
_NOT_MET = {"core/error.py", "providers/scripted.py"}


def split(text: str) -> tuple[str, str, str]:
    """A page before, between and after its marks."""
    before, _, rest = text.partition("<!-- reference -->\n")
    held, _, after = rest.partition("<!-- end of reference -->")
    return before, held, after


def write() -> None:
    """Put each part into its page."""
    for name, part in PARTS.items():
        page = DOCS / name
        before, _, after = split(page.read_text("utf-8"))
        marked = f"<!-- reference -->\n\n{part().strip()}\n\n<!-- end of reference -->"
        page.write_text(f"{before}{marked}{after}", "utf-8")


def tools() -> str:
    """Every tool with its arguments, as its own schema says them."""
    return "\n\n".join(_tool(tool_on_shelf(name)) for name in tool_names())


def _tool(tool: AnyTool) -> str:
    schema: dict[str, Any] = tool.spec().schema
    needed = schema.get("required", [])
    about = re.split(r"(?<=[.!?])\s", tool.description.strip())[0]
    rows = [
        f"| `{name}` | {_kind(one)}{'' if name in needed else ', optional'} "
        f"| {_cell(one.get('description', ''))} |"
        for name, one in schema.get("properties", {}).items()
    ]
    head = ["| argument | kind | what it is |", "|---|---|---|"] if rows else []
    return "\n".join([f"### `{tool.name}`", "", _cell(about), "", *head, *rows])


def _kind(one: dict[str, Any]) -> str:
    kinds = one.get("type") or [k.get("type", "") for k in one.get("anyOf", [])]
    if "enum" in one:
        return " / ".join(f"`{value}`" for value in one["enum"])
    return kinds if isinstance(kinds, str) else " or ".join(filter(None, kinds))


class Said(NamedTuple):
    """An error as a person meets it; `…` stands for what differs."""

    room: str
    message: str
    fix: str


def errors() -> str:
    """Every error that names its fix, by what it is about."""
    grouped: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for said in all_errors():
        grouped[_ROOMS.get(said.room, "Commands")].add((said.message, said.fix))
    blocks = [
        "\n".join(
            [f"### {title}", "", "| it says | do this |", "|---|---|"]
            + [f"| {_cell(message)} | {_cell(fix)} |" for message, fix in sorted(rows)]
        )
        for title, rows in sorted(grouped.items())
    ]
    return "\n\n".join(blocks)


def all_errors() -> list[Said]:
    """Every call in the house that makes an error with a hint."""
    found: list[Said] = []
    for path in sorted(HOUSE.rglob("*.py")):
        name = path.relative_to(HOUSE)
        if name.parts[0] == "tests" or name.as_posix() in _NOT_MET:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        names = _sentences(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (said := _error(node, names)):
                found.append(Said(name.parts[0].removesuffix(".py"), *said))
    return found


def _sentences(tree: ast.Module) -> dict[str, str]:
    """The texts of a file that have a name."""
    return {
        target.id: _text(node.value, {})
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _error(call: ast.Call, names: dict[str, str]) -> tuple[str, str] | None:
    hint = next((word.value for word in call.keywords if word.arg == "hint"), None)
    if hint is None or not call.args:
        return None
    message, fix = _text(call.args[0], names), _text(hint, names)
    return (message, fix or ELSEWHERE) if message.strip("… .:") else None


def _text(node: ast.expr, names: dict[str, str]) -> str:
    """A sentence of the code; "" when it is put together elsewhere."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return names.get(name, "")
        case ast.JoinedStr():
            return "".join(_text(part, names) for part in node.values)
        case ast.FormattedValue():
            return "…"
        case ast.BinOp(left=left, right=right):
            return f"{_text(left, names) or '…'}{_text(right, names) or '…'}"
        case _:
            return ""


def _cell(text: str) -> str:
    one = " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
    return re.sub(r"(…)(\s*\1)+", r"\1", one)


PARTS = {"configuration.md": markdown, "tools.md": tools, "troubleshooting.md": errors}
"""What makes the text between the marks of each page, by the page's name."""

if __name__ == "__main__":
    write()
