"""Todos, questions and batches through a whole workspace."""

from pathlib import Path

from opencode.core.ask import Ask, Reply
from opencode.core.event import TodosChanged
from opencode.tests.fakes.scripts import call, desk, script


async def test_the_todo_list_is_kept_with_the_session_and_told_live(
    project: Path, tmp_path: Path
) -> None:
    model = script(
        tmp_path,
        "todos",
        [call("todo", action="add", text="Fix the test")],
        [call("todowrite", todos=[{"content": "Fix", "status": "completed"}, {"content": "Ship"}])],
        [call("todo", action="start", index=2)],
        [call("todo", action="complete", index=7)],
        [{"text": "done"}],
    )
    async with desk(project, model) as at:
        session = await at.say("go")
        added, replaced, started, wrong = await at.calls(session)
        assert added.output == "1. [ ] Fix the test"
        assert replaced.output == "1. [x] Fix\n2. [ ] Ship"
        assert started.output == "1. [x] Fix\n2. [>] Ship"
        assert wrong.status == "error"
        assert "1 to 2" in wrong.output
        told = [event.todos for event in at.events if isinstance(event, TodosChanged)]
        assert [[todo.status for todo in todos] for todos in told] == [
            ["pending"],
            ["completed", "pending"],
            ["completed", "in_progress"],
        ]
    async with desk(project, model) as at:
        kept = (await at.door.session(session)).todos
        assert [(todo.text, todo.status) for todo in kept] == [
            ("Fix", "completed"),
            ("Ship", "in_progress"),
        ]


async def test_a_question_waits_for_the_person_and_is_not_offered_where_nobody_is(
    project: Path, tmp_path: Path
) -> None:
    model = script(
        tmp_path,
        "ask",
        [call("question", question="Which?", options=["a.txt", "b.txt"])],
        [{"text": "ok"}],
    )

    def answer(ask: Ask) -> Reply:
        assert [option.label for option in ask.questions[0].options] == ["a.txt", "b.txt"]
        return Reply("allow", answers=[["b.txt"]])

    async with desk(project, model, answer) as at:
        [asked] = await at.calls(await at.say("go"))
        assert asked.output == "The user answers: b.txt"
    async with desk(project, script(tmp_path, "plain", [{"text": "hi"}]), on_ask="deny") as at:
        session = await at.door.session(await at.say("go"))
        assert session.prefix is not None
        assert "question" not in {tool.name for tool in session.prefix.tools}


async def test_a_batch_runs_side_by_side_through_the_gate_and_keeps_results_apart(
    project: Path, tmp_path: Path
) -> None:
    (project / "a.txt").write_text("alpha\n")
    meet = "touch {0}; for i in $(seq 500); do [ -e {1} ] && echo met && exit; sleep 0.01; done"
    model = script(
        tmp_path,
        "batch",
        [
            call(
                "batch",
                calls=[
                    {"name": "bash", "arguments": {"command": meet.format("one", "two")}},
                    {"tool": "bash", "input": {"command": meet.format("two", "one")}},
                    {"tool": "ls", "input": {"path": "nowhere"}},
                    {"tool": "bash", "input": {"command": "rm -rf /"}},
                    {"tool": "batch", "input": {"calls": []}},
                ],
            )
        ],
        [{"text": "ok"}],
    )
    rules = {"permissions": {"bash_deny": ["rm -rf"], "bash_allow": ["touch", "seq", "sleep"]}}
    async with desk(project, model, on_ask="auto", overrides=rules) as at:
        [batch] = await at.calls(await at.say("go"))
        assert batch.status == "completed"
        first, second, third, fourth, fifth = batch.output.split("\n\n[")
        assert "met" in first
        assert "met" in second
        assert third.startswith("3] ls: error")
        assert fourth.startswith("4] bash: denied")
        assert fifth.startswith("5] batch: error")


async def test_tools_that_rules_deny_wholly_are_not_offered(project: Path, tmp_path: Path) -> None:
    model = script(tmp_path, "hi", [{"text": "hi"}], [{"text": "hi"}])
    rules = {"permission": {"webfetch": "deny", "bash": {"*": "deny", "ls": "allow"}}}
    async with desk(project, model, overrides=rules) as at:
        build = (await at.door.session(await at.say("go"))).prefix
        plan = (await at.door.session(await at.say("go", agent="plan"))).prefix
    assert build is not None
    assert plan is not None
    offered = {tool.name for tool in build.tools}
    assert "webfetch" not in offered
    assert {"bash", "edit", "write", "plan"} <= offered
    assert not {"edit", "write", "rm", "webfetch"} & {tool.name for tool in plan.tools}


async def test_a_question_gives_the_reasons_why_it_is_asked_and_no_others(
    project: Path, tmp_path: Path
) -> None:
    model = script(tmp_path, "ask", [call("bash", command="ls && touch x")], [{"text": "done"}])
    settings = {"sandbox": {"enabled": False}}
    async with desk(project, model, lambda ask: Reply("reject"), overrides=settings) as at:
        await at.say("go")
        [ask] = at.asks
        assert ask.text == "ls && touch x"
        assert [why.partition(":")[0] for why in ask.reasons] == ["bash touch x"]
