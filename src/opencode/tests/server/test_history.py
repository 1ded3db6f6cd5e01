import asyncio
import json
from pathlib import Path
from typing import Any

import httpx

from opencode.core.message import Message, TextPart, ToolPart
from opencode.core.session import Session, new_session
from opencode.server.protocol.durable import Tail
from opencode.tests.server.served import call, say, served

Event = dict[str, Any]


def kinds(events: list[Event]) -> list[str]:
    return [one["type"].removeprefix("session.next.") for one in events]


async def until(lines: Any, kind: str) -> list[Event]:
    found: list[Event] = []
    async with asyncio.timeout(20):
        async for line in lines:
            if line.startswith("data: "):
                found.append(json.loads(line[6:]))
                if found[-1]["type"].endswith(kind):
                    break
    return found


STEP = ["step.started", "text.started", "text.ended", "step.ended"]
CALL = ["tool.input.started", "tool.input.ended", "tool.called", "tool.success"]
FIRST = ["prompt.admitted", "prompted", "step.started", *CALL, "step.ended", *STEP]


async def test_what_is_told_as_it_happens_is_what_the_history_tells(project: Path) -> None:
    (project / "a.txt").write_text("needle\n")
    script = [call("grep", pattern="needle"), say("Found it"), say("Again")]
    async with served(project, script) as at, httpx.AsyncClient(base_url=f"{at.url}/api") as http:
        name = (await http.post("/session", json={})).json()["data"]["id"]
        here = f"/session/{name}"
        assert (await http.get(f"{here}/history")).json() == {"data": [], "hasMore": False}
        async with http.stream("GET", f"{here}/event") as stream:
            lines = stream.aiter_lines()
            await http.post(f"{here}/prompt", json={"prompt": {"text": "Look"}})
            told = await until(lines, "text.ended")
            told += await until(lines, "step.ended")
            await http.post(f"{here}/wait")
            whole = (await http.get(f"{here}/history")).json()
            part = (await http.get(f"{here}/history", params={"limit": 3})).json()
            after = {"after": part["data"][-1]["durable"]["seq"]}
            rest = (await http.get(f"{here}/history", params=after)).json()
            prompt = told[0]["data"]["messageID"]
            await http.post(f"{here}/revert/stage", json={"messageID": prompt})
            assert (await http.get(f"{here}/history")).json() == whole
            await http.post(f"{here}/revert/commit")
            assert [line async for line in lines if line.startswith("data")] == []
        assert (await http.get(f"{here}/history")).json()["data"] == []
        odd = await http.get(f"{here}/history", params={"limit": 0})
    assert kinds(told) == FIRST
    assert whole == {"data": told, "hasMore": False}
    assert (part["hasMore"], part["data"] + rest["data"]) == (True, told)
    assert told[0]["data"]["prompt"]["text"] == "Look"
    assert {one["durable"]["aggregateID"] for one in told} == {name}
    assert odd.status_code == 400


def test_what_goes_on_has_not_happened_yet() -> None:
    session = talk()
    answer = session.messages[-1]
    tail = Tail()
    assert kinds(tail.more(session, is_busy=True)) == FIRST[:3]
    answer.parts = [TextPart("So"), ToolPart("call_1", "grep", {"pattern": "x"})]
    assert tail.more(session, is_busy=True) == []
    answer.finish = "tool_calls"
    assert kinds(tail.more(session, is_busy=True)) == STEP[1:3]
    answer.calls[0].status = "running"
    assert kinds(tail.more(session, is_busy=True)) == CALL[:3]
    answer.calls[0].status = "completed"
    assert kinds(tail.more(session, is_busy=True)) == [CALL[3], "step.ended"]
    assert tail.more(session, is_busy=False) == []


def test_numbers_stay_when_something_is_folded_or_taken_back_around_them() -> None:
    session = talk()
    session.messages[-1].finish = "stop"
    session.messages.append(Message("msg_3", "user", [TextPart("More")], created=12.0))
    before = Tail().more(session, is_busy=False)
    numbers = [one["durable"]["seq"] for one in before]
    assert numbers == sorted(set(numbers))
    fold = Message("msg_4", "assistant", [TextPart("All")], created=13.0, summary=True)
    session.messages.insert(0, fold)
    after = Tail().more(session, is_busy=False)
    assert after[: len(before)] == before
    assert kinds(after)[-2:] == ["compaction.started", "compaction.ended"]
    del session.messages[1:3]
    left = Tail().more(session, is_busy=False)
    assert [one for one in before if one["data"].get("messageID") == "msg_3"] == left[:2]


def talk() -> Session:
    session = new_session("/project", agent="build", model="a/b")
    session.created = 10.0
    asked = Message("msg_1", "user", [TextPart("Look")], created=10.5)
    answer = Message("msg_2", "assistant", [], "build", "a/b", created=11.0)
    session.messages = [asked, answer]
    return session


async def test_the_stream_of_everything_tells_each_step_and_piece_of_it_too(project: Path) -> None:
    (project / "a.txt").write_text("needle\n")
    script = [call("grep", pattern="needle"), say("Found it")]
    async with served(project, script) as at, httpx.AsyncClient(base_url=f"{at.url}/api") as http:
        name = (await http.post("/session", json={})).json()["data"]["id"]
        here = f"/session/{name}"
        async with http.stream("GET", "/event") as stream:
            lines = stream.aiter_lines()
            await anext(lines)
            await http.post(f"{here}/prompt", json={"prompt": {"text": "Look"}})
            told = await until(lines, "session.idle")
            prompt = next(one for one in told if one["type"] == "message.updated")
            body = {"messageID": prompt["data"]["info"]["id"]}
            assert (await http.post(f"{here}/revert/stage", json=body)).is_success
            told += await until(lines, "revert.staged")
            await http.post(f"{here}/revert/commit")
            told += await until(lines, "revert.committed")
    ours = [one for one in told if one["type"].startswith("session.next.")]
    pieces = [one for one in ours if one["type"].endswith(".delta")]
    assert "".join(one["data"]["delta"] for one in pieces) == "Found it"
    assert kinds([one for one in ours if one not in pieces]) == [
        *FIRST,
        "revert.staged",
        "revert.committed",
    ]
    assert len({one["id"] for one in told}) == len(told)
