"""One client of `lsp_wires`, as a script.

lsp_wires_client.py ours|pygls|bare ask FOLDER SERVER…   time requests, a JSON line for each method
lsp_wires_client.py ours|pygls odd FOLDER SERVER…        what becomes of a request
lsp_wires_client.py serve shape|stderr                   be an odd server"""

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from opencode.lsp.client import Client
from opencode.lsp.document import Document
from opencode.lsp.nouns import Start
from opencode.tests.bench.bare_server import BareServer

_TIMES = 200
_PATIENCE = 5.0
_WARMING = 3.0
"""Seconds in which the server looks at all of the files, which is not what is measured."""

Ask = Callable[[str, dict[str, Any]], Awaitable[object]]


async def main(name: str, task: str, folder: str, command: list[str]) -> None:
    work = _odd if task == "odd" else _ask
    clients = {"ours": _ours, "pygls": _pygls, "bare": _bare}
    await clients[name](Path(folder), command, work)
    sys.stdout.flush()
    os._exit(0)  # a client that waits for its server for ever must not


async def _ours(folder: Path, command: list[str], work: Callable[..., Any]) -> None:
    client = Client(Start("x", tuple(command), folder, dict(os.environ)), lambda: None)
    await client.start()
    shown: list[Document] = []

    async def ask(method: str, params: dict[str, Any]) -> object:
        if method == "documentSymbol":
            return await client.symbols(shown[0])
        at = (params["position"]["line"], params["position"]["character"])
        if method == "hover":
            return await client.hover(shown[0], at)
        return await client.definition(shown[0], at)

    def show(path: Path) -> None:
        shown.append(client.show(path, "python", path.read_text("utf-8")))

    show(folder / "intel.py")
    await work(folder, ask)


async def _bare(folder: Path, command: list[str], work: Callable[..., Any]) -> None:
    server = BareServer(command, folder, folder / "intel.py")

    async def ask(method: str, params: dict[str, Any]) -> object:
        return server.ask(f"textDocument/{method}", params)

    await work(folder, ask)
    server.close()


async def _pygls(folder: Path, command: list[str], work: Callable[..., Any]) -> None:
    client = LanguageClient("bench", "1")
    await client.start_io(command[0], *command[1:], cwd=folder)
    abilities = types.ClientCapabilities(
        text_document=types.TextDocumentClientCapabilities(
            document_symbol=types.DocumentSymbolClientCapabilities(
                hierarchical_document_symbol_support=True
            )
        )
    )
    where = types.WorkspaceFolder(folder.as_uri(), folder.name)
    await client.initialize_async(
        types.InitializeParams(abilities, root_uri=folder.as_uri(), workspace_folders=[where])
    )
    client.initialized(types.InitializedParams())

    async def ask(method: str, params: dict[str, Any]) -> object:
        document = types.TextDocumentIdentifier(params["textDocument"]["uri"])
        if method == "documentSymbol":
            asked = types.DocumentSymbolParams(document)
            return await client.text_document_document_symbol_async(asked)
        at = types.Position(**params["position"])
        if method == "hover":
            return await client.text_document_hover_async(types.HoverParams(document, at))
        return await client.text_document_definition_async(types.DefinitionParams(document, at))

    path = folder / "intel.py"
    item = types.TextDocumentItem(path.as_uri(), "python", 1, path.read_text("utf-8"))
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    await work(folder, ask)


async def _ask(folder: Path, ask: Ask) -> None:
    path = folder / "intel.py"
    document = {"uri": path.as_uri()}
    lines = path.read_text("utf-8").splitlines()
    line = next(n for n, words in enumerate(lines) if "servers: Servers" in words)
    at = {"line": line, "character": lines[line].index("Servers") + 1}
    for method in ("definition", "hover", "documentSymbol"):
        params = {"textDocument": document, "position": at}
        if method == "documentSymbol":
            del params["position"]
        warm = time.monotonic() + _WARMING
        while time.monotonic() < warm:
            await ask(method, params)
            await asyncio.sleep(0.01)
        walls: list[float] = []
        used = time.process_time()
        for _ in range(_TIMES):
            began = time.perf_counter()
            await ask(method, params)
            walls.append(time.perf_counter() - began)
        cpu = (time.process_time() - used) / _TIMES
        print(json.dumps({"method": method, "wall": statistics.median(walls), "cpu": cpu}))


async def _odd(folder: Path, ask: Ask) -> None:
    params = {
        "textDocument": {"uri": (folder / "intel.py").as_uri()},
        "position": {"line": 0, "character": 0},
    }
    began = time.perf_counter()
    try:
        async with asyncio.timeout(_PATIENCE):
            await ask("hover", params)
    except TimeoutError:
        outcome = f"no answer after {_PATIENCE:.0f} s"
    except (RuntimeError, ValueError, TypeError, LookupError, AttributeError) as error:
        outcome = f"{type(error).__name__} after {(time.perf_counter() - began) * 1000:.0f} ms"
    else:
        outcome = f"answered after {(time.perf_counter() - began) * 1000:.0f} ms"
    print(json.dumps({"outcome": outcome}))


def serve(odd: str) -> None:
    """Answer hovers in a form of its own, or say much on stderr first."""
    while header := sys.stdin.buffer.readline():
        if not header.lower().startswith(b"content-length"):
            continue
        while sys.stdin.buffer.readline().strip():
            pass
        asked = json.loads(sys.stdin.buffer.read(int(header.split(b":")[1])))
        if "id" not in asked:
            continue
        result: Any = None
        if asked["method"] == "initialize":
            result = {"capabilities": {"hoverProvider": True}}
        elif odd == "shape":
            result = {"value": "a hover without contents"}
        else:
            sys.stderr.write(("y" * 99 + "\n") * 10_000)
        answer = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}).encode()
        sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%b" % (len(answer), answer))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
