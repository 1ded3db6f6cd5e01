import asyncio
import json
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from opencode.server.stream.frame import Frame
from opencode.server.stream.reader import Reader as Listener
from opencode.tests.server.served import Served, call, say, served, watched

Event = dict[str, Any]


class Reader:
    """Reads an event stream as plain SSE readers do."""

    def __init__(self, response: httpx.Response) -> None:
        self.events: list[Event] = []
        self._lines = response.aiter_lines()

    async def until(self, done: Callable[[Event], bool]) -> list[Event]:
        event: Event = {}
        async with asyncio.timeout(20):
            async for line in self._lines:
                field, _, value = line.partition(": ")
                if line:
                    event[field] = json.loads(value) if field == "data" else value
                    continue
                self.events.append(event)
                if done(event):
                    return self.events
                event = {}
        return self.events


@asynccontextmanager
async def reading(at: Served, path: str = "/event", after: str = "") -> AsyncIterator[Reader]:
    headers = {"last-event-id": after} if after else {}
    async with (
        httpx.AsyncClient(base_url=at.url, timeout=20) as http,
        http.stream("GET", path, headers=headers) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Reader(response)


def is_idle(event: Event) -> bool:
    return event["event"] == "session.idle"


def named(events: list[Event], name: str) -> list[Event]:
    return [one["data"] for one in events if one["event"] == name]


async def new(http: httpx.AsyncClient) -> str:
    return (await http.post("/session", json={})).json()["id"]


async def test_a_prompt_is_told_from_its_first_piece_to_its_end(project: Path) -> None:
    (project / "a.txt").write_text("needle\n")
    script = [call("grep", pattern="needle"), say("One two three")]
    async with served(project, script) as at, httpx.AsyncClient(base_url=at.url) as http:
        session = await new(http)
        async with reading(at) as reader:
            sent = await http.post(f"/session/{session}/prompt_async", json={"content": "Go"})
            assert sent.status_code == 204
            events = await reader.until(is_idle)
    names = [event["event"] for event in events]
    assert names[0] == "server.connected"
    assert events[0]["data"]["timestamp"]
    chunks = named(events, "message.chunk")
    assert "".join(one["content"] for one in chunks) == "One two three"
    assert [one["index"] for one in chunks] == [0, 1, 2]
    assert "".join(one["properties"]["delta"] for one in chunks) == "One two three"
    assert {one["type"] for one in chunks} == {"message.part.delta"}
    assert len(named(events, "message.start")) == 2
    ends = named(events, "message.end")
    times = [
        [one["properties"]["info"]["time"]["created"] for one in group]
        for group in (named(events, "message.start"), ends)
    ]
    assert (ends[-1]["tokens"], ends[-1]["id"]) == (3, chunks[0]["id"])
    assert times[0] == times[1], "clients know a message by its time and its id"
    tool = named(events, "tool.start")[0]
    assert (tool["name"], tool["args"]) == ("grep", {"pattern": "needle"})
    result = named(events, "tool.result")[0]
    assert (result["id"], result["success"]) == (tool["id"], True)
    parts = [
        one["data"]["properties"]["part"]
        for one in events
        if "part" in one["data"].get("properties", {})
    ]
    states = [part["state"]["status"] for part in parts if part["type"] == "tool"]
    assert states.count("completed") == 1, "what is told twice, clients print twice"
    assert names.index("tool.start") < names.index("tool.result") < names.index("tool.end")
    last = events[names.index("message.end", names.index("message.chunk"))]["data"]
    assert last["properties"]["info"]["time"]["completed"]
    assert last["properties"]["info"]["finish"] == "stop"
    states = [one["properties"]["status"]["type"] for one in named(events, "session.status")]
    assert (states[0], states[-1]) == ("busy", "idle")


async def test_parts_of_the_stream_are_those_of_the_history(project: Path) -> None:
    async with (
        served(project, [say("Hello there")]) as at,
        httpx.AsyncClient(base_url=at.url) as http,
        reading(at) as reader,
    ):
        session = await new(http)
        await http.post(f"/session/{session}/prompt_async", json={"content": "Go"})
        events = await reader.until(is_idle)
        history = (await http.get(f"/session/{session}/message")).json()
    streamed = {
        event["data"]["properties"]["part"]["id"]: event["data"]["properties"]["part"]
        for event in events
        if event["data"]["type"] == "message.part.updated"
    }
    assert streamed == {part["id"]: part for one in history for part in one["parts"]}
    assert sorted(streamed) == list(streamed)
    [created] = named(events, "session.created")
    assert created["properties"]["info"]["id"] == session
    assert named(events, "session.updated")[0]["properties"] == created["properties"]


async def test_a_late_reader_goes_on_where_it_was_cut(project: Path) -> None:
    async with (
        served(project, [say("One two"), say("Three")]) as at,
        httpx.AsyncClient(base_url=at.url) as http,
        reading(at) as reader,
    ):
        session = await new(http)
        await http.post(f"/session/{session}/message", json={"content": "Go"})
        events = await reader.until(is_idle)
        middle = next(n for n, one in enumerate(events) if one["event"] == "message.chunk")
        async with reading(at, after=events[middle]["id"]) as late:
            again = await late.until(is_idle)
    assert [one["id"] for one in again[1:]] == [one["id"] for one in events[middle + 1 :]]


async def test_the_global_stream_says_where_and_the_session_stream_ends(project: Path) -> None:
    async with (
        served(project, [say("One"), say("Two")]) as at,
        httpx.AsyncClient(base_url=at.url) as http,
    ):
        first, second = await new(http), await new(http)
        async with (
            reading(at, "/global/event") as whole,
            reading(at, f"/session/{second}/stream") as own,
        ):
            await http.post(f"/session/{first}/message", json={"content": "Go"})
            await http.post(f"/session/{second}/message", json={"content": "Go"})
            await whole.until(lambda e: e["data"]["payload"]["type"] == "session.idle")
            mine = await own.until(lambda _: False)
    assert "directory" not in whole.events[0]["data"]
    assert whole.events[1]["data"]["directory"] == str(project)
    sessions = {one["data"]["properties"].get("sessionID") for one in mine[1:]}
    assert sessions == {second}
    assert mine[-1]["event"] == "session.idle"


async def test_a_permission_is_asked_over_http_and_the_answer_counts_once(project: Path) -> None:
    command = "curl http://127.0.0.1:9/"
    script = [call("bash", command=command), say("Stopped")]
    async with (
        served(project, script) as at,
        httpx.AsyncClient(base_url=at.url) as http,
        reading(at) as reader,
    ):
        session = (await http.post("/session", json={"agent": "plan"})).json()["id"]
        await http.post(f"/session/{session}/prompt_async", json={"content": "Go"})
        events = await reader.until(lambda e: e["event"] == "permission.asked")
        asked = events[-1]["data"]["properties"]
        waiting = (await http.get("/permission")).json()
        mine = (await http.get(f"/session/{session}/permissions")).json()
        path = f"/session/{session}/permissions/{asked['id']}"
        assert (await http.post(path, json={"response": "maybe"})).status_code == 400
        assert (await http.get("/session/status")).json()[session]["type"] == "busy"
        assert (await http.post(path, json={"response": "reject"})).json() is True
        again = await http.post(f"/permission/{asked['id']}/reply", json={"reply": "once"})
        await reader.until(is_idle)
        assert (await http.get("/session/status")).json() == {}
    assert [one["id"] for one in waiting] == [asked["id"]] == [one["id"] for one in mine]
    assert (asked["sessionID"], asked["permission"]) == (session, "bash")
    assert asked["tool"]["callID"]
    assert again.status_code == 404
    replied = named(reader.events, "permission.replied")[0]["properties"]
    assert (replied["requestID"], replied["reply"]) == (asked["id"], "reject")


async def test_an_abort_stops_the_run_and_says_so(project: Path) -> None:
    async with (
        served(project, [[{"text": "Begun"}, {"sleep": 60}]]) as at,
        httpx.AsyncClient(base_url=at.url) as http,
        reading(at) as reader,
    ):
        session = await new(http)
        await http.post(f"/session/{session}/prompt_async", json={"content": "Go"})
        await reader.until(lambda e: e["event"] == "message.chunk")
        assert (await http.post(f"/session/{session}/abort")).json() is True
        events = await reader.until(is_idle)
        message = (await http.get(f"/session/{session}/message")).json()[-1]
    error = named(events, "error")[0]
    assert (error["type"], error["code"]) == ("session.error", "cancelled")
    assert error["properties"]["error"]["name"] == "MessageAbortedError"
    assert message["info"]["error"]["name"] == "MessageAbortedError"
    assert [part["text"] for part in message["parts"] if part["type"] == "text"] == ["Begun"]


async def test_sessions_run_side_by_side_and_share_nothing(project: Path) -> None:
    slow = [{"text": "A"}, {"sleep": 0.3}, {"text": "B"}]
    async with (
        served(project, [slow, slow]) as at,
        httpx.AsyncClient(base_url=at.url, timeout=20) as http,
        reading(at) as reader,
    ):
        ids = [await new(http) for _ in range(2)]
        say_it = [http.post(f"/session/{id}/message", json={"content": f"for {id}"}) for id in ids]
        answers = await asyncio.gather(*say_it)
        await reader.until(is_idle)
        histories = [(await http.get(f"/session/{id}")).json()["messages"] for id in ids]
    assert [one.json()["content"] for one in answers] == ["AB", "AB"]
    assert [h[0]["content"] for h in histories] == [f"for {id}" for id in ids]
    starts = [n for n, e in enumerate(reader.events) if e["event"] == "message.start"]
    idle = next(n for n, e in enumerate(reader.events) if is_idle(e))
    assert max(starts) < idle


async def test_a_failing_model_is_an_error_and_no_text(project: Path) -> None:
    script = [[{"error": "provider.rate_limit", "message": "Too many."}]]
    async with (
        served(project, script) as at,
        httpx.AsyncClient(base_url=at.url) as http,
        reading(at) as reader,
    ):
        session = await new(http)
        answer = (await http.post(f"/session/{session}/message", json={"content": "Go"})).json()
        events = await reader.until(is_idle)
    assert answer["error"]["data"]["message"] == "Too many."
    assert [part["type"] for part in answer["parts"]] == ["step-start", "step-finish"]
    error = named(events, "error")[0]
    assert (error["code"], error["message"]) == ("RATE_LIMIT", "Too many.")
    told = {"name": "APIError", "data": {"message": "Too many.", "isRetryable": True}}
    assert error["properties"]["error"] == answer["error"] == told


async def test_a_command_run_by_hand_is_told_as_a_message_with_its_call(project: Path) -> None:
    kinds: list[tuple[str, str]] = []
    async with served(project, [say("Hi")]) as at, httpx.AsyncClient(base_url=at.url) as http:
        session = (await http.post("/session")).json()["id"]
        await http.post(f"/session/{session}/message", json={"content": "Hello"})
        async with http.stream("GET", "/event") as stream:
            lines = stream.aiter_lines()
            await anext(lines)
            body = {"agent": "build", "command": "echo by-hand"}
            running = asyncio.create_task(http.post(f"/session/{session}/shell", json=body))
            async for line in lines:
                if not line.startswith("data:"):
                    continue
                told = json.loads(line[5:])
                info = told["properties"].get("info", {})
                kinds.append((told["type"], info.get("parentID", "")))
                if told["type"] == "message.updated" and "completed" in info["time"]:
                    break
            answer = (await running).json()
    messages = [kind for kind in kinds if kind[0] == "message.updated"]
    assert answer["modelID"] == info["modelID"] != ""
    assert messages == [("message.updated", answer["parentID"])] * 2
    assert kinds.index(messages[0]) < [kind for kind, _ in kinds].index("message.part.updated")


async def test_the_answer_comes_after_all_events_and_names_the_last(project: Path) -> None:
    script = [say("One two"), say("Three")]
    async with served(project, script) as at, httpx.AsyncClient(base_url=at.url) as http:
        session = await new(http)
        host = at.url.removeprefix("http://")
        loop = asyncio.get_running_loop()
        with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2]))) as wire:
            wire.setblocking(False)
            await loop.sock_sendall(wire, f"GET /event HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            heard = b""
            while b"server.connected" not in heard:
                heard += await loop.sock_recv(wire, 65536)
            for _ in range(2):
                answer = await http.post(f"/session/{session}/message", json={"content": "Go"})
                last, heard = answer.headers["x-opencode-event"], b""
                with suppress(BlockingIOError):  # all of it is there already
                    while chunk := wire.recv(65536):
                        heard += chunk
                assert b"event: session.idle\n" in heard
                assert f"id: {last}\n".encode() in heard


async def test_a_reader_that_takes_nothing_is_let_go_and_keeps_nobody_waiting() -> None:
    quick, slow = Listener(), Listener()
    for _ in range(2_000):
        frame = Frame("lsp.updated", {})
        assert quick.give(frame)
        assert slow.give(frame)
        assert await quick.next(1) is frame
    patient = asyncio.create_task(slow.reached(slow.given))
    going = asyncio.create_task(quick.next(1))
    await quick.reached(quick.given)
    assert not patient.done()
    assert not slow.give(Frame("lsp.updated", {}))
    await patient
    assert await slow.next(1) is None
    quick.end()
    assert await going is None


async def test_what_was_taken_back_is_told_with_the_session_until_it_is_back(project: Path) -> None:
    async with (
        served(project, [say("Hello there"), say("Else")]) as at,
        httpx.AsyncClient(base_url=at.url) as http,
    ):
        session = await new(http)
        await http.post(f"/session/{session}/message", json={"content": "Go"})
        prompt = (await http.get(f"/session/{session}/message")).json()[0]["info"]["id"]
        told: list[list[Any]] = []
        for path, body in (("revert", {"messageID": prompt}), ("unrevert", {})):
            async with reading(at) as reader:
                await http.post(f"/session/{session}/{path}", json=body)
                infos: list[Any] = []

                def twice(event: Any, gone: bool = bool(body), infos: list[Any] = infos) -> bool:
                    if event["event"] == "session.updated":
                        infos.append(event["data"]["properties"]["info"].get("revert"))
                    return len([one for one in infos if bool(one) == gone]) == 2

                await reader.until(twice)
                told.append(infos[-2:])
                assert not named(reader.events, "message.removed")
        await http.post(f"/session/{session}/revert", json={"messageID": prompt})
        async with reading(at) as reader:
            await http.post(f"/session/{session}/message", json={"content": "Else"})
            await reader.until(lambda one: one["event"] == "session.updated")
            gone = named(reader.events, "message.removed")
        assert [one["properties"]["messageID"] for one in gone][:1] == [prompt]
        assert len(gone) == 2
    assert told == [[{"messageID": prompt}] * 2, [None] * 2]


async def test_a_burst_does_not_outrun_a_reader_that_reads(project: Path) -> None:
    pieces = [{"text": f"{n} "} for n in range(2_500)]
    script = [[*pieces, {"finish": "stop", "usage": {"input": 1, "output": 1}}]]
    async with served(project, script) as at, httpx.AsyncClient(base_url=at.url) as http:
        session = await new(http)
        async with reading(at) as reader:
            await http.post(f"/session/{session}/prompt_async", json={"content": "Go"})
            events = await reader.until(is_idle)
    assert is_idle(events[-1])
    assert "".join(one["content"] for one in named(events, "message.chunk")).endswith(" 2499 ")


def test_old_frames_are_written_anew_the_same() -> None:
    frame = Frame("file.edited", {"file": "a"}, session="ses_1")
    before = [frame.own(), frame.whole("/d", "p"), frame.second("/d")]
    frame.forget()
    assert [frame.own(), frame.whole("/d", "p"), frame.second("/d")] == before


async def test_a_command_that_would_ask_is_refused_where_nobody_could_see_the_question(
    project: Path,
) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        session = await new(http)
        body = {"agent": "build", "command": "rm -rf /"}
        refused = await http.post(f"/session/{session}/shell", json=body)
        harmless = await http.post(f"/session/{session}/shell", json={**body, "command": "echo a"})
    assert (refused.status_code, harmless.status_code) == (403, 200)


async def test_changes_of_files_and_the_branch_are_told_while_somebody_listens(
    project: Path,
) -> None:
    git = ["git", "-C", str(project)]
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run([*git, *words], check=True)
    async with served(project) as at, reading(at) as reader:
        await reader.until(lambda one: one["event"] == "server.connected")
        changes = _changes(project / "a.txt", [*git, "switch", "-q", "-c", "other"])
        making = asyncio.create_task(changes)
        await reader.until(lambda one: one["event"] == "vcs.branch.updated")
        await making
    told = [one["properties"] for one in named(reader.events, "file.watcher.updated")]
    assert {(one["file"], one["event"]) for one in told} >= {
        (str(project / "a.txt"), "add"),
        (str(project / "a.txt"), "unlink"),
    }
    [branch] = named(reader.events, "vcs.branch.updated")
    assert branch["properties"] == {"branch": "other"}


async def _changes(file: Path, switch: list[str]) -> None:
    """Again and again, since nobody says when the watch has begun."""
    for _ in range(3):
        file.write_text("x")
        await asyncio.sleep(0.5)
        file.unlink()
        await asyncio.sleep(0.5)
    subprocess.run(switch, check=True)


async def test_what_a_run_changed_is_told_when_it_is_over(project: Path) -> None:
    script = [call("write", path="a.txt", content="one\n"), say("Done."), say("Nothing.")]
    async with (
        served(project, script) as at,
        httpx.AsyncClient(base_url=at.url, timeout=20) as http,
        reading(at) as reader,
    ):
        session = await new(http)
        for words in ("Go", "Rest"):
            await http.post(f"/session/{session}/message", json={"content": words})
            await reader.until(is_idle)
        listed = (await http.get(f"/session/{session}/diff")).json()
        await http.patch(f"/session/{session}", json={"title": "End"})
        await reader.until(lambda one: one["event"] == "session.updated")
        [told] = named(reader.events, "session.diff")
        prompt = (await http.get(f"/session/{session}/message")).json()[0]["info"]["id"]
        for path, body, left in (("revert", {"messageID": prompt}, []), ("unrevert", {}, listed)):
            await http.post(f"/session/{session}/{path}", json=body)
            events = await reader.until(lambda one: one["event"] == "session.diff")
            assert events[-1]["data"]["properties"]["diff"] == left
    assert told["properties"]["diff"] == listed
    assert [(one["file"], one["additions"]) for one in listed] == [("a.txt", 1)]


async def test_a_fold_a_client_asks_for_is_told_like_a_run_and_so_is_its_refusal(
    project: Path,
) -> None:
    async with (
        served(project, [say("Short")]) as at,
        httpx.AsyncClient(base_url=at.url) as http,
        reading(at) as reader,
    ):
        session = await new(http)
        await http.post(f"/session/{session}/message", json={"content": "Go"})
        await reader.until(is_idle)
        refused = await http.post(f"/session/{session}/summarize", json={})
        events = await reader.until(is_idle)
    assert refused.status_code == 409
    kinds = [one["data"]["type"] for one in events]
    assert kinds[-4:] == ["session.status", "session.error", "session.status", "session.idle"]


async def test_a_prompt_that_waits_is_told_at_once_and_when_it_is_taken_back(project: Path) -> None:
    async with (
        served(project, [[{"text": "Slowly "}, {"sleep": 60}]]) as at,
        httpx.AsyncClient(base_url=at.url) as http,
        reading(at) as reader,
    ):
        session = await new(http)
        here = f"/session/{session}"
        await http.post(f"{here}/prompt_async", json={"content": "Go"})
        await reader.until(lambda one: one["event"] == "message.chunk")
        await http.post(f"{here}/prompt_async", json={"content": "More"})
        told = (await reader.until(lambda one: one["event"] == "message.updated"))[-1]
        waiting = told["data"]["properties"]["info"]["id"]
        listed = [one["info"]["id"] for one in (await http.get(f"{here}/message")).json()]
        await http.delete(f"/web{here}/queued/{waiting}")
        gone = (await reader.until(lambda one: one["event"] == "message.removed"))[-1]
        await http.post(f"{here}/abort")
    assert listed[-1] == waiting
    assert gone["data"]["properties"]["messageID"] == waiting


async def test_an_answer_that_did_not_fit_the_window_leaves_no_fault_behind(project: Path) -> None:
    said = " ".join(f"word {number}" for number in range(3000))
    refused = [{"error": "provider.context", "message": "Too long."}]
    async with served(project) as at, httpx.AsyncClient(base_url=at.url, timeout=20) as http:
        session = await new(http)
        watched(at, [[{"text": said}], refused, say("Done")], errands=[say("A summary. " * 20)])
        async with reading(at) as reader:
            for words in ("Go", "On"):
                body = {"content": f"{words} {said}"}
                await http.post(f"/session/{session}/message", json=body)
                await reader.until(is_idle)
        listed = (await http.get(f"/session/{session}/message")).json()
    shown: list[str] = []
    for told in (one["data"] for one in reader.events):
        if told["type"] == "message.removed":
            shown.remove(told["properties"]["messageID"])
        elif told["type"] == "message.updated" and told["properties"]["info"]["id"] not in shown:
            shown.append(told["properties"]["info"]["id"])
    assert sorted(shown) == sorted(one["info"]["id"] for one in listed)
