import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from opencode.core.error import ServerStartError, ToolError
from opencode.lsp.intel import Intel
from opencode.lsp.servers import Servers
from opencode.tests.fakes import toy_language_server

TOY = str(Path(toy_language_server.__file__))


@asynccontextmanager
async def toy(
    project: Path, *odd: str, **settings: Any
) -> AsyncGenerator[tuple[Intel, Servers, list[str]]]:
    heard: list[str] = []
    own = {"command": [sys.executable, TOY, *odd], **settings.pop("python", {})}
    servers = Servers(
        project,
        {"python": own, **settings},
        dict(os.environ),
        lambda name, state, detail: heard.append(state),
        lambda path, name: None,
    )
    try:
        yield Intel(servers), servers, heard
    finally:
        await servers.close()
        assert servers.all_running() == []


def file(project: Path, name: str, text: str) -> Path:
    path = project / name
    path.write_text(text, newline="")
    return path


@pytest.mark.parametrize("way", ["push", "pull", "late"])
async def test_diagnostics_are_of_the_file_as_it_is_now(project: Path, way: str) -> None:
    path = file(project, "a.py", "x\n😀 BUG\n")
    async with toy(project, way) as (intel, _, heard):
        found = await intel.diagnostics(path, 10)
        assert found.ready
        assert [(d.line, d.severity, d.code) for d in found.items] == [(2, "error", "7")]
        for text in ("x\n😀 fine\n", "x\r\n😀 BUG\r\nBUG", "", "BUG"):
            file(project, "a.py", text)
            found = await intel.diagnostics(path, 10)
            assert (found.ready, len(found.items)) == (True, text.count("BUG"))
        assert heard == ["starting", "running"]


@pytest.mark.parametrize("way", ["push", "pull"])
async def test_not_ready_is_not_clean_and_late_ones_come_later(project: Path, way: str) -> None:
    path = file(project, "a.py", "fine\n")
    async with toy(project, way, "slow=0.3") as (intel, _, _):
        await intel.diagnostics(path, 10)
        file(project, "a.py", "BUG\n")
        soon = await intel.soon(path, 0.05)
        assert soon
        assert not soon.ready
        later = await intel.soon(path, 10)
        assert later
        assert (later.ready, len(later.items)) == (True, 1)


async def test_what_others_did_to_a_file_it_was_shown_is_shown_with_the_next_question(
    project: Path,
) -> None:
    one, two = file(project, "a.py", "x\n"), file(project, "b.py", "y\n")
    async with toy(project) as (intel, servers, _):
        await intel.diagnostics(one, 10)
        await intel.diagnostics(two, 10)
        file(project, "a.py", "checked out\n")
        await intel.diagnostics(two, 10)
        client, _ = await servers.client(two)
        said = await client.wire.ask("toy/said", {}, 10)
        assert said[one.as_uri()] == "checked out\n"
        one.unlink()
        await intel.diagnostics(two, 10)
        assert client.shown == [two]


async def test_its_questions_are_answered_and_odd_messages_harm_nobody(project: Path) -> None:
    path = file(project, "a.py", "x\n")
    async with toy(project, python={"settings": {"toy": {"depth": 3}}}) as (intel, servers, _):
        await intel.diagnostics(path, 10)
        client, _ = await servers.client(path)
        said = await client.wire.ask("toy/said", {}, 10)
        assert said["settings"] == "[3, null]"
        assert "-32601" in said["refused"]
        assert "edits are made by request only" in said["edit"]
        with pytest.raises(ToolError, match="no toy/nothing"):
            await client.wire.ask("toy/nothing", {}, 10)


async def test_an_answer_of_an_unknown_form_costs_that_answer_and_no_more(project: Path) -> None:
    path = file(project, "a.py", "x\n")
    async with toy(project, "odd") as (intel, _, heard):
        assert await intel.hover(path, 1, 1) == ""
        assert await intel.completion(path, 1, 1) == ["one", "two number"]
        assert [(s.name, s.kind) for s in await intel.symbols(path)] == [("f", "function")] * 2
        for asked in (intel.references(path, 1, 1), intel.rename(path, 1, 1, "y")):
            with pytest.raises(ToolError, match="in an unknown form"):
                await asked
        assert len(await intel.definition(path, 1, 1)) == 1
        assert heard == ["starting", "running"]


async def test_who_waits_no_longer_tells_the_server_so(project: Path) -> None:
    path = file(project, "a.py", "x\n")
    async with toy(project) as (_, servers, _):
        client, _ = await servers.client(path)
        with pytest.raises(ToolError, match="did not answer toy/wait in"):
            await client.wire.ask("toy/wait", {}, 0.05)
        asked = asyncio.create_task(client.wire.ask("toy/wait", {}, 10))
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert len((await client.wire.ask("toy/said", {}, 10))["cancelled"].split()) == 2


async def test_a_server_that_dies_is_started_again_at_most_three_times(project: Path) -> None:
    path = file(project, "a.py", "x\n")
    async with toy(project, "dies") as (intel, _, heard):
        for _ in range(4):
            with pytest.raises(ToolError, match="has ended"):
                await intel.definition(path, 1, 1)
        with pytest.raises(ServerStartError, match=r"ended 4 times.*I am dying"):
            await intel.definition(path, 1, 1)
        assert heard.count("running") == 4


async def test_a_server_that_never_answers_is_given_up_and_gone(project: Path) -> None:
    path = file(project, "a.py", "x\n")
    async with toy(project, "mute", timeout=0.5) as (intel, servers, _):
        with pytest.raises(ServerStartError, match="did not answer initialize"):
            await intel.definition(path, 1, 1)
        assert servers.all_running() == []


async def test_whoever_waits_may_go_and_the_start_goes_on(project: Path) -> None:
    path = file(project, "a.py", "BUG\n")
    async with toy(project) as (intel, servers, heard):
        first = await intel.soon(path, 0.0)
        assert first
        async with asyncio.timeout(20):
            while not servers.all_running():
                await asyncio.sleep(0.01)
        found = await intel.soon(path, 10)
        assert found
        assert len(found.items) == 1
        assert heard == ["starting", "running"]


async def test_settings_decide_what_starts(project: Path) -> None:
    path = file(project, "a.py", "x\n")
    async with toy(project, auto_start=False) as (intel, servers, heard):
        assert await intel.soon(path, 1) is None
        assert heard == []
        await intel.diagnostics(path, 10)
        assert await intel.soon(path, 10)
    async with toy(project, enabled=False) as (intel, servers, _):
        assert not servers.is_usable()
        with pytest.raises(ServerStartError, match="switched off"):
            await intel.diagnostics(path, 1)


async def test_a_missing_server_names_how_to_install_it(project: Path) -> None:
    servers = Servers(project, {}, {"PATH": str(project)}, lambda *_: None, lambda *_: None)
    for name, hint in (("a.go", "go install"), ("a.rs", "rustup"), ("a.ts", "npm install")):
        with pytest.raises(ServerStartError, match="is installed") as told:
            await Intel(servers).diagnostics(file(project, name, ""), 1)
        assert hint in told.value.hint
    with pytest.raises(ServerStartError, match="No language server is known"):
        await Intel(servers).diagnostics(file(project, "a.unknown", ""), 1)


async def test_one_server_a_root_and_nothing_of_the_project_is_started(project: Path) -> None:
    (project / "inner").mkdir()
    (project / "inner/pyproject.toml").write_text("")
    (project / "gopls").write_text("#!/bin/sh\ntouch started\n")
    (project / "gopls").chmod(0o755)
    outer, inner = file(project, "a.py", ""), file(project / "inner", "b.py", "")
    async with toy(project) as (intel, servers, heard):
        await asyncio.gather(*(intel.diagnostics(path, 10) for path in (outer, inner, outer)))
        assert heard.count("running") == 2
        roots = {state.root for state in intel.states() if state.state == "running"}
        assert roots == {str(project), str(project / "inner")}
    servers = Servers(project, {}, {"PATH": str(project)}, lambda *_: None, lambda *_: None)
    assert not servers.knows(project / "x.go")
