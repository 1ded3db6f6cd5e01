"""A context for calls of servers' tools, and servers that run while a block lasts."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from opencode.core.agent import Agent
from opencode.core.ask import Question
from opencode.core.message import ToolPart
from opencode.core.place import Place
from opencode.core.session import new_session
from opencode.core.tool import ToolContext
from opencode.mcp.entry import read_entry
from opencode.mcp.servers import Servers, Tell
from opencode.tests.fakes import toy_mcp_server

TOY = toy_mcp_server.__file__
Ask = Callable[[list[Question]], Awaitable[list[list[str]]]]


def toy(*arguments: str, **more: Any) -> dict[str, Any]:
    return {"command": sys.executable, "args": [TOY, *arguments], **more}


def quiet(name: str, state: str, detail: str) -> None:
    del name, state, detail


async def until(claim: Callable[[], bool]) -> None:
    while not claim():
        await asyncio.sleep(0.01)


async def nobody(questions: list[Question]) -> list[list[str]]:
    raise AssertionError(f"nobody expected {questions}")


def context(folder: Path, ask: Ask = nobody, told: list[str] | None = None) -> ToolContext:
    def scratch(name: str, content: bytes) -> str:
        path = folder / name
        path.write_bytes(content)
        return str(path)

    return ToolContext(
        place=Place(folder),
        session=new_session(str(folder)),
        agent=Agent("build"),
        call=ToolPart("call_1", "toy_echo"),
        files=cast("Any", None),
        shell=cast("Any", None),
        ask=ask,
        run_tool=cast("Any", None),
        progress=(told if told is not None else []).append,
        rules_near=lambda path: "",
        scratch=scratch,
    )


@asynccontextmanager
async def running(
    folder: Path, tell: Tell = quiet, **entries: dict[str, Any]
) -> AsyncGenerator[Servers]:
    servers = Servers(
        [read_entry(name, raw) for name, raw in entries.items()], folder, set(), tell, pause=0.05
    )
    task = asyncio.create_task(servers.start())
    try:
        yield servers
    finally:
        task.cancel()
        await asyncio.wait([task])
