"""What a step costs beyond the model: from the end of a reply to the next request, over 500 steps,
against a bare litellm script that sends the same requests and runs no tool."""

import statistics
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from opencode.tests.bench.first_request import home_of
from opencode.tests.bench.table import Row, cost_of, show
from opencode.tests.fakes.model_client import ModelServer, model_server

_STEPS = 500
_BARE = """
import asyncio, json, os, sys
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["LITELLM_MODE"] = "PRODUCTION"
import litellm
async def main():
    for line in open(sys.argv[2]):
        body = json.loads(line)
        stream = await litellm.acompletion(model="openai/m", api_base=sys.argv[1] + "/v1",
            api_key="k", messages=body["messages"], tools=body.get("tools"), stream=True,
            max_retries=0)
        async for chunk in stream:
            pass
asyncio.run(main())
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, model_server() as server:
        rows = _measure(Path(folder), server)
    show(f"{_STEPS} steps of reads and searches", rows)


def _measure(folder: Path, server: ModelServer) -> list[Row]:
    env, project = home_of(folder, server), folder / "project"
    project.mkdir()
    lines = "".join(f"line {n} of a file that is read in pages\n" for n in range(1, 2000))
    (project / "a.txt").write_text(lines)
    turns = [_turn(n) for n in range(_STEPS)]
    server.script(*turns, {"text": "done"})
    run = [
        sys.executable,
        "-m",
        "opencode",
        "run",
        "-q",
        "--max-steps",
        "1000",
        "-m",
        "toy/m",
        "go",
    ]
    cost_of(run, env, str(project))
    gaps, bodies = _gaps(server), server.bodies()
    if len(bodies) != _STEPS + 1:
        raise SystemExit(f"the run ended after {len(bodies)} requests")
    said = folder / "bodies.jsonl"
    said.write_bytes(b"".join(msgspec.json.encode(body) + b"\n" for body in bodies))
    (folder / "bare.py").write_text(_BARE)
    server.script(*turns, {"text": "done"})
    cost_of([sys.executable, str(folder / "bare.py"), server.url, str(said)], env, str(project))
    bare = _gaps(server)
    return [
        Row(
            "first 100 steps, of the bare script",
            _middle(gaps[:100]) / _middle(bare[:100]),
            "x",
            1.25,
        ),
        Row("last 50 steps, of our first 50", _middle(gaps[-50:]) / _middle(gaps[:50]), "x", 1.1),
        Row("the same of the bare script", _middle(bare[-50:]) / _middle(bare[:50]), "x", 99),
        Row(
            "last 50 steps, of the bare script's",
            _middle(gaps[-50:]) / _middle(bare[-50:]),
            "x",
            1.25,
        ),
    ]


def _turn(n: int) -> dict[str, Any]:
    call = (
        {"name": "read", "arguments": {"path": "a.txt", "offset": n + 1, "limit": 3}}
        if n % 2
        else {"name": "grep", "arguments": {"pattern": f"line {n + 1} of", "path": "a.txt"}}
    )
    return {"calls": [call]}


def _middle(gaps: list[float]) -> float:
    """Reads and searches come in turn and cost differently: the middle of each counts half."""
    return (statistics.median(gaps[::2]) + statistics.median(gaps[1::2])) / 2


def _gaps(server: ModelServer) -> list[float]:
    """Milliseconds from the end of each reply to the next request."""
    seen = [entry for entry in server.requests() if entry["wire"]]
    pairs = pairwise(seen)
    return [(later["time"] - earlier["ended"]) * 1000 for earlier, later in pairs]


if __name__ == "__main__":
    main()
