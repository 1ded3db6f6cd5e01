"""Load the instructions of a skill: they cost nothing until a task calls for them."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from msgspec import Struct

from opencode.core.display import Text
from opencode.core.error import ToolError
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.provider import ToolSpec
from opencode.core.skill import Skill
from opencode.core.tool import Tool, ToolContext, ToolResult
from opencode.tools.shared.truncate import shorten

_LINE = 100
_LISTED = 4000
_BESIDE = 10


class SkillInput(Struct):
    name: str


class SkillTool(Tool[SkillInput]):
    """Offered only where there are skills; lists each by its name and one line."""

    name = "skill"
    description = "Load a skill's instructions before a task that it fits."
    input = SkillInput
    aliases: ClassVar[dict[str, str]] = {"skill": "name", "command": "name"}

    def __init__(self, skills: Mapping[str, Skill] | None = None) -> None:
        self.skills = skills or {}

    def spec(self) -> ToolSpec:
        """With the skills there are; past a limit by their names alone."""
        plain = super().spec()
        lines, room = [self.description], _LISTED
        for skill in self.skills.values():
            line = f"- {skill.name}: {_short(skill.description)}"
            room -= len(line)
            lines.append(line if room > 0 else f"- {skill.name}")
        return ToolSpec(self.name, "\n".join(lines), plain.schema)

    def requests(self, args: SkillInput, place: Place) -> list[Request]:
        """Rules can name skills."""
        del place
        return [Request("skill", args.name)]

    async def run(self, args: SkillInput, ctx: ToolContext) -> ToolResult:
        """The text, where it lies, and what lies beside it."""
        skill = self.skills.get(args.name)
        if skill is None:
            known = ", ".join(self.skills) or "none"
            raise ToolError(f"There is no skill {args.name!r}; there are: {known}.")
        folder = Path(skill.path).parent
        try:
            text, beside = await asyncio.to_thread(_load, Path(skill.path))
        except OSError as error:
            raise ToolError(f"{skill.path} cannot be read: {error.strerror}.") from error
        body = shorten(text, lambda: skill.path, lines=ctx.output_lines, size=ctx.output_bytes)
        files = "\n".join(f"- {name}" for name in beside)
        where = f"Folder of this skill: {folder}" + (f"\n{files}" if files else "")
        shown = Text(f"{skill.name}: {skill.description}")
        return ToolResult(f'<skill name="{skill.name}">\n{body}\n</skill>\n{where}', [shown])


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LINE else f"{line[: _LINE - 1]}…"


def _load(path: Path) -> tuple[str, list[str]]:
    """The text without its front matter, and the first files of the folder."""
    text = path.read_text("utf-8", "replace").lstrip("\ufeff")
    if text.startswith("---"):
        _, _, rest = text.partition("\n---")
        text = rest.partition("\n")[2] or text
    beside: list[str] = []
    for one in sorted(path.parent.rglob("*")):
        if one.is_file() and one != path:
            beside.append(one.relative_to(path.parent).as_posix())
        if len(beside) == _BESIDE:
            break
    return text.strip(), beside
