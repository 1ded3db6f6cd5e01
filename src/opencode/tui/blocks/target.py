"""What a click on a piece of text opens: a file at a line, or the session of a sub-agent."""

import re

from rich.style import Style

from opencode.core.message import ToolPart
from opencode.tui.blocks.block import AnyBlock, ToolBlock, UserBlock

_KEY = "opens"
SESSION = "session:"
"""Before the id of a session; without it a target is `path` or `path:line`."""

MENTION = re.compile(r'(?<!\S)@(?:"([^"\n]+)"|([^\s"]+))')
"""A file as people name it in a prompt."""
_PATH = re.compile(r"~?[\w.+@/-]*[\w-](?:\.\w+|/[\w.-]+)(?::\d+)?(?::\d+)?")
_RANGE = re.compile(r"#L?(\d+)(?:-L?\d+)?$")
_FILES = frozenset({"read", "write", "edit", "multiedit", "lsp"})


def opening(target: str) -> Style:
    """A style that makes its text open the target; it looks like nothing."""
    return Style.from_meta({_KEY: target}) if target else Style.null()


def target_under(style: Style) -> str:
    """The target a text of this style opens, "" for none."""
    return str(style.meta.get(_KEY, "")) if style else ""


def target_of_part(part: ToolPart) -> str:
    """The file a call is about, or its sub-agent's session."""
    if part.child:
        return SESSION + part.child
    path, line = part.input.get("path"), part.input.get("offset") or part.input.get("line")
    if part.tool not in _FILES or not isinstance(path, str) or not path:
        return ""
    return f"{path}:{line}" if isinstance(line, int) and line > 0 else path


def target_of_block(block: AnyBlock) -> str:
    """What a block is about: of a prompt the first file it names."""
    if isinstance(block, ToolBlock):
        return target_of_part(block.part)
    if isinstance(block, UserBlock) and (found := MENTION.search(block.text)):
        return mentioned(found)
    return ""


def mentioned(found: re.Match[str]) -> str:
    """The target of a MENTION: `@a.py#10-20` is a.py at line 10."""
    name = (found[1] or found[2]).rstrip(".,;:!?)")
    line = _RANGE.search(name)
    return f"{name[: line.start()]}:{line[1]}" if line else name


def path_in(code: str) -> str:
    """The target a piece of inline code may be, "" when it does not look like a path."""
    return code if len(code) < 200 and _PATH.fullmatch(code) else ""


def split_target(target: str) -> tuple[str, int]:
    """Path and line (0 for none) of a target that is a file."""
    path, number = target, 0
    for _ in range(2):  # path:line:column
        head, _, tail = path.rpartition(":")
        if head and tail.isdigit():
            path, number = head, int(tail)
    return path, number
