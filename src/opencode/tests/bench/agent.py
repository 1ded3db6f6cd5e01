"""What the breadth of the agent costs: MCP tools, language servers, codesearch, folding."""

import asyncio
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from opencode import lsp
from opencode.core.message import Message, TextPart, user_message
from opencode.lsp.intel import Intel
from opencode.lsp.servers import Servers
from opencode.tests.bench.table import Row, cost_of, show
from opencode.tests.fakes.scripts import call, desk, script
from opencode.tests.fakes.small_model import SmallModel
from opencode.tools.shared.code.index import find

_FILES = 10_000
_TOOLS = 34
_STEPS = 150
_WORDS = (
    *("load", "save", "user", "order", "invoice", "parse", "render", "check", "token", "cache"),
    *("send", "mail", "report", "index", "query", "field", "value", "state", "event", "queue"),
    *("worker", "retry", "limit", "price", "total", "count", "update", "remove", "insert"),
)
_SERVER = """
import json, sys
text = {"type": "object", "properties": {"text": {"type": "string", "description": "What to do"}}}
tools = [{"name": f"tool_{n}", "description": f"Does the {n}th thing", "inputSchema": text}
         for n in range(int(sys.argv[1]))]
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked or "method" not in asked:
        continue
    answer = {"jsonrpc": "2.0", "id": asked["id"]}
    if asked["method"] == "initialize":
        answer["result"] = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                            "serverInfo": {"name": "many", "version": "1"}}
    elif asked["method"] == "tools/list":
        answer["result"] = {"tools": tools}
    else:
        answer["error"] = {"code": -32601, "message": "no"}
    print(json.dumps(answer), flush=True)
"""
_INDEX = (
    "import sys; from opencode.tools.shared.code.index import main; sys.exit(main(*sys.argv[1:]))"
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder
        for name in [name for name in os.environ if name.startswith("XDG_")]:
            del os.environ[name]
        os.environ["XDG_RUNTIME_DIR"] = folder
        rows = _codesearch(Path(folder) / "tree", Path(folder) / "index.db")
        for measure in (_many_tools, _idle_servers, _definition, _folding):
            place = Path(folder) / measure.__name__
            (place / "project").mkdir(parents=True)
            rows += asyncio.run(measure(place))
    show("the whole agent", rows)


def _codesearch(tree: Path, index: Path) -> list[Row]:
    _plant(tree)
    built = cost_of([sys.executable, "-c", _INDEX, str(tree), str(index)], os.environ)
    again = cost_of([sys.executable, "-c", _INDEX, str(tree), str(index)], os.environ)
    asked = [_used(index, " and the ".join(words)) for words in _triples(40)]
    return [
        Row(f"codesearch: first build of {_FILES:,} files, processor time", built.cpu, "s", 20),
        Row("codesearch: memory of the build", max(built.memory, again.memory), "MB", 200),
        Row("codesearch: build when nothing changed", again.cpu, "s", 2),
        Row("codesearch: a query, processor time", statistics.median(asked) * 1000, "ms", 100),
    ]


def _plant(tree: Path) -> None:
    rng = random.Random(1)
    for n in range(_FILES):
        folder = tree / f"pkg{n % 50}" / f"mod{n % 17}"
        folder.mkdir(parents=True, exist_ok=True)
        blocks: list[str] = []
        for _ in range(rng.randint(4, 10)):
            name = "_".join(rng.sample(_WORDS, 2))
            lines = [
                f"    {rng.choice(_WORDS)} = {rng.choice(_WORDS)}({rng.randint(1, 99)})\n"
                for _ in range(rng.randint(3, 12))
            ]
            about = " ".join(rng.sample(_WORDS, 6))
            blocks.append(f'def {name}(a, b):\n    """{about}."""\n{"".join(lines)}\n\n')
        (folder / f"file_{n}.py").write_text("".join(blocks))


def _triples(count: int) -> list[list[str]]:
    rng = random.Random(2)
    return [rng.sample(_WORDS, 3) for _ in range(count)]


def _used(index: Path, query: str) -> float:
    """Seconds of processor time."""
    began = time.process_time()
    find(index, query)
    return time.process_time() - began


async def _many_tools(place: Path) -> list[Row]:
    """In turn with and without servers, so that a slow moment slows both."""
    program = place / "many.py"
    program.write_text(_SERVER)
    one = {"command": sys.executable, "args": [str(program), str(_TOOLS)]}
    (place / "project" / "a.txt").write_text("a line\n" * 200)
    many = {"mcp": {"servers": {f"many{n}": one for n in range(3)}}}
    turns: list[list[dict[str, Any]]] = [
        [call("read", path="a.txt", offset=n + 1, limit=5)] for n in range(_STEPS)
    ]
    model = script(place, "m", *[[*turn] for turn in turns], [{"text": "done"}])
    bare: list[float] = []
    full: list[float] = []
    for _ in range(7):
        bare.append(await _per_step(place / "project", model, {}))
        full.append(await _per_step(place / "project", model, many))
    ratio = statistics.median(full[1:]) / statistics.median(bare[1:])
    return [Row(f"a step with {3 * _TOOLS} MCP tools over 3 servers / without", ratio, "x", 1.05)]


async def _per_step(project: Path, model: str, settings: dict[str, Any]) -> float:
    within = 30.0 if settings else 0.0
    limits = {"limits": {"max_steps": _STEPS * 2}}
    async with desk(project, model, overrides={**limits, **settings}, servers_within=within) as at:
        servers = at.door.rooms.joining.servers
        await servers.tried(within)
        assert len(servers.tools()) == (3 * _TOOLS if settings else 0)
        began = time.process_time()
        await at.say("go")
        used = time.process_time() - began
        [end] = at.ends()
        assert end.steps == _STEPS + 1, end
        return used / end.steps


async def _idle_servers(place: Path) -> list[Row]:
    """Five servers that leave a mark when they start."""
    mark = place / "started"
    line = ["sh", "-c", f"echo x >> {mark}; exec cat"]
    names = ("python", "typescript", "go", "rust", "cpp")
    settings = {"lsp": {name: {"command": line} for name in names}}
    model = script(place, "m", [call("ls", path=".")], [{"text": "done"}])
    async with desk(place / "project", model, overrides=settings) as at:
        await at.say("go")
    count = mark.read_text().count("x") if mark.exists() else 0
    return [Row("5 language servers configured: started before need", count, "", 0)]


async def _definition(place: Path) -> list[Row]:
    """From one file of our own into another, in turn as an answer and as JSON."""
    for one in Path(lsp.__file__).parent.glob("*.py"):
        shutil.copy(one, place / "project")
    path = place / "project" / "intel.py"
    text = path.read_text().replace("opencode.lsp.", "")
    path.write_text(text)
    lines = text.splitlines()
    line = next(n for n, words in enumerate(lines) if "servers: Servers" in words)
    column = lines[line].index("Servers")
    servers = Servers(
        path.parent,
        {"python": {"server": "basedpyright"}},
        dict(os.environ),
        lambda name, state, detail: None,
        lambda path, name: None,
    )
    intel = Intel(servers)
    try:
        await intel.diagnostics(path, 30)
        client, _ = await servers.client(path)
        at = {"line": line, "character": column}
        where = {"textDocument": {"uri": path.as_uri()}, "position": at}
        asked = partial(client.wire.ask, "textDocument/definition", where, 20.0)
        own: list[float] = []
        ours: list[float] = []
        for _ in range(200):
            own.append(await _awaited(asked))
            ours.append(await _awaited(lambda: intel.definition(path, line + 1, column + 1)))
    finally:
        await servers.close()
    ratio = statistics.median(ours) / statistics.median(own)
    return [Row("definition through a warm pyright / its own answer", ratio, "x", 1.3)]


async def _awaited(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def _folding(place: Path) -> list[Row]:
    took: list[float] = []
    for _ in range(5):
        model = SmallModel(window=2_000_000)
        async with desk(place / "project", "offline/rules") as at:
            at.door.rooms = replace(at.door.rooms, provider=model)
            session = await at.door.create(model="small/one")
            await at.say("begin", session.id)
            for n in range(500):
                session.messages.append(user_message(f"prompt {n} about the {_WORDS[n % 29]}"))
                said = Message(f"msg_{n}", "assistant", [TextPart("I see. " * 100)])
                said.finish = "stop"
                session.messages.append(said)
            began = time.perf_counter()
            await at.door.compact(session.id)
            took.append(time.perf_counter() - began)
            assert model.folds
    middle = statistics.median(took) * 1000
    return [Row("folding 1,000 messages, besides the model", middle, "ms", 200)]


if __name__ == "__main__":
    main()
