"""A project with the files of a session and the tools that work on them; all of it real."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import msgspec

from opencode.core.agent import Agent
from opencode.core.message import ToolPart
from opencode.core.place import Place
from opencode.core.session import new_session
from opencode.core.tool import AnyTool, ToolContext, ToolResult
from opencode.session.undo.history import FileHistory


class Desk:
    """Puts bytes into a project, calls tools there, tells what lies there afterwards."""

    def __init__(self, project: Path, data: Path, *roots: Path) -> None:
        self.project = project
        self.files = FileHistory(data, project, "ses_desk")
        self.rules = ""
        unused: Any = None
        self.context = ToolContext(
            place=Place(project, roots),
            session=new_session(str(project)),
            agent=Agent("build"),
            call=ToolPart("call_1", "test"),
            files=self.files,
            shell=cast("Any", unused),
            ask=unused,
            run_tool=unused,
            progress=lambda text: None,
            rules_near=lambda path: self.rules,
            scratch=unused,
        )

    def put(self, name: str, content: bytes | str) -> Path:
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def get(self, name: str) -> bytes:
        return (self.project / name).read_bytes()

    def tree(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.project).as_posix(): path.read_bytes()
            for path in sorted(self.project.rglob("*"))
            if path.is_file()
        }

    async def call(self, tool: AnyTool, **arguments: Any) -> ToolResult:
        args = msgspec.convert(arguments, tool.input)
        return await tool.run(args, self.context)


@asynccontextmanager
async def desk_at(project: Path, data: Path, *roots: Path) -> AsyncGenerator[Desk]:
    desk = Desk(project, data, *roots)
    try:
        yield desk
    finally:
        await desk.files.close()
