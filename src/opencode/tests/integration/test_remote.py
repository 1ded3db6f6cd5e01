"""The door over HTTP: every method, events across broken connections, and one task from a shell."""

import asyncio
import inspect
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from opencode.core.ask import Reply
from opencode.core.bus import Lagged
from opencode.core.delta import TextDelta
from opencode.core.door import Door
from opencode.core.error import SessionNotFound, UsageError
from opencode.core.event import AskRaised, MessageChunk, Notice, RunFinished
from opencode.core.message import FilePart
from opencode.remote.door import RemoteDoor
from opencode.remote.link import Link, Unreachable
from opencode.remote.opening import open_far
from opencode.remote.original.door import OriginalDoor
from opencode.server.access.auth import Rules
from opencode.tests.fakes.cutting_proxy import cutter
from opencode.tests.fakes.model_client import model_server
from opencode.tests.server.served import call, say, served
from opencode.tests.web.serving import Site, site


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with model_server() as model, site(tmp_path_factory.mktemp("far"), model, "pass word") as found:
        yield found


async def until_end(events: Any, door: Any = None) -> list[Any]:
    seen: list[Any] = []
    async for numbered in events:
        seen.append(numbered.event)
        if isinstance(numbered.event, AskRaised) and door:
            await door.answer(numbered.event.ask.id, Reply("allow"))
        if isinstance(numbered.event, RunFinished):
            return seen
    return seen


def texts(events: Iterable[Any]) -> str:
    chunks = [event.delta for event in events if isinstance(event, MessageChunk)]
    return "".join(delta.text for delta in chunks if isinstance(delta, TextDelta))


def test_every_method_of_the_door_is_there() -> None:
    wanted = {n for n, f in inspect.getmembers(Door, inspect.isfunction) if not n.startswith("_")}
    there = RemoteDoor(Link("http://127.0.0.1:1", "", ""))
    assert [name for name in wanted if not callable(getattr(there, name, None))] == []


async def test_a_conversation_over_http_is_that_of_the_server(project: Path) -> None:
    script = [say("Hello far away"), call("write", path="a.txt", content="x\n"), say("Written")]
    async with served(project, script) as here, open_far(here.url) as far:
        session = await far.create(title="Far")
        async with far.subscribe() as events:
            picture = FilePart("a.png", "image/png", "AAAA")
            await far.prompt(session.id, "Hi", [picture])
            first = await until_end(events)
            await far.prompt(session.id, "Write a.txt")
            assert isinstance((await until_end(events, far))[-1], RunFinished)
        assert texts(first) == "Hello far away"
        assert picture in (await far.session(session.id)).messages[0].parts
        assert await far.session(session.id) == await here.door.session(session.id)
        assert await far.sessions("written") == await here.door.sessions("written")
        assert [one.diff.path for one in await far.changes(session.id)] == ["a.txt"]
        assert (await far.undo(session.id)).files == ["a.txt"]
        assert not (project / "a.txt").exists()
        await far.redo(session.id)
        assert (await far.update(session.id, title="New")).title == "New"
        page = await far.share(session.id)
        assert await far.shares() == {session.id: page}
        assert await far.unshare(session.id)
        assert (await far.fork(session.id)).id != session.id
        assert (await far.tool(session.id, "read", {"path": "a.txt"})).status == "completed"
        assert (await far.agents())[0].name == "build"
        assert await far.models() == await here.door.models()
        assert await far.default_model() == await here.door.default_model()
        assert await far.commands() == await here.door.commands()
        assert await far.isolation() == await here.door.isolation()
        assert (await far.asks(), await far.mcp_servers()) == ([], [])
        assert await far.cancel(session.id) is False
        await far.idle(session.id)
        await far.delete(session.id)
        with pytest.raises(SessionNotFound):
            await far.session(session.id)


async def test_errors_come_as_they_were_raised_there(project: Path) -> None:
    async with served(project) as here, open_far(here.url) as far:
        with pytest.raises(UsageError) as there:
            await here.door.create(agent="nobody")
        with pytest.raises(UsageError) as found:
            await far.create(agent="nobody")
        assert (found.value.message, found.value.hint) == (there.value.message, there.value.hint)


async def test_a_broken_connection_loses_nothing_and_is_told(project: Path) -> None:
    words = [{"text": f"{n} "} for n in range(200)]
    script = [[step for word in words for step in (word, {"sleep": 0.005})]]
    async with (
        served(project, script, Rules(hosts=("127.0.0.1",))) as here,
        cutter(urlsplit(here.url).port or 0) as between,
        open_far(between.url) as far,
    ):
        session = await far.create()
        heard: list[Any] = []
        async with far.subscribe() as events:
            await far.prompt(session.id, "Count")
            async for numbered in events:
                heard.append(numbered)
                if len(heard) in (40, 90):
                    between.cut()
                if isinstance(numbered.event, RunFinished):
                    break
        told = [one.event.code for one in heard if isinstance(one.event, Notice)]
        assert told == ["remote.lost", "remote.back"] * 2
        numbers = [one.n for one in heard if not isinstance(one.event, Notice)]
        assert numbers == [*range(numbers[0], numbers[0] + len(numbers))]
        assert texts(one.event for one in heard) == "".join(word["text"] for word in words)


async def test_a_conversation_read_while_it_grows_fits_the_events_around_it(
    project: Path,
) -> None:
    script = [[step for n in range(300) for step in ({"text": f"{n} "}, {"sleep": 0.002})]]
    async with (
        served(project, script, Rules(hosts=("127.0.0.1",))) as here,
        cutter(urlsplit(here.url).port or 0) as between,
        open_far(between.url) as far,
    ):
        between.late = 0.03
        session = await far.create()
        await far.prompt(session.id, "Count")
        both: list[tuple[str, str]] = []
        async with far.subscribe() as events, asyncio.TaskGroup() as reading:
            await asyncio.sleep(0.02)
            begun = text_of(await far.session(session.id))

            async def read() -> None:
                found = await far.session(session.id)
                both.append((text_of(found), begun))

            async for numbered in events:
                event = numbered.event
                if isinstance(event, MessageChunk) and isinstance(event.delta, TextDelta):
                    begun += event.delta.text
                    if begun.count(" ") % 20 == 0:
                        reading.create_task(read())
                if isinstance(event, RunFinished):
                    break
    assert begun == "".join(f"{n} " for n in range(300))
    assert [(found, heard) for found, heard in both if found != heard] == []
    assert len(both) >= 10


def text_of(session: Any) -> str:
    return "".join(m.text for m in session.messages if m.role == "assistant")


async def test_who_was_away_too_long_reads_anew_and_nobody_there_is_an_error(
    project: Path,
) -> None:
    async with served(project, rules=Rules(hosts=("127.0.0.1",))) as here:
        async with cutter(urlsplit(here.url).port or 0) as between, open_far(between.url) as far:
            async with far.subscribe("another", 7) as events:
                with pytest.raises(Lagged):
                    await anext(events)
            between.refuse = True
            between.cut()
            with pytest.raises(Unreachable, match="does not answer"):
                await far.sessions()
        url = here.url
    with pytest.raises(Unreachable):
        async with open_far(url):
            pass
    with pytest.raises(UsageError, match="no address"):
        async with open_far("ftp://x"):
            pass


async def test_the_secret_goes_as_bearer_or_basic_and_a_wrong_one_is_told(at: Site) -> None:
    async with open_far(at.url, "pass word") as far:
        assert await far.sessions() == []
    for wrong in ("", "other"):
        with pytest.raises(UsageError, match="password"):
            async with open_far(at.url, wrong):
                pass


def shell(at: Site, *words: str, home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "PYTHON_KEYRING_BACKEND": os.environ["PYTHON_KEYRING_BACKEND"],
        **more,
    }
    command = [sys.executable, "-m", "opencode", "run", "--attach", at.url, *words]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL, cwd=home
    )


def test_run_attach_does_the_task_there_with_the_secret_wherever_it_is(
    at: Site, alone: Path
) -> None:
    at.say({"text": "Done there", "repeat": True})
    wrong = {"OPENCODE_API_KEY": "other"}
    refused = shell(at, "Do it", home=alone, **wrong)
    assert (refused.returncode, "another password" in refused.stderr) == (2, True)
    given = shell(at, "--password", "pass word", "Do it", home=alone, **wrong)
    assert (given.returncode, given.stdout) == (0, "Done there\n")
    (alone / ".opencode").mkdir()
    (alone / ".opencode" / "config.json").write_text('{"apiKey": "pass word"}')
    kept = shell(at, "-c", "--format", "stream-json", "Again", home=alone)
    assert (kept.returncode, '"text":"Done there"' in kept.stdout) == (0, True)
    assert "Again" in at.heard()
    assert "Do it" in at.heard()


def test_run_attach_without_a_terminal_refuses_what_is_asked_and_auto_allows_it(
    at: Site, alone: Path
) -> None:
    write = {"id": "c1", "name": "write", "arguments": {"path": "far.txt", "content": "x\n"}}
    secret = {"OPENCODE_API_KEY": "pass word"}
    at.say({"calls": [write]}, {"text": "I may not"})
    shell(at, "Write", home=alone, **secret)
    assert not (at.project / "far.txt").exists()
    at.say({"calls": [write]}, {"text": "Written"})
    done = shell(at, "--auto", "Write", home=alone, **secret)
    assert done.returncode == 0, done.stderr
    assert (at.project / "far.txt").read_text() == "x\n"
    limits = shell(at, "--max-steps", "1", "x", home=alone, **secret)
    assert (limits.returncode, "the server's own" in limits.stderr) == (2, True)


async def test_one_task_goes_through_the_original_s_protocol_too(project: Path) -> None:
    script = [
        call("rm", path="a.txt"),
        call("read", path="b.txt"),
        say("Did what I could"),
    ]
    (project / "a.txt").write_text("x")
    (project / "b.txt").write_text("needle\n")
    async with served(project, script) as here:
        link = Link(here.url, "", "opencode")
        async with link.opened():
            door = OriginalDoor(link)
            session = await door.create(title="Theirs")
            seen: list[Any] = []
            async with door.subscribe() as events:
                await door.prompt(session.id, "Go on")
                async for numbered in events:
                    seen.append(numbered.event)
                    if isinstance(numbered.event, AskRaised):
                        assert numbered.event.ask in await door.asks()
                        assert await door.answer(numbered.event.ask.id, Reply("allow"))
                    if isinstance(numbered.event, RunFinished):
                        break
            whole = await door.session(session.id)
            assert [one.id for one in await door.sessions()] == [session.id]
            assert (await door.fork(session.id)).messages
            assert await door.share(session.id)
    kinds = [type(one).__name__ for one in seen]
    assert kinds.count("ToolStarted") == kinds.count("ToolFinished") == 2
    assert texts(seen) == "Did what I could"
    assert (seen[-1].reason, seen[-1].usage.output) == ("done", 3)
    assert not (project / "a.txt").exists()
    assert whole.messages[-1].text == "Did what I could"
