"""From the start of `opencode run "hello"` to the model's request, against bare scripts that send
the same one; and the memory of both."""

import os
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from opencode.tests.bench.table import Row, cost_of, medians, show
from opencode.tests.fakes.model_client import ModelServer, model_server

_TOKENS = 20_000
_HTTPX = """
import httpx, json, sys
url, body = sys.argv[1], json.load(open(sys.argv[2]))
with httpx.stream("POST", url + "/v1/chat/completions", json=body, timeout=60) as reply:
    for line in reply.iter_lines():
        pass
"""
_LITELLM = """
import asyncio, json, os, sys
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["LITELLM_MODE"] = "PRODUCTION"
import litellm
async def main():
    body = json.load(open(sys.argv[2]))
    stream = await litellm.acompletion(model="openai/m", api_base=sys.argv[1] + "/v1", api_key="k",
        messages=body["messages"], tools=body.get("tools"), stream=True, max_retries=0)
    async for chunk in stream:
        pass
asyncio.run(main())
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, model_server() as server:
        rows = _measure(Path(folder), server)
    show('opencode run "hello"', rows)


def _measure(folder: Path, server: ModelServer) -> list[Row]:
    env, project = home_of(folder, server), folder / "project"
    project.mkdir()
    (folder / "bare_httpx.py").write_text(_HTTPX)
    (folder / "bare_litellm.py").write_text(_LITELLM)
    body = folder / "body.json"
    ours = [sys.executable, "-m", "opencode", "run", "-q", "-m", "toy/m", "hello"]
    cold_env = {**env, "OPENCODE_CONFIG": str(folder / "cold.toml")}
    _to_request(server, ours, cold_env, project)

    body.write_bytes(msgspec.json.encode(server.bodies()[0]))
    httpx = [sys.executable, str(folder / "bare_httpx.py"), server.url, str(body)]
    litellm = [sys.executable, str(folder / "bare_litellm.py"), server.url, str(body)]
    memory: list[float] = []

    def warm() -> float:
        seconds, used = _to_request(server, ours, env, project)
        memory.append(used)
        return seconds

    cold, bare_cold = medians(
        3,
        lambda: _to_request(server, ours, cold_env, project)[0],
        lambda: _to_request(server, litellm, env, project)[0],
    )
    warmed, bare = medians(7, warm, lambda: _to_request(server, httpx, env, project)[0])
    return [
        Row(
            "cold worker: start to first request, of a bare litellm script",
            cold / bare_cold,
            "x",
            1.15,
        ),
        Row("warm worker: start to first request, of a bare httpx script", warmed / bare, "x", 2.5),
        Row("memory of our own process", sorted(memory)[len(memory) // 2], "MB", 60),
        Row("its CPU for a token of 20,000", _for_a_token(server, ours, env, project), "us", 40),
    ]


def _for_a_token(server: ModelServer, command: list[str], env: dict[str, str], cwd: Path) -> float:
    """Microseconds of CPU, of a stream that takes ten seconds, without what a run costs anyhow."""
    words = [f"word{n:05} " for n in range(_TOKENS)]  # what repeats itself is ended
    server.script({"text": "hi"}, {"text": words, "pause": 10 / _TOKENS})
    bare, streamed = (cost_of(command, env, str(cwd)) for _ in range(2))
    return (streamed.cpu - bare.cpu) / _TOKENS * 1e6


def home_of(folder: Path, server: ModelServer) -> dict[str, str]:
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    home, runtime = folder / "home", folder / "r"
    runtime.mkdir(mode=0o700)
    config = home / ".config" / "opencode"
    config.mkdir(parents=True)
    text = f'[provider.toy]\nbase_url = "{server.url}/v1"\napi_key = "k"\n'
    (config / "opencode.toml").write_text(text + '[worker]\nkeep = "60s"\n')
    (folder / "cold.toml").write_text('[worker]\nkeep = "0"\n')
    return {**env, "HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), "LANG": "C.UTF-8"}


def _to_request(
    server: ModelServer, command: list[str], env: dict[str, str], cwd: Path
) -> tuple[float, float]:
    """(seconds from process start to the arrival of its request, megabytes)."""
    server.script({"text": "hi", "repeat": True})
    began = time.time()
    used = cost_of(command, env, str(cwd))
    arrived = next(entry["time"] for entry in server.requests() if entry["wire"])
    return arrived - began, used.memory


if __name__ == "__main__":
    main()
