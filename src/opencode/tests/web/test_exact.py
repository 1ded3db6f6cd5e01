import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from opencode.server.access.auth import Rules
from opencode.server.beside import Beside
from opencode.server.beside import served as served_beside
from opencode.tests.server.served import served
from opencode.workspace.open import Opening, open_workspace

WORDS = [f"{n} " for n in range(80)]
SCRIPT = [[piece for word in WORDS for piece in ({"text": word}, {"sleep": 0.002})]]


@asynccontextmanager
async def beside(project: Path) -> AsyncIterator[str]:
    """The server in a thread of its own, as the terminal app has it."""
    script = project.parent / "script.json"
    script.write_text(json.dumps(SCRIPT))
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    wanted = Beside(0, Rules(), lambda *_: None, address.set_result, address.set_result)
    async with (
        open_workspace(Opening(project, model=f"scripted/{script}")) as door,
        served_beside(door, wanted),
    ):
        yield await address


@asynccontextmanager
async def alone(project: Path) -> AsyncIterator[str]:
    async with served(project, SCRIPT) as at:
        yield at.url


@pytest.mark.parametrize("serving", [alone, beside])
async def test_any_snapshot_and_the_events_after_it_make_the_whole_answer(
    project: Path, serving: Any
) -> None:
    heard: list[tuple[int, dict[str, Any]]] = []
    async with serving(project) as url, httpx.AsyncClient(base_url=url, timeout=30) as http:
        session = (await http.post("/session")).json()["id"]
        async with http.stream("GET", "/web/events") as answer:
            listening = asyncio.create_task(until_the_end(answer, heard))
            await http.post(f"/session/{session}/prompt_async", json={"content": "Count"})
            seen: list[dict[str, Any]] = []
            while not listening.done():
                seen.append((await http.get(f"/web/session/{session}")).json())
            await listening
    assert len(seen) > 5
    end = heard[-1][0]
    for one in seen:
        assert text_of(one) + rest_of(heard, one["n"]) == "".join(WORDS)
        assert not (one["busy"] and one["n"] >= end)
    assert any(one["busy"] for one in seen)


async def until_the_end(answer: httpx.Response, heard: list[tuple[int, dict[str, Any]]]) -> None:
    number = 0
    async for line in answer.aiter_lines():
        if line.startswith("id: "):
            number = int(line.rpartition("-")[2])
        elif line.startswith("data: "):
            heard.append((number, json.loads(line.removeprefix("data: "))))
            if heard[-1][1]["type"] == "run.end":
                return


def text_of(snapshot: dict[str, Any]) -> str:
    answers = [one for one in snapshot["messages"] if one["role"] == "assistant"]
    return "".join(part["text"] for one in answers for part in one["parts"])


def rest_of(heard: list[tuple[int, dict[str, Any]]], after: int) -> str:
    chunks = [e["delta"] for n, e in heard if n > after and e["type"] == "message.chunk"]
    return "".join(delta.get("text", "") for delta in chunks)
