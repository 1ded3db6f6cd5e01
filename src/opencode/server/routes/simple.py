"""Seed 003's REST: sessions, chat, tools, files, settings under /api."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from msgspec import Struct, field
from starlette.responses import Response, StreamingResponse

from opencode.core.error import OpenCodeError, PermissionDenied
from opencode.core.session import Session, SessionInfo
from opencode.server import finding, project_files, turn
from opencode.server.errors import protocol_error, status_of
from opencode.server.project_files import FileContent, FileNode
from opencode.server.protocol.catalogue import catalogue
from opencode.server.protocol.translate import iso
from opencode.server.route import Call, Route
from opencode.server.routes.settings import config
from opencode.server.stream.data_line import data_line
from opencode.server.stream.frame import Frame
from opencode.server.stream.sse import HEADERS
from opencode.server.turn import ChatBody
from opencode.workspace.opening.shelf import tool_names, tool_on_shelf


class Plain(Struct):
    """A session, flat."""

    id: str
    title: str
    project_path: str
    provider: str
    model: str
    created_at: str
    updated_at: str


class NewPlain(Struct):
    """What a session begins with."""

    title: str = ""
    project_path: str = ""
    provider: str = ""
    model: str = ""


class ToolCall(Struct):
    """A tool and its arguments."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)
    session_id: str = ""


class ToolOutcome(Struct):
    """What came of it."""

    tool: str
    success: bool
    output: str


def _plain(one: Session | SessionInfo) -> Plain:
    provider = one.model.partition("/")[0]
    created, updated = iso(one.created), iso(one.updated)
    return Plain(one.id, one.title, one.directory, provider, one.model, created, updated)


class NewFile(Struct):
    """A file as it is to be."""

    path: str
    content: str


class Wanted(Struct):
    """What is looked for."""

    query: str


async def list_all(call: Call) -> list[Plain]:
    """Newest first."""
    return [_plain(one) for one in await call.state.door.sessions()]


async def create(call: Call) -> Plain:
    """A new one."""
    body: NewPlain = call.body
    call.state.require_here(body.project_path)
    joined = f"{body.provider}/{body.model}" if body.provider and body.model else body.model
    model = body.model if "/" in body.model else joined
    return _plain(await call.state.door.create(title=body.title, model=model))


async def one(call: Call) -> Plain:
    """One."""
    return _plain(await call.state.door.session(call.session))


async def change(call: Call) -> Plain:
    """Rename it, or let another model answer."""
    body: NewPlain = call.body
    door = call.state.door
    session = await door.session(call.session)
    return _plain(await door.update(session.id, title=body.title, model=body.model))


async def delete(call: Call) -> dict[str, str]:
    """To the trash."""
    door = call.state.door
    await door.delete((await door.session(call.session)).id)
    return {"status": "ok"}


async def message(call: Call) -> dict[str, Any]:
    """Say something and wait for the answer."""
    body: ChatBody = call.body
    session_id = await turn.session_for(call.state.door, body)
    text, usage = "", None
    async for piece in turn.take(call.state.door, session_id, body):
        text, usage = (piece.text, piece.usage) if piece.is_last else (text, usage)
    return {
        "session_id": session_id,
        "message": {"role": "assistant", "content": text},
        "usage": usage,
    }


async def stream(call: Call) -> Response:
    """The same, piece by piece."""
    chat: ChatBody = call.body
    session_id = await turn.session_for(call.state.door, chat)
    body = _pieces(call, session_id)
    return StreamingResponse(body, media_type="text/event-stream", headers=HEADERS)


async def _pieces(call: Call, session_id: str) -> AsyncIterator[bytes]:
    try:
        async for piece in turn.take(call.state.door, session_id, call.body):
            if not piece.is_last:
                said = {"session_id": session_id, "content": piece.text}
                yield data_line(said)
    except OpenCodeError as error:
        status, name = status_of(error)
        yield data_line(protocol_error(status, error.message, name))
    yield b"data: [DONE]\n\n"


async def history(call: Call) -> dict[str, Any]:
    """What was said."""
    session = await call.state.door.session(call.session)
    said = [{"role": m.role, "content": m.text} for m in session.messages]
    return {"session_id": session.id, "messages": said}


async def tools(call: Call) -> list[dict[str, Any]]:
    """Every tool with its arguments; what lacks a key, a server or a skill is not available."""
    usable = call.state.door.rooms.tools
    rest = {name: tool_on_shelf(name) for name in tool_names() if name not in usable}
    return [
        {
            "name": spec.name,
            "description": spec.description,
            "parameters": spec.schema,
            "available": spec.name in usable,
        }
        for spec in (tool.spec() for tool in (*usable.values(), *rest.values()))
    ]


async def execute(call: Call) -> ToolOutcome:
    """Run a tool through the gate. What would ask a person is refused: none is here."""
    body: ToolCall = call.body
    door = call.state.door
    session_id = body.session_id or (await door.create(title=f"Tool {body.tool}")).id
    part = await turn.run_tool(door, session_id, body.tool, body.arguments)
    if part.status == "denied":
        raise PermissionDenied(part.output)
    return ToolOutcome(part.tool, part.status == "completed", part.output)


async def files(call: Call) -> list[FileNode]:
    """A folder's entries."""
    root, path = call.state.directory, call.query.get("path", "")
    return await asyncio.to_thread(project_files.listing, root, path)


async def read(call: Call) -> FileContent:
    """A file."""
    root, path = call.state.directory, call.query["path"]
    return await asyncio.to_thread(project_files.content, root, path)


async def write(call: Call) -> dict[str, Any]:
    """Write a file of the project, whole."""
    body: NewFile = call.body
    root = call.state.directory
    path = await asyncio.to_thread(project_files.write, root, body.path, body.content)
    call.state.feed.publish(Frame("file.edited", {"file": str(path)}))
    return {"status": "ok", "path": body.path}


async def search(call: Call) -> list[str]:
    """Paths that fit."""
    wanted = call.body.query if isinstance(call.body, Wanted) else call.query["query"]
    return await finding.find_files(call.state.directory, wanted, "file", 0)


async def models(call: Call) -> list[dict[str, Any]]:
    """Providers and their models."""
    found = await catalogue(call.state.door)
    return [
        {
            "id": one.id,
            "name": one.name,
            "authenticated": one.authenticated,
            "models": one.model_ids,
            "default": found.default.get(one.id, ""),
        }
        for one in found.providers
    ]


_ONE = "/api/sessions/{sessionID}"
_BOTH = ("/api/sessions", "/api/sessions/")
ROUTES = (
    *(Route("GET", path, list_all, "Sessions.", answer=list[Plain]) for path in _BOTH),
    *(Route("POST", path, create, "A new session.", NewPlain, Plain) for path in _BOTH),
    Route("GET", _ONE, one, "One session.", answer=Plain),
    Route("PATCH", _ONE, change, "Rename; change the model.", NewPlain, Plain),
    Route("DELETE", _ONE, delete, "Move it to the trash."),
    Route("POST", "/api/chat/message", message, "Say something; the answer.", ChatBody),
    Route("POST", "/api/chat/stream", stream, "The answer in pieces.", ChatBody, Response),
    Route("GET", "/api/chat/history/{sessionID}", history, "What was said."),
    Route("GET", "/api/tools", tools, "Every tool."),
    Route("POST", "/api/tools/execute", execute, "Run a tool.", ToolCall, ToolOutcome),
    Route("GET", "/api/files/list", files, "A folder.", answer=list[FileNode], query=("path",)),
    Route("GET", "/api/files/read", read, "A file.", answer=FileContent, query=("*path",)),
    Route("POST", "/api/files/write", write, "Write a file.", NewFile),
    Route("GET", "/api/files/search", search, "Find files.", answer=list[str], query=("*query",)),
    Route("POST", "/api/files/search", search, "Find files.", Wanted, list[str]),
    Route("GET", "/api/config", config, "The settings in effect, without keys."),
    Route("GET", "/api/models", models, "Providers and their models."),
)
