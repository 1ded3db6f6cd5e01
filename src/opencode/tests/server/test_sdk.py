import asyncio
import inspect
import json
import re
import subprocess
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import httpx
import opencode_ai
import pytest
from opencode_ai import AsyncOpencode

import opencode.server.routes
from opencode.server.app import table
from opencode.tests.server.served import Served, call, say, served, watched


def client(at: Served) -> AsyncOpencode:
    return AsyncOpencode(base_url=at.url, _strict_response_validation=True, max_retries=0)


async def chat(sdk: AsyncOpencode, session: str, text: str, at: Served, **more: Any) -> Any:
    provider, _, model = at.model.partition("/")
    return await sdk.session.chat(
        session,
        provider_id=provider,
        model_id=model,
        parts=[{"type": "text", "text": text}],
        **more,
    )


async def test_a_prompt_of_the_sdk_is_answered_with_everything_filled(project: Path) -> None:
    async with served(project, [say("Hello from the script")]) as at, client(at) as sdk:
        session = await sdk.session.create()
        answer = await chat(sdk, session.id, "Hi", at)
        messages = await sdk.session.messages(session.id)
    assert answer.role == "assistant"
    assert answer.session_id == session.id
    assert (answer.provider_id, answer.mode) == ("scripted", "build")
    assert (answer.tokens.input, answer.tokens.output) == (7, 3)
    assert answer.path.cwd == str(project)
    assert answer.time.completed
    assert answer.error is None
    assert [one.info.role for one in messages] == ["user", "assistant"]
    said = [part.text for part in messages[1].parts if part.type == "text"]
    assert said == ["Hello from the script"]
    assert [part.type for part in messages[1].parts] == ["step-start", "text", "step-finish"]


async def test_an_answer_that_failed_has_a_fault_the_sdk_knows(project: Path) -> None:
    async with served(project, [[{"error": "provider.refused"}]]) as at, client(at) as sdk:
        session = await sdk.session.create()
        answer = await chat(sdk, session.id, "Hi", at)
        messages = await sdk.session.messages(session.id)
    assert answer.error.name == "UnknownError"
    assert answer.error.data.message
    assert messages[-1].info.error.name == "UnknownError"


async def test_sessions_are_made_listed_and_deleted(project: Path) -> None:
    async with served(project) as at, client(at) as sdk:
        first, second = await sdk.session.create(), await sdk.session.create()
        assert {one.id for one in await sdk.session.list()} == {first.id, second.id}
        assert first.title.startswith("New session")
        assert first.version
        assert await sdk.session.delete(first.id) is True
        assert [one.id for one in await sdk.session.list()] == [second.id]
        assert await sdk.session.abort(second.id) is True


async def test_a_tool_call_comes_with_its_state(project: Path) -> None:
    (project / "a.txt").write_text("needle here\n")
    script = [call("grep", pattern="needle"), say("Found it")]
    async with served(project, script) as at, client(at) as sdk:
        session = await sdk.session.create()
        await chat(sdk, session.id, "Search", at)
        messages = await sdk.session.messages(session.id)
    part = next(p for m in messages for p in m.parts if p.type == "tool")
    assert part.tool == "grep"
    assert part.state.status == "completed"
    assert "a.txt" in part.state.output
    assert part.state.title == "needle"
    assert part.state.time.end >= part.state.time.start
    assert [m.info.role for m in messages] == ["user", "assistant", "assistant"]


async def test_what_the_app_says_of_itself(project: Path) -> None:
    async with served(project) as at, client(at) as sdk:
        app = await sdk.app.get()
        assert app.path.cwd == str(project)
        assert app.hostname
        assert await sdk.app.init() is True
        assert {"build", "plan"} <= {mode.name for mode in await sdk.app.modes()}
        found = await sdk.app.providers()
        assert "offline" in {one.id for one in found.providers}
        assert found.default["offline"] in next(
            one.models for one in found.providers if one.id == "offline"
        )
        config = await sdk.config.get()
        assert config.model == at.model
        assert await sdk.app.log(service="test", level="info", message="a line") is True


async def test_files_are_found_read_and_compared_with_git(project: Path) -> None:
    git = ["git", "-C", str(project)]
    subprocess.run([*git, "init", "-q"], check=True)
    (project / "main.py").write_text("one\ntwo\n")
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    (project / "main.py").write_text("one\nthree\nfour\n")
    (project / "new.py").write_text("x = 1\n")
    async with served(project) as at, client(at) as sdk:
        matches = await sdk.find.text(pattern="thr..")
        assert [(m.path.text, m.line_number, m.absolute_offset) for m in matches] == [
            ("main.py", 2, 4)
        ]
        assert matches[0].lines.text == "three\n"
        assert (matches[0].submatches[0].start, matches[0].submatches[0].end) == (0, 5)
        assert (await sdk.find.files(query="main"))[0] == "main.py"
        read = await sdk.file.read(path="main.py")
        assert (read.type, read.content) == ("raw", "one\nthree\nfour\n")
        status = {one.path: (one.status, one.added, one.removed) for one in await sdk.file.status()}
    assert status == {"main.py": ("modified", 2, 1), "new.py": ("added", 1, 0)}


async def test_taking_back_and_bringing_again(project: Path) -> None:
    async with served(project, [say("One"), say("Two")]) as at, client(at) as sdk:
        session = await sdk.session.create()
        await chat(sdk, session.id, "First", at)
        await chat(sdk, session.id, "Second", at)
        second = (await sdk.session.messages(session.id))[2].info.id
        reverted = await sdk.session.revert(session.id, message_id=second)
        assert reverted.revert
        assert reverted.revert.message_id == second
        first = (await sdk.session.messages(session.id))[0].info.id
        assert len(await sdk.session.messages(session.id)) == 4
        await sdk.session.revert(session.id, message_id=first)
        part_way = await sdk.session.revert(session.id, message_id=second)
        assert part_way.revert
        assert part_way.revert.message_id == second
        await sdk.session.revert(session.id, message_id=first)
        again = await sdk.session.unrevert(session.id)
        assert again.revert is None
        assert len((await at.door.session(session.id)).messages) == 4


async def test_an_unknown_session_is_a_not_found_error(project: Path) -> None:
    async with served(project) as at, client(at) as sdk:
        for name in ("ses_nope", "..", "a b"):
            with pytest.raises(opencode_ai.NotFoundError) as error:
                await sdk.session.messages(name)
            assert error.value.status_code == 404


async def test_init_is_a_prompt_that_asks_for_agents_md(project: Path) -> None:
    async with served(project, [say("Done")]) as at, client(at) as sdk:
        session = await sdk.session.create()
        provider, _, model = at.model.partition("/")
        done = await sdk.session.init(
            session.id, provider_id=provider, model_id=model, message_id="msg_1"
        )
        messages = await sdk.session.messages(session.id)
    assert done is True
    said = [part.text for part in messages[0].parts if part.type == "text"]
    assert "AGENTS.md" in " ".join(said)


async def test_events_reach_the_sdk_in_order(project: Path) -> None:
    async with served(project, [say("Hello you")]) as at, client(at) as sdk:
        session = await sdk.session.create()
        lenient = AsyncOpencode(base_url=at.url)
        stream = await lenient.event.list()
        kinds: list[str] = []

        async def listen() -> None:
            async for event in stream:
                kinds.append(event.type)
                if event.type == "session.idle":
                    return

        listening = asyncio.create_task(listen())
        await chat(sdk, session.id, "Hi", at)
        await asyncio.wait_for(listening, 20)
        await stream.close()
        await lenient.close()
    assert kinds[0] == "server.connected"
    marks = ["message.updated", "session.status", "message.part.delta", "session.idle"]
    assert [kinds.index(mark) for mark in marks] == sorted(kinds.index(mark) for mark in marks)
    assert kinds.count("session.idle") == 1


async def test_the_terminal_is_steered_by_events(project: Path) -> None:
    async with served(project) as at, client(at) as sdk, at.door.subscribe():
        assert await sdk.tui.append_prompt(text="hello") is True
        assert await sdk.tui.open_help() is True


async def test_a_summary_takes_the_place_of_what_was_said(project: Path) -> None:
    said = " ".join(f"word {number}" for number in range(1500))
    long: list[Any] = [[{"text": said}] for _ in range(8)]
    async with served(project, long) as at, client(at) as sdk:
        session = await sdk.session.create()
        provider = watched(at, long, errands=[say("The summary of it all. " * 20)])
        for _ in long:
            await chat(sdk, session.id, "Go on", at)
        name, _, model = at.model.partition("/")
        async with httpx.AsyncClient() as http, http.stream("GET", f"{at.url}/event") as told:
            done = await sdk.session.summarize(session.id, provider_id=name, model_id=model)
            infos = await until_compacted(told)
        messages = await sdk.session.messages(session.id)
    assert done is True
    (parent,) = {info["parentID"] for info in infos if info.get("summary")}
    assert parent in [one.info.id for one in messages if one.info.role == "user"]
    assert len(provider.requests) == len(long) + 1
    assert any(getattr(one.info, "summary", None) for one in messages)


async def until_compacted(told: httpx.Response) -> list[dict[str, Any]]:
    infos: list[dict[str, Any]] = []
    async for line in told.aiter_lines():
        frame = json.loads(line.partition("data: ")[2] or "{}")
        if frame.get("type") == "message.updated":
            infos.append(frame["properties"]["info"])
        if frame.get("type") == "session.compacted":
            break
    return infos


async def test_commands_are_listed_and_run(project: Path) -> None:
    async with served(project, [say("Written")]) as at, client(at) as sdk:
        session = await sdk.session.create()
        listed = await sdk.get("/command", cast_to=list[Any])
        answer = await sdk.post(
            f"/session/{session.id}/command", body={"command": "init"}, cast_to=dict[str, Any]
        )
    assert "init" in [one["name"] for one in listed]
    assert answer["info"]["role"] == "assistant"


async def test_a_session_is_shared_and_not_shared_any_more(project: Path) -> None:
    async with served(project) as at, client(at) as sdk:
        session = await sdk.session.create()
        shared = await sdk.session.share(session.id)
        assert shared.share
        assert shared.share.url.startswith(f"{at.url}/s/")
        assert (await sdk.session.unshare(session.id)).share is None


async def test_symbols_can_be_asked_for(project: Path) -> None:
    async with served(project) as at, client(at) as sdk:
        assert await sdk.find.symbols(query="nothing_goes_by_this_name") == []


async def test_everything_the_sdk_can_call_is_there(project: Path) -> None:
    asked: set[tuple[str, str]] = set()
    async with served(project) as at, client(at) as sdk:
        known = {(row.method, row.path) for row in table(_every())[0]}
        for resource in ("app", "config", "event", "file", "find", "session", "tui"):
            source = inspect.getsource(type(getattr(sdk, resource)))
            for method, path in re.findall(
                r'self\._(get|post|put|patch|delete)\(\s*f?"([^"]+)"', source
            ):
                asked.add((method.upper(), re.sub(r"\{[^}]*\}", "{sessionID}", path)))
    assert len(asked) >= 24
    assert asked <= known


def _every() -> list[str]:
    return [one.name for one in iter_modules(opencode.server.routes.__path__)]
