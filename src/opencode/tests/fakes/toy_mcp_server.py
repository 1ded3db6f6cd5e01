"""A small MCP server over stdio, standard library only, that can also misbehave in every way.

python toy_mcp_server.py [FAULT]: crash, hang, noise, bad-json, huge; without one it serves."""

import json
import os
import subprocess
import sys
import threading
import time
from typing import Any

PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
NOTHING: dict[str, Any] = {"type": "object", "properties": {}}
TOOLS: list[dict[str, Any]] = [
    {"name": "echo", "description": "Say it back", "inputSchema": TEXT},
    {
        "name": "look",
        "description": "Reads only",
        "inputSchema": NOTHING,
        "annotations": {"readOnlyHint": True},
    },
    {
        "name": "add",
        "inputSchema": {
            "$defs": {"n": {"type": "integer"}},
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/n"}, "b": {"$ref": "#/$defs/n"}},
        },
        "outputSchema": {"type": "object", "properties": {"sum": {"type": "integer"}}},
    },
    {"name": "picture", "inputSchema": NOTHING},
    {"name": "variable", "inputSchema": TEXT},
    {"name": "slow", "inputSchema": NOTHING},
    {"name": "stuck", "inputSchema": NOTHING},
    {"name": "cancelled", "inputSchema": NOTHING},
    {"name": "ask", "inputSchema": NOTHING},
    {"name": "grow", "inputSchema": NOTHING},
    {"name": "die", "inputSchema": NOTHING},
    {"name": "fail", "inputSchema": NOTHING},
    {"name": "long", "inputSchema": NOTHING},
    {"name": "garbage", "inputSchema": NOTHING},
    {"name": "flood", "inputSchema": NOTHING},
    {"name": "children", "inputSchema": NOTHING},
    {"name": "roots", "inputSchema": NOTHING},
    {"name": "sample", "inputSchema": NOTHING},
    {"name": "touch", "inputSchema": NOTHING},
]

lock = threading.Lock()
cancelled: list[Any] = []
watched: list[str] = []
waiting: dict[str, tuple[threading.Event, list[Any]]] = {}


def send(**message: Any) -> None:
    with lock:
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        sys.stdout.flush()


def text(words: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": words}]}


def ask_client(method: str, params: dict[str, Any]) -> Any:
    name = f"srv-{len(waiting)}"
    waiting[name] = (threading.Event(), [])
    send(id=name, method=method, params=params)
    waiting[name][0].wait(20)
    return waiting[name][1][0]


def call(  # noqa: PLR0911, PLR0912 - a table of tools
    name: str, given: dict[str, Any], message: dict[str, Any]
) -> dict[str, Any]:
    match name:
        case "echo":
            return text(given["text"])
        case "look":
            return text("looked")
        case "add":
            return {"content": [], "structuredContent": {"sum": given["a"] + given["b"]}}
        case "picture":
            image = {"type": "image", "data": PICTURE, "mimeType": "image/png"}
            return {"content": [{"type": "text", "text": "a dot"}, image]}
        case "variable":
            return text(os.environ.get(given["text"], "(not set)"))
        case "slow":
            token = message["params"]["_meta"]["progressToken"]
            for n in (1, 2, 3):
                told = {"progressToken": token, "progress": n, "total": 3, "message": f"part {n}"}
                send(method="notifications/progress", params=told)
            return text("slow but done")
        case "stuck":
            time.sleep(60)
        case "cancelled":
            return text(json.dumps(cancelled))
        case "ask":
            schema = {
                "type": "object",
                "properties": {
                    "colour": {"type": "string", "enum": ["red", "blue"]},
                    "size": {"type": "integer", "description": "How big?"},
                },
                "required": ["colour", "size"],
            }
            form = {"message": "Which one?", "requestedSchema": schema}
            return text(json.dumps(ask_client("elicitation/create", form)))
        case "roots":
            return text(json.dumps(ask_client("roots/list", {})))
        case "sample":
            asked = {"role": "user", "content": {"type": "text", "text": "Name a colour."}}
            wanted = {"messages": [asked], "systemPrompt": "You are brief.", "maxTokens": 50}
            return text(json.dumps(ask_client("sampling/createMessage", wanted)))
        case "touch":
            for uri in watched:
                send(method="notifications/resources/updated", params={"uri": uri})
            return text(f"touched {len(watched)}")
        case "grow":
            TOOLS.append({"name": "grown", "inputSchema": NOTHING})
            send(method="notifications/tools/list_changed")
            return text("grew")
        case "grown":
            return text("I am new")
        case "die":
            print("last words", file=sys.stderr, flush=True)
            os._exit(7)
        case "fail":
            return {**text("it cannot be done"), "isError": True}
        case "long":
            return text("x" * 200_000)
        case "garbage":
            with lock:
                print('{"jsonrpc": "2.0", "id": oops', flush=True)
        case "flood":
            with lock:
                for _ in range(40):
                    sys.stdout.write('{"x": "' if not _ else "y" * 1024 * 1024)
                sys.stdout.flush()
        case "children":
            code = "import time; time.sleep(300)"
            inner = subprocess.Popen(
                [sys.executable, "-c", code], start_new_session=True, stdout=subprocess.DEVNULL
            )
            return text(json.dumps([os.getpid(), inner.pid]))
        case _:
            raise KeyError(name)
    time.sleep(60)
    return text("too late")


def answer(message: dict[str, Any]) -> dict[str, Any] | None:  # noqa: PLR0911
    params = message.get("params", {})
    match message["method"]:
        case "initialize":
            return {
                "protocolVersion": "2025-06-18",
                "capabilities": {
                    "tools": {"listChanged": True},
                    "resources": {"subscribe": True},
                    "prompts": {},
                },
                "serverInfo": {"name": "toy", "version": "1.0"},
                "instructions": "Echo before you add.",
            }
        case "tools/list":
            start = int(params.get("cursor", 0))
            page: dict[str, Any] = {"tools": TOOLS[start : start + 10]}
            return page | ({"nextCursor": str(start + 10)} if len(TOOLS) > start + 10 else {})
        case "tools/call":
            return call(params["name"], params.get("arguments", {}), message)
        case "resources/list":
            return {"resources": [{"uri": "toy://note", "name": "note", "mimeType": "text/plain"}]}
        case "resources/templates/list":
            return {"resourceTemplates": [{"uriTemplate": "toy://note/{n}", "name": "notes"}]}
        case "resources/subscribe":
            watched.append(params["uri"])
            return {}
        case "resources/read":
            held = {"uri": params["uri"], "mimeType": "text/plain", "text": "a note to read"}
            return {"contents": [held]}
        case "prompts/list":
            blanks = [{"name": "topic", "required": True}]
            return {"prompts": [{"name": "explain", "arguments": blanks}]}
        case "prompts/get":
            words = f"Explain {params['arguments']['topic']} to a child."
            return {"messages": [{"role": "user", "content": {"type": "text", "text": words}}]}
        case "ping":
            return {}
        case _:
            return None


def serve(message: dict[str, Any]) -> None:
    found = answer(message)
    if found is None:
        send(id=message["id"], error={"code": -32601, "message": "Method not found"})
    else:
        send(id=message["id"], result=found)


def main() -> None:
    fault = sys.argv[1] if len(sys.argv) > 1 else ""
    if fault == "crash":
        sys.exit("it could not start")
    if fault == "hang":
        time.sleep(600)
    if fault == "noise":
        print("Toy server is listening", flush=True)
    for line in sys.stdin:
        message = json.loads(line)
        if "method" not in message:
            event, held = waiting[message["id"]]
            held.append(message.get("result", message.get("error")))
            event.set()
        elif "id" in message:
            threading.Thread(target=serve, args=(message,), daemon=True).start()
        elif message["method"] == "notifications/cancelled":
            cancelled.append(message["params"].get("requestId"))


if __name__ == "__main__":
    main()
