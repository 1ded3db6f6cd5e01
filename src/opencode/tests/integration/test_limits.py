"""What `[limits]` and `[session]` say holds, and a failure says how to mend it."""

import asyncio
import json
from pathlib import Path

import pytest

from opencode.config import paths
from opencode.core.event import Notice
from opencode.session.store import SessionStore
from opencode.tests.fakes.model_client import model_server
from opencode.tests.fakes.scripts import call, desk, script
from opencode.tests.fakes.wired import wired


async def test_the_limits_of_the_settings_reach_the_tools(project: Path, tmp_path: Path) -> None:
    (project / "long.txt").write_text("".join(f"line {n}\n" for n in range(1, 301)))
    model = script(
        tmp_path,
        "limits",
        [call("bash", command="seq 1 300"), call("read", path="long.txt")],
        [call("grep", pattern="line")],
        [{"text": "done"}],
    )
    limits = {"tool_output_lines": 20, "tool_output_bytes": 400}
    async with desk(project, model, on_ask="auto", overrides={"limits": limits}) as at:
        counted, read, found = await at.calls(await at.say("go"))
    assert "bytes left out; the whole is in" in counted.output
    assert len(counted.output.splitlines()) < 30
    assert "more with offset=21" in read.output
    assert len(found.output) < 700


async def test_a_limit_of_money_that_cannot_bind_says_so_once(project: Path) -> None:
    (project / "a.txt").write_text("x")
    read = {"calls": [{"name": "read", "arguments": {"path": "a.txt"}}]}
    priced = {"dear": {"input_price": 1.0, "output_price": 2.0}}
    for model, warned in (("mine/plain", 1), ("mine/dear", 0)):
        with model_server([read, {"text": "done"}]) as service:
            providers = {"mine": {"base_url": f"{service.url}/v1", "models": priced}}
            limits = {"limits": {"max_cost": 0.5}}
            async with wired(project, model, providers, limits) as at:
                await at.say("read a.txt")
        told = [e.text for e in at.events if isinstance(e, Notice) and e.code == "price"]
        assert len(told) == warned
        assert all('[provider.mine.models."plain"]' in text for text in told)


async def test_a_failure_tells_the_model_what_mends_it(project: Path, tmp_path: Path) -> None:
    (project / "a.txt").write_text("x")
    model = script(tmp_path, "hint", [call("ls", path="a.txt")], [{"text": "I see."}])
    async with desk(project, model) as at:
        [failed] = await at.calls(await at.say("go"))
    assert failed.status == "error"
    assert failed.output.splitlines() == ["a.txt is a file, not a folder", "Use read or grep."]


async def test_what_was_deleted_long_ago_leaves_the_trash_while_a_project_is_open(
    project: Path, tmp_path: Path
) -> None:
    model = script(tmp_path, "tidy", [{"text": "hello"}])
    async with desk(project, model) as at:
        await at.door.delete(await at.say("go"))
        [card] = (paths.data_dir() / "trash" / "sessions").glob("*.card")
    told = json.loads(card.read_bytes())
    card.write_text(json.dumps({**told, "deleted": told["deleted"] - 31 * 86_400}))
    async with desk(project, model):
        while card.exists():
            await asyncio.sleep(0.02)


async def test_the_file_follows_a_long_answer_that_says_nothing(project: Path) -> None:
    model = script(project, "m", [call("ls", path=".")], [{"sleep": 60}, {"text": "late"}])
    async with desk(project, model, overrides={"session": {"save_interval": 0.1}}) as at:
        session = await at.door.create()
        await at.door.prompt(session.id, "go")
        file = Path(at.door.store.info(session).path)
        while '"tool":"ls"' not in file.read_text().replace('": "', '":"'):
            await asyncio.sleep(0.05)
        assert await at.door.cancel(session.id)


async def test_what_was_said_so_far_outlives_the_process(project: Path) -> None:
    often = {"session": {"save_interval": 0.1, "auto_save": False}}
    model = script(project, "m", [{"text": "half of it"}, {"sleep": 60}, {"text": "late"}])
    async with desk(project, model, overrides=often) as at:
        session = await at.door.create()
        await at.door.prompt(session.id, "go")
        read = SessionStore(at.door.store.folder, paths.data_dir(), project)
        while "half of it" not in [m.text for m in read.load(session.id).messages]:
            await asyncio.sleep(0.05)
        assert await at.door.cancel(session.id)


async def test_a_full_disk_ends_the_run_and_not_the_conversation(project: Path) -> None:
    resource = pytest.importorskip("resource")
    model = script(project, "m", *([{"text": words}] for words in ("one", "two", "three")))
    async with desk(project, model) as at:
        session = await at.say("first")
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (16, before[1]))
        try:
            await at.say("second", session)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        await at.say("third", session)
        file = Path(at.door.store.info(await at.door.session(session)).path)
    reasons = [(end.reason, end.detail) for end in at.ends()]
    assert [reason for reason, _ in reasons] == ["done", "error", "done"]
    assert "could not be saved" in reasons[1][1]
    saved = file.read_text()
    assert all(word in saved for word in ("first", "one", "second", "third"))


async def test_approving_unasked_ends_at_what_may_turn_out_to_be_denied(project: Path) -> None:
    lines = ("`echo touch` a", "`echo touch` b; ls")
    model = script(project, "m", [call("bash", command=line) for line in lines], [{"text": "so"}])
    rules = {"permissions": {"bash_deny": ["curl"]}}
    async with desk(project, model, on_ask="auto", overrides=rules) as at:
        calls = await at.calls(await at.say("go"))
    assert [made.status for made in calls] == ["denied", "denied"]
    assert "it may be bash curl → deny" in calls[0].output
    assert not (project / "a").exists()
