"""Seed 003's WebSocket: prompts in, pieces of the answer out."""

import asyncio
from typing import Any

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from opencode.core.error import OpenCodeError
from opencode.server import turn
from opencode.server.route import Socket
from opencode.server.state import State
from opencode.server.turn import ChatBody


async def chat(state: State, socket: WebSocket) -> None:
    """One prompt after another until the client leaves; then its run is stopped."""
    await socket.accept()
    of = str(socket.path_params.get("sessionID", ""))
    waiting: asyncio.Queue[str | None] = asyncio.Queue(100)
    async with asyncio.TaskGroup() as group:
        answering = group.create_task(_answer_all(state, socket, waiting, of))
        try:
            while True:
                await waiting.put(await socket.receive_text())
        except WebSocketDisconnect:
            answering.cancel()
        except KeyError:
            answering.cancel()
            await socket.close(1003, "Frames are text.")


async def _answer_all(
    state: State, socket: WebSocket, waiting: asyncio.Queue[str | None], of: str
) -> None:
    while (text := await waiting.get()) is not None:
        try:
            body = msgspec.json.decode(text, type=ChatBody)
            body.session_id = body.session_id or of
            of = await turn.session_for(state.door, body)
            await _answer(state, socket, of, body)
        except msgspec.MsgspecError as error:
            await _send(socket, "error", f"The frame does not fit: {error}", of)
        except OpenCodeError as error:
            await _send(socket, "error", f"{error.message} {error.hint}".strip(), of)


async def _answer(state: State, socket: WebSocket, of: str, body: ChatBody) -> None:
    await _send(socket, "ack", "", of)
    try:
        async for piece in turn.take(state.door, of, body):
            await _send(socket, "done" if piece.is_last else "chunk", piece.text, of)
    except asyncio.CancelledError:
        await state.door.cancel(of)
        raise


async def _send(socket: WebSocket, kind: str, content: str, of: str) -> None:
    frame: dict[str, Any] = {"type": kind, "session_id": of, "content": content}
    await socket.send_text(msgspec.json.encode(frame).decode())


SOCKETS = (
    Socket("/api/chat/ws", chat, "Chat; frames name their session."),
    Socket("/api/chat/ws/{sessionID}", chat, "Chat in one session."),
)
