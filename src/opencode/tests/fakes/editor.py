"""An editor as the protocol's own library has it, talking to a real `opencode acp`."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from acp import RequestError, connect_to_agent, run_agent, spawn_agent_process
from acp.client.connection import ClientSideConnection
from acp.connection import StreamDirection, StreamEvent
from acp.schema import (
    AllowedOutcome,
    ClientCapabilities,
    CreateElicitationResponse,
    DeniedOutcome,
    ElicitationMode,
    PermissionOption,
    ReadTextFileResponse,
    RequestPermissionResponse,
    TextContentBlock,
    ToolCallUpdate,
    WriteTextFileResponse,
)

from opencode.acp.agent import EditorAgent
from opencode.acp.letters import Letters
from opencode.tests.fakes.editor_terminals import Terminals
from opencode.workspace.open import Opening

_LARGEST = 64 * 1024 * 1024


class Editor(Terminals):
    """Notes everything it is told; dialogs are answered by `choose` and `fill`."""

    def __init__(self) -> None:
        super().__init__()
        self.updates: list[tuple[str, Any]] = []
        self.asked: list[tuple[ToolCallUpdate, list[PermissionOption]]] = []
        self.forms: list[tuple[str, Any]] = []
        self.choose: Callable[[list[PermissionOption]], str | None] = lambda options: None
        self.fill: Callable[[], CreateElicitationResponse] | None = None
        self.buffers: dict[str, str] = {}
        """Path → text typed and not saved."""
        self.written: list[tuple[str, str]] = []
        self.on_save: Callable[[str], str] = lambda text: text
        self.news = asyncio.Event()
        self.wire: list[dict[str, Any]] = []
        """Every message from the agent, as it came."""

    # What the library calls

    def on_connect(self, conn: Any) -> None:
        del conn

    async def session_update(self, session_id: str, update: Any, **more: Any) -> None:
        self.updates.append((session_id, update))
        self.news.set()

    async def request_permission(
        self, session_id: str, tool_call: ToolCallUpdate, options: list[PermissionOption], **_: Any
    ) -> RequestPermissionResponse:
        self.asked.append((tool_call, options))
        self.news.set()
        chosen = self.choose(options)
        while chosen == "wait":
            await asyncio.sleep(0.01)
            chosen = self.choose(options)
        if chosen is None:
            return RequestPermissionResponse(outcome=DeniedOutcome(outcome="cancelled"))
        outcome = AllowedOutcome(outcome="selected", option_id=chosen)
        return RequestPermissionResponse(outcome=outcome)

    async def create_elicitation(
        self, message: str, mode: ElicitationMode, **_: Any
    ) -> CreateElicitationResponse:
        self.forms.append((message, mode))
        assert self.fill
        return self.fill()

    async def read_text_file(self, session_id: str, path: str, **_: Any) -> ReadTextFileResponse:
        if path in self.buffers:
            return ReadTextFileResponse(content=self.buffers[path])
        try:
            return ReadTextFileResponse(content=Path(path).read_text())
        except OSError:
            raise RequestError.resource_not_found(path) from None

    async def write_text_file(
        self, session_id: str, path: str, content: str, **_: Any
    ) -> WriteTextFileResponse:
        self.buffers.pop(path, None)
        self.written.append((path, content))
        Path(path).write_text(self.on_save(content))
        return WriteTextFileResponse()

    def hear(self, event: StreamEvent) -> None:
        if event.direction is StreamDirection.INCOMING:
            self.wire.append(event.message)

    # What tests ask

    def of(self, kind: str) -> list[Any]:
        """The updates of that name, in order."""
        return [update for _, update in self.updates if update.session_update == kind]

    def said(self, kind: str = "agent_message_chunk") -> str:
        """All that was said, joined."""
        return "".join(update.content.text for update in self.of(kind))

    def calls(self) -> list[Any]:
        """Every start and change of a tool call."""
        kinds = ("tool_call", "tool_call_update")
        return [update for _, update in self.updates if update.session_update in kinds]

    def ended(self) -> list[Any]:
        """The outcomes of tool calls."""
        return [one for one in self.calls() if one.raw_output]

    async def until(self, claim: Callable[[], object]) -> None:
        """Wait until updates made the claim true."""
        while not claim():
            self.news.clear()
            await self.news.wait()


def text(words: str) -> TextContentBlock:
    """A prompt's block."""
    return TextContentBlock(type="text", text=words)


@asynccontextmanager
async def editor(
    *words: str, can: dict[str, Any] | None = None
) -> AsyncGenerator[tuple[ClientSideConnection, Editor]]:
    """The program with these words behind `acp`, and the editor that started it."""
    made = Editor()
    command = [sys.executable, "-m", "opencode", "acp", *words]
    async with spawn_agent_process(
        made,
        *command,
        env=dict(os.environ),
        transport_kwargs={"limit": _LARGEST, "stderr": None, "shutdown_timeout": 30.0},
        use_unstable_protocol=True,
        observers=[lambda event: made.hear(event)],
    ) as (connection, process):
        abilities = ClientCapabilities.model_validate(can or {})
        await connection.initialize(1, abilities)
        yield connection, made
    assert process.returncode == 0, process.returncode


@asynccontextmanager
async def near(
    model: str, *, can: dict[str, Any] | None = None, lends_terminals: bool = False
) -> AsyncGenerator[tuple[ClientSideConnection, Editor]]:
    """The same conversation over a wire within this process: half a second of CPU less."""
    made = Editor()
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours, limit=_LARGEST)
    back, forth = await asyncio.open_connection(sock=theirs, limit=_LARGEST)

    def opening(folder: Path) -> Opening:
        return Opening(folder, model=model, titles=True, what="opencode acp")

    agent = EditorAgent(opening, lends_terminals=lends_terminals)
    talking = asyncio.create_task(
        run_agent(agent, writer, Letters(reader), use_unstable_protocol=True)
    )
    connection = connect_to_agent(
        made, forth, back, use_unstable_protocol=True, observers=[lambda event: made.hear(event)]
    )
    try:
        await connection.initialize(1, ClientCapabilities.model_validate(can or {}))
        yield connection, made
    finally:
        await connection.close()
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
        await agent.close()
        for one in (writer, forth):
            one.close()
            await one.wait_closed()
