"""A language server that finds BUG in lines. Words make it odd: `pull`, `late` (is pulled, but says
so late), `slow` (`slow=0.3`), `dies` (at the first definition), `mute` (never answers), `odd`
(answers in forms that nobody specified)."""

import json
import sys
import time
from typing import Any

ODD = set(sys.argv[1:])
SLOW = next((float(word.partition("=")[2] or 1.2) for word in ODD if word[:4] == "slow"), 0.0)


def send(message: dict[str, Any]) -> None:
    data = json.dumps({"jsonrpc": "2.0", **message}).encode()
    name = b"content-length:" if "odd" in ODD else b"Content-Length: "
    sys.stdout.buffer.write(b"%b%d\r\n\r\n%b" % (name, len(data), data))
    sys.stdout.buffer.flush()


def receive() -> dict[str, Any] | None:
    size = 0
    while (line := sys.stdin.buffer.readline()).strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            size = int(value)
    return json.loads(sys.stdin.buffer.read(size)) if size else None


def span(line: int, start: int, end: int) -> dict[str, Any]:
    return {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}


def problems(text: str) -> list[dict[str, Any]]:
    found = [(n, line.find("BUG")) for n, line in enumerate(text.split("\n"))]
    return [
        {"range": span(n, at, at + 3), "severity": 1, "message": "a bug", "code": 7}
        for n, at in found
        if at >= 0
    ]


def changed(text: str, change: dict[str, Any]) -> str:
    """Apply an incremental change; columns are UTF-16 units."""
    if "range" not in change:
        return change["text"]
    lines = text.split("\n")

    def offset(at: dict[str, int]) -> int:
        before = sum(len(line) + 1 for line in lines[: at["line"]])
        units = lines[at["line"]].encode("utf-16-le")[: at["character"] * 2]
        return before + len(units.decode("utf-16-le"))

    start, end = offset(change["range"]["start"]), offset(change["range"]["end"])
    return text[:start] + change["text"] + text[end:]


def oddly(method: str) -> Any:
    """What is nearly an answer."""
    items = [{"label": "two", "detail": "number"}, {"label": "one", "kind": 99}, {"detail": "x"}]
    name = {"name": "f", "kind": 12, "range": span(0, 0, 1), "selectionRange": span(0, 0, 1)}
    answers: dict[str, Any] = {
        "textDocument/hover": {"value": "contents are missing"},
        "textDocument/completion": {"items": items},
        "textDocument/documentSymbol": [{**name, "tags": "?", "children": [name]}, {"kind": 12}],
        "textDocument/references": [{"uri": 7}],
        "textDocument/rename": {"changes": {"file:///a": [{"newText": "y"}]}},
    }
    return answers.get(method)


def main() -> None:  # noqa: PLR0912 - a server is a table of answers
    documents: dict[str, str] = {}

    def publish(uri: str, version: int) -> None:
        if version > 1:
            time.sleep(SLOW)
        if not {"pull", "late"} & ODD:
            told = {"uri": uri, "version": version, "diagnostics": problems(documents[uri])}
            send({"method": "textDocument/publishDiagnostics", "params": told})

    while message := receive():
        method, params = message.get("method", ""), message.get("params") or {}
        number = message.get("id")
        document = params.get("textDocument", {}) if isinstance(params, dict) else {}
        uri = document.get("uri", "")
        if "mute" in ODD:
            continue
        match method:
            case "initialize":
                can: dict[str, Any] = {"textDocumentSync": 2, "definitionProvider": True}
                can |= {"renameProvider": True, "referencesProvider": True}
                can |= {"diagnosticProvider": {}} if "pull" in ODD else {}
                for name in ("hover", "completion", "documentSymbol"):
                    can |= {f"{name}Provider": {}} if "odd" in ODD else {}
                send({"id": number, "result": {"capabilities": can}})
                sys.stderr.write("noise\n" * 200_000)  # nobody may be stuck by this
                items = {"items": [{"section": "toy.depth"}, {"section": "other"}]}
                send({"id": "q1", "method": "workspace/configuration", "params": items})
                send({"id": "q2", "method": "toy/unheard-of", "params": {}})
                send({"id": "q3", "method": "workspace/applyEdit", "params": {"edit": {}}})
                if "late" in ODD:
                    for key in ("one", "two"):
                        new = {"registrations": [{"id": key, "method": "textDocument/diagnostic"}]}
                        send({"id": key, "method": "client/registerCapability", "params": new})
                    old = {"unregisterations": [{"id": "one", "method": "textDocument/diagnostic"}]}
                    send({"id": "un", "method": "client/unregisterCapability", "params": old})
                send({"method": "textDocument/publishDiagnostics", "params": {"odd": True}})
            case "textDocument/didOpen":
                documents[uri] = document["text"]
                publish(uri, 1)
            case "textDocument/didChange":
                for change in params["contentChanges"]:
                    documents[uri] = changed(documents[uri], change)
                publish(uri, document["version"])
            case "textDocument/diagnostic":
                time.sleep(SLOW)
                send({"id": number, "result": {"kind": "full", "items": problems(documents[uri])}})
            case _ if "odd" in ODD and oddly(method) is not None:
                send({"id": number, "result": oddly(method)})
            case "textDocument/definition" if "dies" in ODD:
                sys.stderr.write("I am dying\n")
                sys.exit(3)
            case "textDocument/definition":
                at = {"uri": uri, "range": span(0, params["position"]["character"], 9)}
                send({"id": number, "result": [at]})
            case "textDocument/rename":
                edit = {"range": span(0, 0, 3), "newText": params["newName"]}
                send({"id": number, "result": {"changes": {one: [edit] for one in documents}}})
            case "toy/said":
                send({"id": number, "result": documents})
            case "shutdown":
                send({"id": number, "result": None})
            case "exit":
                return
            case "" if number == "q1":
                documents["settings"] = json.dumps(message.get("result"))
            case "" if number == "q2":
                documents["refused"] = json.dumps(message.get("error"))
            case "" if number == "q3":
                documents["edit"] = json.dumps(message.get("result"))
            case "toy/wait":
                pass
            case "$/cancelRequest":
                documents["cancelled"] = f"{documents.get('cancelled', '')} {params['id']}"
            case _ if number is not None:
                send({"id": number, "error": {"code": -32601, "message": f"no {method}"}})


if __name__ == "__main__":
    main()
