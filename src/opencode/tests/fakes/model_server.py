"""A scripted model service: a real program on a real socket that speaks seven wires.

Start it:  python -m opencode.tests.fakes.model_server --port 0 --script FILE [--record FILE]
It prints its address (`http://127.0.0.1:PORT`) as the first line on stdout and serves until it is
killed or its stdin closes (`--detached` ignores stdin). In tests use `model_client.model_server()`.

Wires, told apart by the path (any prefix before it is accepted; all replies are streams):
    …/chat/completions            OpenAI chat        …/responses     OpenAI responses
    …/messages                    Anthropic          …/api/chat      Ollama (NDJSON)
    …:streamGenerateContent       Gemini             …/v2/chat       Cohere
    …/converse-stream             AWS Bedrock (event stream)
    …:streamRawPredict            Anthropic (as Vertex serves it)
Also: GET …/models and …/api/tags (the names in `--models`), POST …/api/show (`--window`),
POST /token (an access token for a service account of Google's), GitHub's device login and its
keys for Copilot, GET /__requests (what was received), PUT /__script (new turns; forgets what was
received).

Script: a JSON list of turns, or one turn a line. The n-th model request gets the n-th turn.
When no turn is left: status 400 "the script has no more turns". A turn is an object:
    text        "words" or ["pie", "ces"]; `times` sends the pieces that often
    reasoning   "words" or pieces, before the text; `signature` ends it where the wire knows one,
                `sealed` is what the wire of responses gives besides
    calls       [{"id", "name", "arguments": {…} or "raw string", "pieces": 3}]; all are parallel
    events      instead of the three above, in any order: {"text"} {"reasoning"} {"signature"}
                {"call"} {"calls": […]} {"comment": true} {"sleep": seconds} {"empty_choices": true}
                {"raw": "bytes as they go out"}
    finish      stop, tool_calls, length or refused; by default what the calls say
    usage       {"input", "output", "cache_read", "cache_write", "reasoning"}; null sends none
    delay       seconds before the headers;  pause: seconds between events
    headers     more reply headers
    match       only for requests whose body holds this text, before all turns without it
    repeat      how many requests get this turn (default 1; true: without end)
    status      answer with this status and an error instead; `error` is a message or one of
                rate_limit, quota, overloaded, auth, context, refused, server
    fault       {"kind": …, "after": n} spoils the stream; `after` counts events sent before it
Kinds of fault:
    cut         the connection is reset (`mid`: true sends half of the next event first)
    silence     nothing more comes, the connection stays open (after -1: not even headers)
    comments    only comments come, one every `every` seconds (0.05)
    trickle     one byte every `every` seconds (1.0)
    split       every write holds `size` bytes (1), so characters are torn apart
    bad_json    the next event is no JSON;        bad_utf8   holds bytes that are no UTF-8
    error       an error event of the wire, then the end (`message`)
    ending      the stream ends properly, but too early
    duplicate   the next event comes twice;       swap       the next two change places
    huge        the next event is preceded by a comment line of `size` bytes
    crlf        lines end in CRLF

Records (one a line in --record, all in GET /__requests): n, time, wire, method, path, headers,
body and its sha256; and, when it is over, ended and outcome (done, fault, or closed: the client
went away first).
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from opencode.tests.fakes.logins import Logins
from opencode.tests.fakes.model_faults import Gone, Stream, spoil
from opencode.tests.fakes.model_render import frames, wire_of
from opencode.tests.fakes.model_wires import Wire, error_reply


class Server:
    def __init__(self, turns: list[dict[str, Any]], record: Path | None, models: list[str]) -> None:
        self.turns, self.record, self.models = turns, record, models
        self.window = 131072
        self.seen: list[dict[str, Any]] = []
        self.logins = Logins()

    def next_turn(self, body: str) -> dict[str, Any] | None:
        for wanted in (True, False):
            for turn in self.turns:
                left = turn.setdefault("repeat", 1)
                if ("match" in turn) is wanted and left and turn.get("match", "") in body:
                    turn["repeat"] = left if left is True else left - 1
                    return turn
        return None

    def note(self, entry: dict[str, Any]) -> None:
        if self.record:
            with self.record.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await read_request(reader)) is not None:
                if not await self.reply(request, reader, writer):
                    break
        except (ConnectionError, Gone, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def reply(
        self,
        request: dict[str, Any],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        path = request["path"].partition("?")[0]
        raw: str = request["body"]
        with contextlib.suppress(ValueError):
            request["body"] = json.loads(raw)
        if (control := self.control(request, path)) is not None:
            send_json(writer, 200, control)
            return True
        wire = wire_of(path)
        entry = {"n": len(self.seen), "wire": wire or "", **request}
        self.seen.append(entry)
        self.note(entry)
        turn = self.next_turn(raw) if wire else None
        outcome = "closed"
        try:
            if wire is None:
                send_json(writer, 404, {"error": {"message": f"nothing at {path}"}})
            elif turn is None:
                send_json(writer, 400, error_reply(wire, 400, "the script has no more turns"))
            else:
                await play(turn, wire, request["body"], (reader, writer))
            outcome = "fault" if turn and "fault" in turn else "done"
        finally:
            entry.update(ended=time.time(), outcome=outcome)
            self.note({"n": entry["n"], "ended": entry["ended"], "outcome": outcome})
        return outcome == "done"

    def control(self, request: dict[str, Any], path: str) -> Any:
        method, headers, body = request["method"], request["headers"], request["body"]
        if path == "/__requests":
            return self.seen
        if path == "/__script":
            self.turns, self.seen = body, []
            return {"turns": len(body)}
        if (told := self.logins.reply(method, path, headers, body)) is not None:
            return told
        if path.endswith("/api/tags"):
            return {"models": [{"name": name, "model": name} for name in self.models]}
        if path.endswith("/api/show"):
            return {
                "model_info": {
                    "general.architecture": "llama",
                    "llama.context_length": self.window,
                },
                "capabilities": ["completion", "tools"],
                "parameters": "",
                "template": "{{ .Tools }}",
            }
        if method == "GET" and path.endswith("/models"):
            return {"object": "list", "data": [{"id": m, "object": "model"} for m in self.models]}
        return None


async def read_request(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding", "") == "chunked":
        body = b""
        while size := int(await reader.readline(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    arrived = time.time()  # before what we do with it, which takes longer for a long one
    method, path, _ = first.split(" ", 2)
    text = body.decode("utf-8", "replace")
    digest = hashlib.sha256(body).hexdigest()
    told = {"method": method, "path": path, "headers": headers, "body": text, "sha256": digest}
    return {"time": arrived, **told}


def send_json(
    writer: asyncio.StreamWriter, status: int, data: Any, headers: dict[str, str] | None = None
) -> None:
    payload = json.dumps(data).encode()
    more = "".join(f"{k}: {v}\r\n" for k, v in (headers or {}).items())
    writer.write(
        f"HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\n{more}"
        f"content-length: {len(payload)}\r\n\r\n".encode()
        + payload
    )


async def play(turn: dict[str, Any], wire: Wire, body: Any, ends: tuple[Any, Any]) -> None:
    stream = Stream(*ends)
    try:
        await stream.sleep(turn.get("delay", 0))
        if "status" in turn:
            status, error = turn["status"], turn.get("error", "server")
            send_json(ends[1], status, error_reply(wire, status, error), turn.get("headers"))
            await stream.drain()
            return
        fault = turn.get("fault", {})
        if fault.get("after", 0) < 0:
            await stream.sleep(86_400)
        await stream.open(wire, turn.get("headers", {}))
        await spoil(stream, wire, frames(wire, turn, body), turn)
    finally:
        await stream.close()


def read_script(text: str) -> list[dict[str, Any]]:
    """A JSON list, one object, or one object a line."""
    try:
        whole = json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    return whole if isinstance(whole, list) else [whole]


async def main() -> None:
    parser = argparse.ArgumentParser(description="A scripted model service.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", type=Path)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--models", default="scripted-model,llama3.2")
    parser.add_argument("--window", type=int, default=131072)
    parser.add_argument("--detached", action="store_true")
    options = parser.parse_args()
    turns = read_script(options.script.read_text("utf-8")) if options.script else []
    server = Server(turns, options.record, options.models.split(","))
    server.window = options.window
    listener = await asyncio.start_server(server.serve, "127.0.0.1", options.port, limit=2**24)
    print(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", flush=True)
    if options.detached:
        await listener.serve_forever()
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
