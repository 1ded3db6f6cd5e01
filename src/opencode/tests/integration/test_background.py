"""Sub-agents in the background: begun at once, heard of when done, listed, stopped, paid."""

from pathlib import Path
from typing import Any

import pytest

from opencode.core.error import SessionError
from opencode.core.event import JobChanged, ToolStarted
from opencode.core.message import TextPart
from opencode.core.session import Session
from opencode.tests.fakes.scripts import Desk, call, desk, script

USED = {"finish": "stop", "usage": {"input": 100, "output": 10, "cost": 0.25}}
SLEEP = "while [ ! -e go ]; do sleep 0.05; done"
FREE = {"permission": {"bash": "allow"}}


def below(agent_model: str) -> dict[str, Any]:
    return {"agent": {"general": {"model": agent_model, **FREE}}, **FREE}


def notes(session: Session) -> list[str]:
    parts = [p for m in session.messages if m.role == "user" for p in m.parts]
    return [p.text for p in parts if isinstance(p, TextPart) and p.origin == "nudge"]


async def ended(at: Desk, child: str) -> None:
    await at.until(
        lambda: any(
            isinstance(e, JobChanged) and e.id == child and e.code is not None for e in at.events
        )
    )


async def test_a_report_from_the_background_wakes_an_idle_session(
    project: Path, tmp_path: Path
) -> None:
    child = script(tmp_path, "child", [call("bash", command=SLEEP)], [{"text": "Found 3."}, USED])
    parent = script(
        tmp_path,
        "parent",
        [call("task", prompt="Find endpoints", background=True)],
        [{"text": "It is looking."}, USED],
        [{"text": "It found three."}, USED],
    )
    async with desk(project, parent, overrides=below(child)) as at:
        session = await at.say("go")
        [task] = await at.calls(session)
        assert task.status == "completed"
        assert "in the background" in task.output
        assert (await at.door.session(session)).messages[-1].text == "It is looking."
        with pytest.raises(SessionError, match="still work in the background"):
            await at.door.undo(session)
        (project / "go").touch()
        await ended(at, task.child)
        await at.until(lambda: len([e for e in at.ends() if e.session == session]) == 2)
        await at.door.idle(session)
        whole = await at.door.session(session)
        assert whole.messages[-1].text == "It found three."
        [note] = notes(whole)
        assert "is done" in note
        assert note.endswith("Found 3.")
        assert whole.usage.cost == 0.75
        back = await at.door.undo(session)
        assert back.prompt
        assert back.prompt.text == "go"


async def test_a_person_sends_a_sub_agent_that_is_waited_for_into_the_background(
    project: Path, tmp_path: Path
) -> None:
    child = script(tmp_path, "child", [call("bash", command=SLEEP)], [{"text": "Found 3."}, USED])
    parent = script(
        tmp_path,
        "parent",
        [call("task", prompt="Find endpoints")],
        [{"text": "It is looking."}, USED],
        [{"text": "It found three."}, USED],
    )
    async with desk(project, parent, overrides=below(child)) as at:
        session = (await at.door.create()).id
        assert await at.door.to_background(session) is False
        await at.door.prompt(session, "go")
        await at.until(
            lambda: any(isinstance(e, ToolStarted) and e.session != session for e in at.events)
        )
        assert await at.door.to_background(session) is True
        await at.door.idle(session)
        [task] = await at.calls(session)
        assert task.status == "completed"
        assert "in the background" in task.output
        assert (await at.door.session(session)).messages[-1].text == "It is looking."
        assert await at.door.to_background(session) is False
        (project / "go").touch()
        await ended(at, task.child)
        await at.until(lambda: len([e for e in at.ends() if e.session == session]) == 2)
        await at.door.idle(session)
        whole = await at.door.session(session)
        [note] = notes(whole)
        assert note.endswith("Found 3.")
        assert whole.messages[-1].text == "It found three."
        assert whole.usage.cost == 0.75


async def test_a_report_joins_a_busy_session_between_its_steps(
    project: Path, tmp_path: Path
) -> None:
    child = script(tmp_path, "child", [{"text": "Found 3."}, USED])
    wait = "for i in $(seq 100); do ls done 2>/dev/null && break; sleep 0.05; done"
    parent = script(
        tmp_path,
        "parent",
        [call("task", prompt="Find endpoints", background=True)],
        [call("bash", command=wait)],
        [{"text": "Three, it says."}, USED],
    )
    async with desk(project, parent, overrides=below(child)) as at:
        session = (await at.door.create()).id
        await at.door.prompt(session, "go")
        await at.until(lambda: any(isinstance(e, JobChanged) and e.code == 0 for e in at.events))
        (project / "done").touch()
        await at.door.idle(session)
        whole = await at.door.session(session)
        assert len(notes(whole)) == 1
        assert whole.messages[-1].text == "Three, it says."
        assert len([e for e in at.ends() if e.session == session]) == 1


async def test_a_single_task_ends_when_its_background_has_reported(
    project: Path, tmp_path: Path
) -> None:
    child = script(
        tmp_path, "child", [call("bash", command="sleep 0.3")], [{"text": "Found 3."}, USED]
    )
    parent = script(
        tmp_path,
        "parent",
        [call("task", prompt="one", background=True), call("task", prompt="two", background=True)],
        [{"text": "Waiting."}],
        [{"text": "Heard."}],
        [{"text": "All heard."}],
    )
    async with desk(project, parent, overrides=below(child), servers_within=1.0) as at:
        session = await at.say("go")
        whole = await at.door.session(session)
        assert len(notes(whole)) == 2
        assert whole.messages[-1].text in ("Heard.", "All heard.")
        assert len([e for e in at.ends() if e.session == session]) == 1


async def test_the_background_is_listed_read_and_stopped_one_or_all(
    project: Path, tmp_path: Path
) -> None:
    child = script(tmp_path, "child", *[[{"text": "Looking."}, call("bash", command=SLEEP)]] * 3)
    first = script(
        tmp_path,
        "parent",
        [call("task", prompt=f"Look at {n}", background=True) for n in range(3)],
        [{"text": "Begun."}],
    )
    async with desk(project, first, overrides=below(child)) as at:
        session = await at.say("go")
        one = (await at.calls(session))[0].child
        listed = (await at.door.tool(session, "process", {"action": "list"})).output
        assert listed.count("running") == 3
        assert "@general Look at 0 (@general)" in listed
        read = await at.door.tool(session, "process", {"action": "read", "id": one})
        assert "running" in read.output
        stopped = await at.door.tool(session, "process", {"action": "stop", "id": one})
        assert stopped.output.endswith(f"[{one} ended (cancelled)]")
        rest = await at.door.tool(session, "process", {"action": "stop", "id": "all"})
        assert rest.output.count("ses_") == 2
        assert notes(await at.door.session(session)) == []
        assert not [info for info in await at.door.sessions() if info.damaged]


async def test_cancelling_a_session_cancels_its_background_and_wakes_nobody(
    project: Path, tmp_path: Path
) -> None:
    deep = script(tmp_path, "deep", [call("bash", command=SLEEP)])
    child = script(
        tmp_path,
        "child",
        [call("task", prompt="deeper", agent="explore", background=True)],
        [{"text": "I wait for it."}],
    )
    parent = script(
        tmp_path, "parent", [call("task", prompt="go on", background=True)], [{"text": "Begun."}]
    )
    settings = below(child)
    settings["agent"]["explore"] = {"model": deep, **FREE}
    async with desk(project, parent, overrides=settings) as at:
        session = await at.say("go")
        await at.until(lambda: len([e for e in at.events if isinstance(e, JobChanged)]) == 2)
        assert await at.door.cancel(session)
        assert not await at.door.cancel(session)
        [note] = notes(await at.door.session(session))
        assert "cancelled" in note
        assert len([e for e in at.ends() if e.session == session]) == 1
        await at.until(lambda: at.seen >= at.door.rooms.bus.n)
        codes = [e.code for e in at.events if isinstance(e, JobChanged)]
        assert codes.count(1) == 2
