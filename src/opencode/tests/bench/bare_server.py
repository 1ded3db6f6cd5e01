"""A language server asked over its pipes by nothing but json: what it takes itself."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class BareServer:
    """Blocks until each answer; shows the server one file."""

    def __init__(self, command: Sequence[str], folder: Path, path: Path) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        where = [{"uri": folder.as_uri(), "name": folder.name}]
        tree = {"textDocument": {"documentSymbol": {"hierarchicalDocumentSymbolSupport": True}}}
        hello = {"processId": None, "rootUri": folder.as_uri(), "workspaceFolders": where}
        self.ask("initialize", {**hello, "capabilities": tree})
        self._send({"method": "initialized", "params": {}})
        item = {"uri": path.as_uri(), "languageId": "python", "version": 1}
        item["text"] = path.read_text("utf-8")
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": item}})

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        """The answer; what the server asks meanwhile is answered with nothing."""
        self._send({"id": 1, "method": method, "params": params})
        while True:
            message = self._next()
            if "method" not in message and message.get("id") == 1:
                return message.get("result")
            if "method" in message and "id" in message:
                items = (message.get("params") or {}).get("items")
                self._send({"id": message["id"], "result": [None for _ in items or ()] or None})

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
        self._process.stdin.flush()

    def _next(self) -> dict[str, Any]:
        assert self._process.stdout
        size = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                size = int(value)
        return json.loads(self._process.stdout.read(size))
