"""The loop through a whole workspace with a scripted model."""

import asyncio
from pathlib import Path

from opencode.config import paths
from opencode.core.ask import Ask, Reply
from opencode.core.event import MessageReset, RunFinished, ToolFinished, ToolStarted
from opencode.core.message import ToolPart
from opencode.tests.fakes.scripts import call, desk, script


def ends(events: list[object]) -> list[str]:
    return [event.reason for event in events if isinstance(event, RunFinished)]


async def test_a_denied_call_is_told_to_the_model_and_ends_as_refused(
    project: Path, tmp_path: Path
) -> None:
    (project / "a.txt").write_text("keep me")
    model = script(tmp_path, "rm", [call("rm", path="a.txt")], [{"text": "I may not."}])

    def refuse(ask: Ask) -> Reply:
        assert ask.tool == "rm"
        [journal] = paths.data_dir().rglob("*.journal")
        assert '"tool":"rm"' in journal.read_text()  # it survives a kill while it waits
        return Reply("reject", reason="use git rm")

    async with desk(project, model, refuse) as at:
        [refused] = await at.calls(await at.say("delete a.txt"))
        assert refused.status == "denied"
        assert "use git rm" in refused.output
        assert ends(at.events) == ["refused"]
    assert (project / "a.txt").read_text() == "keep me"


async def test_a_denial_gives_the_reasons_for_it_and_not_those_of_what_is_allowed(
    project: Path, tmp_path: Path
) -> None:
    model = script(tmp_path, "m", [call("bash", command="ls && sudo id")], [{"text": "No."}])
    rules = {"permissions": {"bash_allow": ["ls"], "blocked": ["sudo"]}}
    async with desk(project, model, overrides=rules) as at:
        [denied] = await at.calls(await at.say("go"))
        assert denied.output == "Denied: bash sudo id: deny (flags: bash sudo → deny)"


async def test_an_unknown_tool_and_wrong_arguments_are_answers_not_crashes(
    project: Path, tmp_path: Path
) -> None:
    model = script(
        tmp_path,
        "wrong",
        [call("teleport", to="moon"), call("read", offset=3)],
        [{"text": "sorry"}],
    )
    async with desk(project, model) as at:
        unknown, wrong = await at.calls(await at.say("go"))
        assert (unknown.status, wrong.status) == ("error", "error")
        assert "There is no tool 'teleport'" in unknown.output
        assert '"path"' in wrong.output
        assert ends(at.events) == ["done"]


async def test_calls_with_effects_wait_for_those_before_and_hold_those_after(
    project: Path, tmp_path: Path
) -> None:
    (project / "a.txt").write_text("one\n")
    model = script(
        tmp_path,
        "order",
        [
            call("read", path="a.txt"),
            call("edit", path="a.txt", old_string="one", new_string="two"),
            call("read", path="a.txt"),
        ],
        [{"text": "ok"}],
    )
    async with desk(project, model) as at:
        before, edit, after = await at.calls(await at.say("go"))
        assert edit.status == "completed", edit.output
        assert "one" in before.output
        assert "two" in after.output
        order = [
            (type(event).__name__, event.call.id)
            for event in at.events
            if isinstance(event, ToolStarted | ToolFinished)
        ]
        assert order == [
            (kind, part.id)
            for part in (before, edit, after)
            for kind in ("ToolStarted", "ToolFinished")
        ]


async def test_going_in_circles_is_nudged_and_then_stopped(project: Path, tmp_path: Path) -> None:
    (project / "a.txt").write_text("x")
    model = script(tmp_path, "loop", *[[call("read", path="a.txt")] for _ in range(9)])
    async with desk(project, model) as at:
        session = await at.say("go")
        calls = await at.calls(session)
        assert len(calls) <= 4
        assert ends(at.events) == ["limit"]
        kept = await at.door.session(session)
        nudges = [p for m in kept.messages for p in m.parts if getattr(p, "origin", "") == "nudge"]
        assert nudges


async def test_a_prompt_typed_while_busy_joins_between_steps(project: Path, tmp_path: Path) -> None:
    model = script(
        tmp_path,
        "queue",
        [{"sleep": 0.3}, call("ls")],
        [{"text": "both heard"}],
    )
    async with desk(project, model) as at:
        session = await at.door.create(model=model)
        await at.door.prompt(session.id, "first")
        await asyncio.sleep(0.1)
        await at.door.prompt(session.id, "second")
        await at.door.idle(session.id)
        kept = await at.door.session(session.id)
        assert [m.role for m in kept.messages] == ["user", "assistant", "user", "assistant"]
        assert kept.messages[2].text == "second"
        assert kept.queued == []


async def test_cancelling_closes_what_is_open_and_the_next_prompt_works(
    project: Path, tmp_path: Path
) -> None:
    model = script(
        tmp_path,
        "cancel",
        [call("bash", command="touch began; sleep 30")],
        [{"text": "still here"}],
    )
    async with desk(project, model, lambda ask: Reply("allow")) as at:
        session = await at.door.create(model=model)
        await at.door.prompt(session.id, "go")
        while not (project / "began").exists():
            await asyncio.sleep(0.02)
        assert await at.door.cancel(session.id)
        kept = await at.door.session(session.id)
        [cancelled] = [p for m in kept.messages for p in m.parts if isinstance(p, ToolPart)]
        assert cancelled.status == "cancelled"
        await at.door.prompt(session.id, "and now?")
        await at.door.idle(session.id)
        assert (await at.door.session(session.id)).messages[-1].text == "still here"


async def test_a_broken_stream_is_voided_and_the_error_names_itself(
    project: Path, tmp_path: Path
) -> None:
    model = script(tmp_path, "broken", [{"text": "half a"}, {"error": "provider.refused"}])
    async with desk(project, model) as at:
        await at.say("go")
        [end] = [event for event in at.events if isinstance(event, RunFinished)]
        assert (end.reason, end.code) == ("error", "provider.refused")
        assert not any(isinstance(event, MessageReset) for event in at.events)
