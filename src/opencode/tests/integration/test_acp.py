"""`opencode acp` as an editor meets it: a real process, spoken to by the protocol's own library."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from acp import RequestError
from acp.schema import (
    AcceptElicitationResponse,
    DeclineElicitationResponse,
    EmbeddedResourceContentBlock,
    ImageContentBlock,
    PermissionOption,
    ResourceContentBlock,
    TextResourceContents,
)

from opencode.tests.fakes.editor import editor, near, text
from opencode.tests.fakes.scripts import call, script

PIXEL = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def pick(kind: str) -> Any:
    def choose(options: list[PermissionOption]) -> str | None:
        return next((one.option_id for one in options if one.option_id == kind), None)

    return choose


async def test_an_answer_streams_with_its_thoughts_and_says_how_it_ended(
    project: Path, tmp_path: Path
) -> None:
    usage = {"input": 90, "output": 10, "cost": 0.5}
    model = script(
        tmp_path,
        "s",
        [
            {"reasoning": "hm, "},
            {"reasoning": "well"},
            {"text": "Hel"},
            {"text": "lo."},
            {"finish": "stop", "usage": usage},
        ],
    )
    async with editor("-m", model) as (agent, seen):
        made = await agent.new_session(cwd=str(project))
        done = await agent.prompt(session_id=made.session_id, prompt=[text("Hi")])
        assert done.stop_reason == "end_turn"
        assert done.usage
        assert done.usage.total_tokens == 100
        await seen.until(lambda: seen.of("usage_update"))
        assert [u.content.text for u in seen.of("agent_message_chunk")] == ["Hel", "lo."]
        assert seen.said("agent_thought_chunk") == "hm, well"
        [gauge] = seen.of("usage_update")
        assert (gauge.used, gauge.size, gauge.cost.amount) == (100, 200_000, 0.5)
        assert [u.title for u in seen.of("session_info_update")] == ["Hi"]
        names = [one.name for one in seen.of("available_commands_update")[0].available_commands]
        assert {"compact", "undo", "redo", "init"} <= set(names)
        begun = [n for n, m in enumerate(seen.wire) if "modes" in (m.get("result") or {})]
        told = [n for n, m in enumerate(seen.wire) if m.get("method") == "session/update"]
        assert begun[0] < told[0]  # nothing is said of a session the editor does not know yet


async def test_calls_have_kinds_places_live_output_and_edits_as_old_and_new_text(
    project: Path, tmp_path: Path
) -> None:
    (project / "a.txt").write_text("one\ntwo\nthree\n")
    model = script(
        tmp_path,
        "s",
        [call("read", path="a.txt", offset=2)],
        [call("edit", path="a.txt", old_string="two", new_string="2")],
        [call("write", path="new/b.txt", content="fresh\n")],
        [call("bash", command="echo early; sleep 0.3; echo late")],
        [call("grep", pattern="three")],
        [call("read", path="missing")],
        [{"text": "Done."}],
    )
    async with near(model) as (agent, seen):
        made = await agent.new_session(cwd=str(project))
        await agent.prompt(session_id=made.session_id, prompt=[text("Go")])
        await seen.until(lambda: "Done." in seen.said())
        starts = seen.of("tool_call")
        kinds = [one.kind for one in starts]
        assert kinds == ["read", "edit", "edit", "execute", "search", "read"]
        assert starts[0].locations[0].path == str(project / "a.txt")
        assert starts[0].locations[0].line == 2
        assert starts[1].raw_input == {"path": "a.txt", "old_string": "two", "new_string": "2"}
        ends = {u.tool_call_id: u for u in seen.ended()}
        read, edit, write, bash, _, missing = (ends[one.tool_call_id] for one in starts)
        assert "two" in read.content[0].content.text
        assert edit.content[0].path == str(project / "a.txt")
        assert edit.content[0].old_text == "one\ntwo\nthree\n"
        assert edit.content[0].new_text == "one\n2\nthree\n"
        assert (write.content[0].old_text, write.content[0].new_text) == (None, "fresh\n")
        assert "exit 0" in bash.content[0].content.text
        live = [u for u in seen.calls() if u.tool_call_id == bash.tool_call_id and not u.status]
        assert any("early" in u.content[0].content.text for u in live)
        assert missing.status == "failed"


async def test_a_command_is_drawn_in_a_terminal_where_the_editor_can(
    project: Path, tmp_path: Path
) -> None:
    model = script(
        tmp_path, "s", [call("bash", command="echo early; sleep 0.3; echo late; exit 3")], []
    )
    can = {"_meta": {"terminal_output": True}, "terminal": True}
    async with near(model, can=can) as (agent, seen):
        made = await agent.new_session(cwd=str(project))
        await agent.prompt(session_id=made.session_id, prompt=[text("Go")])
        await seen.until(lambda: seen.ended())
        start, *rest = seen.calls()
        assert start.content[0].terminal_id == start.tool_call_id
        assert start.field_meta["terminal_info"]["cwd"] == str(project)
        metas = [one.field_meta for one in rest]
        shown = "".join(meta["terminal_output"]["data"] for meta in metas)
        assert shown.startswith("early\r\nlate\r\n")
        assert shown.count("early") == 1
        assert metas[-1]["terminal_exit"]["exit_code"] == 3


async def test_a_permission_is_asked_and_each_answer_counts(project: Path, tmp_path: Path) -> None:
    (project / ".env").write_text("KEY=1\n")
    reads = [[call("read", path=".env")] for _ in range(4)]
    model = script(tmp_path, "s", *reads, [{"text": "End."}])
    async with near(model) as (agent, seen):
        made = await agent.new_session(cwd=str(project))
        answers = ["reject", "once", "session"]
        seen.choose = lambda options: pick(answers.pop(0))(options)
        await agent.prompt(session_id=made.session_id, prompt=[text("Read it")])
        await seen.until(lambda: "End." in seen.said())
        assert len(seen.asked) == 3  # the fourth is allowed by what the third granted
        asked, options = seen.asked[0]
        assert asked.tool_call_id == seen.of("tool_call")[0].tool_call_id
        assert [one.kind for one in options] == [
            *("allow_once", "allow_always", "allow_always", "reject_once")
        ]
        ended = [u.status for u in seen.ended()]
        assert ended == ["failed", "completed", "completed", "completed"]


async def test_a_question_becomes_a_form_or_a_dialog_of_choices(
    project: Path, tmp_path: Path
) -> None:
    asks = [call("question", question="Which one?", options=["red", "blue"])]
    model = script(tmp_path, "s", asks, asks, [{"text": "Well."}])
    async with near(model, can={"elicitation": {"form": {}}}) as (agent, seen):
        made = await agent.new_session(cwd=str(project))
        replies = [
            AcceptElicitationResponse(action="accept", content={"other1": "green"}),
            DeclineElicitationResponse(action="decline"),
        ]
        seen.fill = lambda: replies.pop(0)
        await agent.prompt(session_id=made.session_id, prompt=[text("Ask")])
        outputs = [u.raw_output["output"] for u in seen.ended()]
        assert outputs[0] == "The user answers: green"
        assert "did not answer" in outputs[1]
        message, mode = seen.forms[0]
        assert message == "Which one?"
        assert mode.session_id == made.session_id
    model = script(
        tmp_path,
        "t",
        [call("question", question="Which ones?", options=["red", "blue"], multiple=True)],
        [call("question", question="Why?")],
        [{"text": "Well."}],
    )
    async with near(model) as (agent, seen):
        made = await agent.new_session(cwd=str(project))
        answers = ["=blue", "done"]
        seen.choose = lambda options: answers.pop(0)
        await agent.prompt(session_id=made.session_id, prompt=[text("Ask")])
        await seen.until(lambda: "Well." in seen.said())
        outputs = [u.raw_output["output"] for u in seen.ended()]
        assert outputs[0] == "The user answers: blue"
        assert "ask in your answer" in outputs[1]


async def test_todos_and_plans_are_the_editors_plan_and_an_approved_one_changes_the_mode(
    project: Path, tmp_path: Path
) -> None:
    model = script(
        tmp_path,
        "s",
        [call("todo", todos=["[x] look", "[>] think", "[ ] act"])],
        [call("plan", plan="1. first\n2. second")],
        [{"text": "Built."}],
    )
    async with near(model) as (agent, seen):
        made = await agent.new_session(cwd=str(project))
        await agent.set_session_mode(session_id=made.session_id, mode_id="plan")
        seen.choose = pick("=Build it")
        await agent.prompt(session_id=made.session_id, prompt=[text("Plan")])
        await seen.until(lambda: "Built." in seen.said())
        todos, steps = seen.of("plan")
        assert [one.status for one in todos.entries] == ["completed", "in_progress", "pending"]
        assert [one.content for one in steps.entries] == ["first", "second"]
        assert [u.current_mode_id for u in seen.of("current_mode_update")] == ["plan", "build"]


async def test_agent_model_and_effort_are_options_and_wrong_values_are_refused(
    project: Path, tmp_path: Path
) -> None:
    first = script(tmp_path, "one", [{"text": "I am one."}])
    async with near(first) as (agent, seen):
        made = await agent.new_session(cwd=str(project))
        by_id = {one.id: one for one in made.config_options or []}
        assert by_id["mode"].current_value == "build"
        assert by_id["model"].current_value == first
        changed = await agent.set_config_option(
            session_id=made.session_id, config_id="model", value="offline/rules"
        )
        assert changed
        values = {one.id: one.current_value for one in changed.config_options}
        assert values["model"] == "offline/rules"
        await seen.until(lambda: seen.of("config_option_update"))
        for wrong in ("nothing/here", ""):
            with pytest.raises(RequestError):
                await agent.set_config_option(
                    session_id=made.session_id, config_id="model" if wrong else "x", value=wrong
                )
        with pytest.raises(RequestError, match="nobody"):
            await agent.set_session_mode(session_id=made.session_id, mode_id="nobody")


async def test_cancelling_ends_the_prompt_the_command_and_the_dialog(
    project: Path, tmp_path: Path
) -> None:
    (project / ".env").write_text("KEY=1\n")
    model = script(
        tmp_path,
        "s",
        [call("bash", command="echo begun; sleep 100")],
        [call("read", path=".env")],
        [{"text": "Still here."}],
    )
    async with near(model) as (agent, seen):
        made = await agent.new_session(cwd=str(project))
        session = made.session_id

        async def prompt(words: str) -> str:
            return (await agent.prompt(session_id=session, prompt=[text(words)])).stop_reason

        running = asyncio.create_task(prompt("Sleep"))
        await seen.until(lambda: any("begun" in u.model_dump_json() for u in seen.calls()[1:]))
        await agent.cancel(session_id=session)
        assert await running == "cancelled"
        waits = ["wait"]
        seen.choose = lambda options: waits[0]
        running = asyncio.create_task(prompt("Read"))
        await seen.until(lambda: seen.asked)
        await agent.cancel(session_id=session)
        assert await running == "cancelled"
        waits[0] = "once"  # too late: nothing waits for it
        assert await prompt("Are you there?") == "end_turn"


async def test_pictures_files_and_links_reach_the_model(project: Path, tmp_path: Path) -> None:
    (project / "a b.txt").write_text("linked words\n")
    model = script(tmp_path, "s", [{"text": "I see."}])
    async with near(model) as (agent, _):
        made = await agent.new_session(cwd=str(project))
        resource = TextResourceContents(
            uri=(project / "typed.py").as_uri() + "#L3", text="embedded words", mime_type="text/x"
        )
        blocks = [
            text("See "),
            ResourceContentBlock(
                type="resource_link", name="a b.txt", uri=(project / "a b.txt").as_uri()
            ),
            text(" and "),
            EmbeddedResourceContentBlock(type="resource", resource=resource),
            ImageContentBlock(type="image", data=PIXEL, mime_type="image/gif"),
            ResourceContentBlock(type="resource_link", name="page", uri="https://example.org/p"),
        ]
        await agent.prompt(session_id=made.session_id, prompt=blocks)
    [file] = [*(project / ".opencode").rglob("session_*.json")] or [
        *Path(os.environ["HOME"]).rglob("session_*.json")
    ]
    message = json.loads(file.read_text())["messages"][0]
    words = "\n".join(part.get("text", "") for part in message["parts"])
    assert "See `a b.txt` and `typed.py#L3`[page](https://example.org/p)" in words
    assert "linked words" in words
    assert "embedded words" in words
    assert [p["data"] for p in message["parts"] if p["type"] == "file"] == [PIXEL]


async def test_sessions_are_listed_loaded_resumed_forked_closed_and_deleted(
    project: Path, tmp_path: Path
) -> None:
    (project / "a.txt").write_text("old\n")
    model = script(
        tmp_path,
        "s",
        [call("edit", path="a.txt", old_string="old", new_string="new")],
        [{"reasoning": "so"}, {"text": "First."}],
    )
    async with near(model) as (agent, _):
        made = await agent.new_session(cwd=str(project))
        await agent.prompt(session_id=made.session_id, prompt=[text("Remember")])
    again = script(tmp_path, "t", [{"text": "Second."}], [{"text": "Forked."}])
    async with near(again) as (agent, seen):
        for where in (str(project), None):
            [info] = (await agent.list_sessions(cwd=where)).sessions
            assert (info.session_id, info.cwd) == (made.session_id, str(project))
            assert info.title == "Remember"
        with pytest.raises(RequestError, match="not open"):
            await agent.prompt(session_id=info.session_id, prompt=[text("Too early")])
        await agent.load_session(cwd=str(project), session_id=info.session_id, mcp_servers=[])
        assert seen.said("user_message_chunk") == "Remember"
        assert seen.said() == "First."
        assert seen.said("agent_thought_chunk") == "so"
        [edit] = seen.of("tool_call")
        assert edit.status == "completed"
        assert (edit.content[0].old_text, edit.content[0].new_text) == ("old\n", "new\n")
        await agent.set_config_option(session_id=info.session_id, config_id="model", value=again)
        await agent.prompt(session_id=info.session_id, prompt=[text("Go on")])
        forked = await agent.fork_session(cwd=str(project), session_id=info.session_id)
        assert forked.session_id != info.session_id
        await agent.prompt(session_id=forked.session_id, prompt=[text("Differently")])
        await seen.until(lambda: seen.said().endswith("Forked."))
        await agent.close_session(session_id=info.session_id)
        with pytest.raises(RequestError, match="not open"):
            await agent.prompt(session_id=info.session_id, prompt=[text("Gone")])
        before = len(seen.updates)
        await agent.resume_session(cwd=str(project), session_id=info.session_id)
        assert not [u for _, u in seen.updates[before:] if "message_chunk" in u.session_update]
        with pytest.raises(RequestError):
            await agent.load_session(cwd=str(project), session_id="ses_nothere", mcp_servers=[])
        for one in (forked.session_id, info.session_id):  # open, and let go
            assert await agent.ext_method("session/delete", {"sessionId": one}) == {}
            with pytest.raises(RequestError):
                await agent.load_session(cwd=str(project), session_id=one, mcp_servers=[])
        assert (await agent.list_sessions(cwd=str(project))).sessions == []
        with pytest.raises(RequestError, match="no session"):
            await agent.ext_method("session/delete", {"sessionId": info.session_id})


async def test_two_folders_and_an_unknown_one_on_one_connection(
    project: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for folder, words in ((project, "here"), (other, "there")):
        (folder / "a.txt").write_text(words)
    model = script(tmp_path, "s", [call("read", path="a.txt")], [{"text": "Read."}])
    async with near(model) as (agent, seen):
        for folder in (project, other):
            made = await agent.new_session(cwd=str(folder))
            done = await agent.prompt(session_id=made.session_id, prompt=[text("Read")])
            assert done.stop_reason == "end_turn"
        outputs = [u.raw_output["output"] for u in seen.ended()]
        assert [one.split("\t")[1] for one in outputs] == ["here", "there"]
        for wrong in ("relative", str(tmp_path / "nowhere")):
            with pytest.raises(RequestError):
                await agent.new_session(cwd=wrong)


async def test_what_goes_wrong_is_an_error_with_its_fix(project: Path, tmp_path: Path) -> None:
    model = script(tmp_path, "s", [{"error": "provider.quota", "message": "No money left."}])
    async with near(model) as (agent, _):
        made = await agent.new_session(cwd=str(project))
        with pytest.raises(RequestError, match="No money left"):
            await agent.prompt(session_id=made.session_id, prompt=[text("Hi")])
        with pytest.raises(RequestError):
            await agent.authenticate(method_id="x")
        other = tmp_path / "other"
        other.mkdir()
        (other / "opencode.toml").write_text("this is no TOML")
        with pytest.raises(RequestError, match=r"opencode\.toml:1"):
            await agent.new_session(cwd=str(other))
        (other / "opencode.toml").unlink()
        assert (await agent.new_session(cwd=str(other))).session_id


async def test_undo_and_compact_are_commands_that_say_what_they_did(
    project: Path, tmp_path: Path
) -> None:
    (project / "a.txt").write_text("old\n")
    model = script(
        tmp_path,
        "s",
        [call("edit", path="a.txt", old_string="old", new_string="new")],
        [{"text": "Changed."}],
    )
    async with near(model) as (agent, seen):
        made = await agent.new_session(cwd=str(project))
        for words in ("Change it", "/undo"):
            await agent.prompt(session_id=made.session_id, prompt=[text(words)])
        assert (project / "a.txt").read_text() == "old\n"
        await agent.prompt(session_id=made.session_id, prompt=[text("/redo")])
        assert (project / "a.txt").read_text() == "new\n"
        done = await agent.prompt(session_id=made.session_id, prompt=[text("/compact")])
        assert done.stop_reason == "end_turn"
        assert "Taken back: Change it\n- `a.txt`" in seen.said()


def test_stdout_holds_nothing_but_the_protocol_and_the_end_of_stdin_ends_it(project: Path) -> None:
    ask = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {"protocolVersion": 1, "clientCapabilities": {}},
    }
    new = {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "session/new",
        "params": {"cwd": str(project), "mcpServers": []},
    }
    done = subprocess.run(
        [sys.executable, "-m", "opencode", "acp"],
        input="\n".join([json.dumps(ask), "this is no JSON", json.dumps(new), ""]),
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    can = lines[0]["result"]["agentCapabilities"]
    assert can["loadSession"]
    assert can["promptCapabilities"] == {"image": True, "audio": False, "embeddedContext": True}
    listed = {"list", "fork", "resume", "close", "delete"}
    assert set(can["sessionCapabilities"]) == listed


@pytest.mark.skipif(os.name != "posix", reason="looks for a process by its words")
async def test_an_editor_that_goes_away_takes_the_run_and_its_command_with_it(
    project: Path, tmp_path: Path
) -> None:
    model = script(tmp_path, "s", [call("bash", command="echo begun; sleep 98761")])
    async with editor("-m", model) as (agent, seen):
        made = await agent.new_session(cwd=str(project))
        asking = asyncio.create_task(
            agent.prompt(session_id=made.session_id, prompt=[text("Sleep")])
        )
        await seen.until(lambda: any("begun" in u.model_dump_json() for u in seen.calls()[1:]))
    processes = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert "sleep 98761" not in processes.stdout
    with pytest.raises(ConnectionError):
        await asking
    async with editor() as (agent, seen):
        await agent.load_session(cwd=str(project), session_id=made.session_id, mcp_servers=[])
        [call_] = seen.of("tool_call")
        assert call_.status == "failed"


@pytest.mark.skipif(os.name != "posix", reason="Windows has no /dev/null")
def test_without_an_editor_it_says_how_to_get_one() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "opencode", "acp"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "docs/editors.md" in done.stderr
    assert "Traceback" not in done.stderr
