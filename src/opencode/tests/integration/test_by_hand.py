"""A tool called without a model: it can be stopped, and what is said meanwhile waits for it."""

import asyncio
import sys
from pathlib import Path

import pytest

from opencode import OpenCode
from opencode.core.error import SessionError
from opencode.core.event import ToolStarted
from opencode.tests.fakes.scripts import script

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its lines are of POSIX shells")


async def interrupted(oc: OpenCode, command: str) -> "tuple[asyncio.Task[object], str]":
    """A call that goes on while something is said, and the session of both."""
    async with oc.door.subscribe() as events:
        running = asyncio.create_task(oc.execute_tool("bash", {"command": command}))
        async for numbered in events:
            if isinstance(numbered.event, ToolStarted):
                session = (await oc.session()).id
                await oc.door.prompt(session, "Meanwhile")
                return running, session
    raise AssertionError


async def test_cancelling_the_session_stops_it_and_leaves_what_waits_waiting(
    project: Path, tmp_path: Path
) -> None:
    model = script(tmp_path, "s", [{"text": "Heard."}])
    async with OpenCode(model=model, permission="auto") as oc:
        running, session = await interrupted(oc, "sleep 60")
        assert await oc.cancel()
        await running
        [answer] = (await oc.session()).messages
        assert answer.calls[0].status == "cancelled"
        assert [m.text for m in (await oc.session()).queued] == ["Meanwhile"]
        assert not await oc.cancel()
    async with OpenCode(session=session) as oc:
        kept = await oc.session()
        assert [call.status for m in kept.messages for call in m.calls] == ["cancelled"]
        assert [m.text for m in kept.queued] == ["Meanwhile"]


async def test_what_is_said_meanwhile_is_answered_after_the_last_of_several(
    project: Path, tmp_path: Path
) -> None:
    model = script(tmp_path, "s", [{"text": "Heard."}])
    async with OpenCode(model=model, permission="auto") as oc:
        slow, session = await interrupted(oc, "until test -e go; do sleep 0.02; done")
        await oc.execute_tool("write", {"path": "go", "content": "now\n"})
        await slow
        await oc.door.idle(session)
        said = [m.text for m in (await oc.session()).messages if m.text]
        assert said == ["Meanwhile", "Heard."]


async def test_none_begins_while_a_model_answers(project: Path, tmp_path: Path) -> None:
    model = script(tmp_path, "s", [{"text": "a"}, {"sleep": 60}])
    async with OpenCode(model=model) as oc:
        await oc.door.prompt((await oc.session()).id, "Slowly")
        with pytest.raises(SessionError, match="busy"):
            await oc.execute_tool("ls", {})
        await oc.cancel()
