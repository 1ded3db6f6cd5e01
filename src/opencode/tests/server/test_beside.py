import asyncio
import json
import socket
import threading
from pathlib import Path
from typing import Any

import httpx

from opencode.server.access.auth import Rules
from opencode.server.beside import Beside, served
from opencode.tests.server.served import call, say
from opencode.workspace.open import Opening, open_workspace


class App:
    """What a terminal app hears of the server beside it."""

    def __init__(self) -> None:
        self.address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.steered: list[tuple[str, dict[str, Any]]] = []
        self.threads: set[int] = set()

    def wanted(self, port: int = 0) -> Beside:
        return Beside(port, Rules(), self.steer, self.address.set_result, self.failed)

    def failed(self, why: str) -> None:
        self.address.set_result(f"failed: {why}")

    def steer(self, kind: str, properties: dict[str, Any]) -> None:
        self.threads.add(threading.get_ident())
        self.steered.append((kind, properties))


async def test_an_app_and_other_programs_use_one_workspace_from_two_threads(project: Path) -> None:
    script = project.parent / "script.json"
    script.write_text(json.dumps([call("bash", command="echo hi"), say("Done")]))
    app = App()
    async with (
        open_workspace(Opening(project, model=f"scripted/{script}", on_ask="auto")) as door,
        served(door, app.wanted()),
        httpx.AsyncClient(base_url=await app.address, timeout=30) as http,
    ):
        mine = await door.create()
        assert [one["id"] for one in (await http.get("/session")).json()] == [mine.id]
        async with http.stream("GET", "/event") as stream, door.subscribe() as events:
            answer = asyncio.create_task(
                http.post(f"/session/{mine.id}/message", json={"content": "Go"})
            )
            kinds = [line async for line in _kinds(stream)]
            assert (await answer).json()["content"] == "Done"
            seen = [type((await anext(events)).event).__name__ for _ in range(3)]
        await http.post("/tui/append-prompt", json={"text": "more"})
        assert (await http.get("/tui?prompt=x")).json()["attached"] is True
        said = [message.text for message in (await door.session(mine.id)).messages]
        page = (await http.post(f"/session/{mine.id}/share")).json()["share"]["url"]
        assert (await http.get(page)).status_code == 200
        address = http.base_url
    assert said[0] == "Go"
    assert "message.part.delta" in kinds
    assert "MessageAdded" in seen
    assert app.steered[0] == ("tui.prompt.append", {"text": "more"})
    assert app.threads == {threading.get_ident()}
    with socket.socket() as probe:
        assert probe.connect_ex((address.host, address.port)) != 0


async def _kinds(stream: httpx.Response) -> Any:
    async for line in stream.aiter_lines():
        if line.startswith("data:"):
            kind = json.loads(line[5:])["type"]
            yield kind
            if kind == "session.idle":
                return


async def test_a_taken_port_is_said_and_the_app_goes_on(project: Path) -> None:
    app = App()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with (
            open_workspace(Opening(project, model="offline/rules")) as door,
            served(door, app.wanted(taken.getsockname()[1])),
        ):
            why = await app.address
            assert (await door.create()).id
    assert why.startswith("failed: Port ")
    assert "--port" in why


async def test_an_app_that_leaves_at_once_starts_no_server(project: Path) -> None:
    app = App()
    async with open_workspace(Opening(project, model="offline/rules")) as door:
        async with served(door, app.wanted()):
            pass
        assert not app.address.done()
