"""Sub-agents through a whole workspace: sessions of their own, rules of their parents."""

import asyncio
from pathlib import Path

from opencode.core.ask import Ask, Reply
from opencode.core.event import RunStarted, ToolStarted
from opencode.tests.fakes.scripts import call, desk, script

USED = {"finish": "stop", "usage": {"input": 100, "output": 10, "cost": 0.25}}


async def test_a_task_runs_in_a_child_session_reports_and_can_be_asked_again(
    project: Path, tmp_path: Path
) -> None:
    child = script(
        tmp_path, "child", [{"text": "Found 3 endpoints."}, USED], [{"text": "A 4th."}, USED]
    )
    parent = script(
        tmp_path, "parent", [call("task", prompt="Find endpoints")], [{"text": "Three."}, USED]
    )
    settings = {"agent": {"general": {"model": child}}}
    async with desk(project, parent, overrides=settings) as at:
        session = await at.say("go")
        [task] = await at.calls(session)
        assert task.status == "completed"
        assert task.output.startswith("Found 3 endpoints.")
        assert task.child in task.output
        [info] = [one for one in await at.door.sessions() if one.parent == session]
        assert info.id == task.child
        assert info.title == "Find endpoints (@general)"
        assert [end.session for end in at.ends()] == [task.child, session]
        root = await at.door.session(session)
        assert root.usage.cost == 0.5
        assert root.usage.total == 220

    twice = [call("task", prompt="And?", session=task.child[:12]) for _ in range(2)]
    again = script(tmp_path, "again", twice, [{"text": "Four."}])
    async with desk(project, parent, overrides=settings) as at:
        await at.say("go on", session, model=again)
        later = (await at.calls(session))[1:]
        second, third = sorted(later, key=lambda one: one.status)  # completed, error
        assert second.child == task.child
        assert third.status == "error"
        assert "still at work" in third.output
        told = await at.door.session(task.child)
        assert [m.text for m in told.messages if m.role == "user"] == ["Find endpoints", "And?"]


async def test_a_sub_agent_is_never_freer_than_who_asked_for_it(
    project: Path, tmp_path: Path
) -> None:
    child = script(
        tmp_path,
        "child",
        [call("bash", command="touch made-by-child")],
        [call("rm", path="keep.txt")],
        [{"text": "I could not."}],
    )
    (project / "keep.txt").write_text("keep")
    parent = script(tmp_path, "parent", [call("task", prompt="Do it")], [{"text": "ok"}])
    settings = {
        "agent": {"general": {"model": child, "permission": {"*": "allow"}}},
        "permission": {"bash": {"touch": "allow"}},
    }
    async with desk(project, parent, on_ask="deny", overrides=settings) as at:
        session = await at.say("go", agent="plan")
        [task] = await at.calls(session)
        touched, removed = await at.calls(task.child)
        assert touched.status in ("denied", "completed")  # completed: in a read-only sandbox
        assert removed.status in ("denied", "error")
        assert not (project / "made-by-child").exists()
        assert (project / "keep.txt").exists()


async def test_asks_of_sub_agents_reach_the_person_with_the_path_and_what_they_allow_holds(
    project: Path, tmp_path: Path
) -> None:
    grandchild = script(
        tmp_path, "grandchild", [call("bash", command="touch deep.txt")], [{"text": "touched"}]
    )
    child = script(
        tmp_path, "child", [call("task", agent="deep", prompt="Touch it")], [{"text": "asked"}]
    )
    parent = script(tmp_path, "parent", [call("task", prompt="Delegate")], [{"text": "ok"}])
    settings = {
        "sandbox": {"enabled": False},
        "agent": {"general": {"model": child}, "deep": {"model": grandchild, "mode": "subagent"}},
    }

    def answer(ask: Ask) -> Reply:
        return Reply("allow", "session")

    async with desk(project, parent, answer, overrides=settings) as at:
        session = await at.say("A deep thing")
        assert [ask.path for ask in at.asks] == [
            ["A deep thing", "Delegate (@general)", "Touch it (@deep)"]
        ]
        assert (project / "deep.txt").exists()
        restored = await at.door.undo(session)
        assert restored.files == ["deep.txt"]
        assert not (project / "deep.txt").exists()


async def test_sub_agents_run_side_by_side_and_end_with_their_parent(
    project: Path, tmp_path: Path
) -> None:
    waits = script(tmp_path, "waits", [{"text": "I wait"}, {"sleep": 3600}])
    waits_too = script(tmp_path, "waits too", [{"sleep": 3600}])
    two = [call("task", prompt="one"), call("task", prompt="two", agent="explore")]
    parent = script(tmp_path, "parent", two, [{"text": "never"}])
    settings = {"agent": {"explore": {"model": waits}, "general": {"model": waits_too}}}
    async with desk(project, parent, overrides=settings) as at:
        session = (await at.door.create()).id
        await at.door.prompt(session, "go")
        await at.until(lambda: sum(isinstance(event, RunStarted) for event in at.events) == 3)
        assert await at.door.cancel(session)
        await asyncio.sleep(0)
        assert {end.reason for end in at.ends()} == {"cancelled"}
        assert len(at.ends()) == 3
        assert [c.status for c in await at.calls(session)] == ["cancelled", "cancelled"]


async def test_a_person_cancels_one_sub_agent_and_the_other_goes_on(
    project: Path, tmp_path: Path
) -> None:
    waits = script(tmp_path, "waits", [{"sleep": 3600}])
    quick = script(tmp_path, "quick", [{"text": "quick"}])
    two = [call("task", prompt="slow"), call("task", prompt="fast", agent="explore")]
    parent = script(tmp_path, "parent", two, [{"text": "one of two"}])
    settings = {"agent": {"general": {"model": waits}, "explore": {"model": quick}}}
    async with desk(project, parent, overrides=settings) as at:
        session = (await at.door.create()).id
        await at.door.prompt(session, "go")
        await at.until(lambda: [end for end in at.ends() if end.reason == "done"])
        await at.until(lambda: len([e for e in at.events if isinstance(e, RunStarted)]) == 3)
        [slow] = [one for one in await at.door.sessions() if one.title.startswith("slow")]
        assert await at.door.cancel(slow.id)
        await at.door.idle(session)
        first, second = await at.calls(session)
        assert (first.status, second.status) == ("error", "completed")
        assert "cancelled" in first.output
        assert (await at.door.session(session)).messages[-1].text == "one of two"


async def test_levels_end_at_three_and_unknown_agents_are_told_who_there_is(
    project: Path, tmp_path: Path
) -> None:
    deeper = [call("task", prompt="deeper")]
    turns = [deeper, deeper, deeper, deeper, *[[{"text": "back"}]] * 4]
    model = script(tmp_path, "deep", *turns)
    async with desk(project, model) as at:
        session = await at.say("go")
        depth = 0
        while calls := await at.calls(session):
            if not calls[0].child:
                break
            session, depth = calls[0].child, depth + 1
        assert depth == 3
        assert calls[0].status == "error"
        assert "3 levels" in calls[0].output
        deepest = (await at.door.session(session)).prefix
        assert deepest is not None
        assert not {"task", "plan"} & {tool.name for tool in deepest.tools}
    wrong = script(tmp_path, "wrong", [call("task", agent="nemo", prompt="x")], [{"text": "ok"}])
    async with desk(project, wrong) as at:
        [task] = await at.calls(await at.say("go"))
        assert "explore" in task.output
        assert not [event for event in at.events if isinstance(event, ToolStarted)][1:]


async def test_a_sub_agent_stops_at_its_own_steps_and_says_so(
    project: Path, tmp_path: Path
) -> None:
    child = script(tmp_path, "child", *[[{"text": "Looking."}, call("ls")]] * 3)
    parent = script(tmp_path, "parent", [call("task", prompt="Look")], [{"text": "ok"}])
    settings = {"agent": {"general": {"model": child, "steps": 2}}}
    async with desk(project, parent, overrides=settings) as at:
        [task] = await at.calls(await at.say("go"))
        assert task.status == "completed"
        assert "ended early (limit): The step limit of 2 is reached." in task.output
