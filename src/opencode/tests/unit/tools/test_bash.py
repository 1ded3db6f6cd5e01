"""bash as the model sees it: real commands through the tool, real rules for what they need."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import pytest

from opencode.core.agent import Agent
from opencode.core.error import ToolError
from opencode.core.files import Coverage
from opencode.core.message import ToolPart
from opencode.core.place import Place
from opencode.core.session import new_session
from opencode.core.tool import ToolContext, ToolResult
from opencode.host.shell import HostShell
from opencode.host.wall.sandbox import Sandbox
from opencode.host.wall.views import Policy
from opencode.tools.bash import Bash, BashInput
from opencode.tools.process import Process

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs bash")


@dataclass
class WatchedFiles:
    """Stands for the undo journal: notes which folders were watched."""

    reasons: list[str] = field(default_factory=list)
    watched: list[Path] = field(default_factory=list)

    @asynccontextmanager
    async def around(self, folder: Path) -> AsyncIterator[Coverage]:
        coverage = Coverage()
        yield coverage
        self.watched.append(folder)
        coverage.uncovered.extend(self.reasons)


@pytest.fixture
async def context(project: Path, tmp_path: Path) -> AsyncIterator[ToolContext]:
    shell = HostShell(tmp_path / "outputs", os.environ, Sandbox(Policy((project,))))
    kept: dict[str, bytes] = {}

    def scratch(name: str, content: bytes) -> str:
        kept[name] = content
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    given: dict[str, Any] = {
        "place": Place(project),
        "session": new_session(str(project)),
        "agent": Agent("build"),
        "call": ToolPart("call_1", "bash"),
        "files": WatchedFiles(),
        "shell": shell,
        "progress": lambda _: None,
        "scratch": scratch,
    }
    needed = (item.name for item in fields(ToolContext) if item.default is MISSING)
    missing = {name: None for name in needed if name not in given}
    yield ToolContext(**given, **missing)
    await shell.close()


@pytest.fixture
def bash(context: ToolContext) -> Callable[..., Awaitable[str]]:
    async def run(command: str, **more: object) -> str:
        tool = Bash()
        return (await tool.run(tool.parse({"command": command, **more}), context)).output

    return run


Run = Callable[..., Awaitable[str]]


async def process(context: ToolContext, **input: object) -> ToolResult:
    tool = Process()
    return await tool.run(tool.parse(input), context)


async def test_the_model_is_told_the_output_and_the_exit_code(bash: Run) -> None:
    *output, ending = (await bash("echo hello; exit 3")).splitlines()
    assert output == ["hello"]
    assert ending.startswith("[exit 3, ")
    assert (await bash("true")).startswith("[exit 0, ")


async def test_a_timeout_is_told_with_what_was_printed_and_a_way_out(bash: Run) -> None:
    told = await bash("echo before; sleep 60", timeout=0.3)
    assert told.startswith("before\n[timed out after 0.3 s")
    assert "background: true" in told


async def test_a_folder_can_be_named_and_must_exist(bash: Run, project: Path) -> None:
    (project / "a b").mkdir()
    assert (await bash("pwd", cwd="a b")).startswith(f"{project.resolve()}/a b\n")
    with pytest.raises(ToolError, match="none does not exist"):
        await bash("true", cwd="none")


async def test_what_changes_something_is_watched_for_undo_and_gaps_are_told(
    bash: Run, context: ToolContext, project: Path
) -> None:
    files = context.files
    assert isinstance(files, WatchedFiles)
    files.reasons.append("big.bin is larger than 1 MB")
    assert "not undoable" not in await bash("ls -la && git --version")
    assert files.watched == []
    told = await bash("echo x > new")
    assert told.endswith("[not undoable: big.bin is larger than 1 MB]")
    assert files.watched == [project]


async def test_long_output_keeps_both_ends_and_says_where_the_whole_is(bash: Run) -> None:
    told = await bash("seq 1 3000")
    assert told.startswith("1\n2\n")
    assert "\n3000\n[exit 0, " in told
    whole = told.split("the whole is in ")[1].split(" ...]")[0]
    assert Path(whole).read_text() == "".join(f"{n}\n" for n in range(1, 3001))
    told = await bash("seq 1 100000")
    assert len(told.encode()) < 55_000
    log = told.rpartition("bytes of output in ")[2].rstrip("]")
    assert Path(log).read_text().endswith("99999\n100000\n")


async def test_what_is_left_running_is_told_with_the_job_that_stops_it(
    bash: Run, context: ToolContext
) -> None:
    told = await bash("sleep 60 & echo started")
    assert "[left running: pid " in told
    assert "as job_1; see the process tool]" in told
    assert "job_1 ended by signal 15" not in (await process(context, action="list")).output
    stopped = await process(context, action="stop", id="job_1")
    assert stopped.output.startswith("[job_1 ended with exit 0")


async def test_background_jobs_are_listed_read_on_and_stopped(
    bash: Run, context: ToolContext
) -> None:
    told = await bash("for n in 1 2 3; do echo line $n; done; sleep 60", background=True)
    assert told.startswith("[running in the background as job_1, pid ")
    read = await process(context, action="read", id="job_1")
    while "line 3" not in read.output:
        await asyncio.sleep(0.02)
        read = await process(context, action="read", id="job_1")
    assert read.output == "line 1\nline 2\nline 3\n[job_1 running; more from offset 21]"
    again = await process(context, action="read", id="job_1", offset=21)
    assert again.output == "[job_1 running; more from offset 21]"
    assert "running" in (await process(context, action="list")).output
    stopped = await process(context, action="stop", id="job_1")
    assert stopped.output == "[job_1 ended by signal 15]"
    with pytest.raises(ToolError, match="job_1"):
        await process(context, action="read", id="job_7")


async def test_jobs_of_other_sessions_do_not_exist(bash: Run, context: ToolContext) -> None:
    await bash("sleep 60", background=True)
    other = replace(context, session=new_session("elsewhere"))
    assert (await process(other, action="list")).output == "No background jobs."
    with pytest.raises(ToolError, match="there are: none"):
        await process(other, action="stop", id="job_1")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a wall")
async def test_an_agent_that_only_reads_changes_nothing(
    context: ToolContext, project: Path
) -> None:
    plan = replace(context, agent=Agent("plan", read_only=True))
    told = (await Bash().run(BashInput("touch new; ls"), plan)).output
    assert "Read-only file system" in told or "Permission denied" in told
    assert "only the workspace can be written" not in told
    assert list(project.iterdir()) == []


async def test_a_failure_the_sandbox_caused_names_its_setting(
    bash: Run, context: ToolContext
) -> None:
    if context.shell.isolation == "none":
        pytest.skip("this machine has no strong wall: opencode debug sandbox tells why")
    told = await bash("echo x > /dev/tcp/192.0.2.1/80")
    assert "[sandbox] network = true" in told, told
    assert "only the workspace can be written" in await bash(
        "python3 -c \"open('/usr/' + 'new', 'w')\""
    )


def test_every_command_of_the_line_is_asked_for_from_the_folder_it_runs_in(project: Path) -> None:
    (project / "sub").mkdir()
    place = Place(project)
    asked = Bash().requests(BashInput("echo x > a.txt && rm b.txt", cwd="sub"), place)
    found = {(one.action, one.target) for one in asked}
    assert {("edit", "sub/a.txt"), ("rm", "sub/b.txt")} <= found
    outside = Bash().requests(BashInput("cat x", cwd="/etc"), place)
    assert any(one.action == "outside" for one in outside)


@pytest.mark.parametrize(
    ("command", "effects"),
    [("ls -la", False), ("git status && cat a.txt", False), ("rm a", True), ("make", True)],
)
def test_only_lines_known_to_be_harmless_have_no_effects(
    project: Path, command: str, effects: bool
) -> None:
    assert Bash().has_effects(BashInput(command), Place(project)) is effects
    assert Bash().has_effects(BashInput("ls", background=True), Place(project))


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({}, 120),
        ({"timeout": 5}, 5),
        ({"timeout": 120_000}, 120),
        ({"timeout": 5000}, 3600),
        ({"timeout_ms": 1500}, 1.5),
        ({"timeout": 0}, 120),
    ],
)
def test_a_timeout_in_milliseconds_is_understood_where_nothing_else_can_be_meant(
    given: dict[str, float], seconds: float
) -> None:
    assert Bash().parse({"command": "ls", **given}).timeout == seconds


def test_what_the_model_sees_is_short() -> None:
    bash, process = Bash().spec(), Process().spec()
    assert set(bash.schema["properties"]) == {"command", "timeout", "background", "cwd"}
    assert bash.schema["required"] == ["command"]
    assert set(process.schema["properties"]) == {"action", "id", "offset"}
