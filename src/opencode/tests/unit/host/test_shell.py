"""Commands as tools run them, with real bash, real processes and real signals."""

import asyncio
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from opencode.core.error import ToolError
from opencode.core.shell import Job, Outcome, Running
from opencode.host.shell import HostShell, find_shell
from opencode.host.wall.sandbox import Sandbox
from opencode.host.wall.views import Policy

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

Run = Callable[..., Awaitable[Outcome]]
Living = Callable[[], list[int]]

_DOUBLE_FORK = (
    "python3 -c 'import os,time\n"
    "if os.fork(): os._exit(0)\n"
    "os.setsid()\n"
    "if os.fork(): os._exit(0)\n"
    "time.sleep(60)'"
)
BACKGROUND = [
    "sleep 60 &",
    "(sleep 60 &)",
    "nohup sleep 60 >/dev/null 2>&1 &",
    "setsid sleep 60 &",
    "setsid -f sleep 60",
    "sleep 60 & disown",
    "bash -c 'sleep 60 &'",
    "sleep 60 </dev/null >/dev/null 2>&1 &",
    "{ sleep 60; echo late; } &",
    "coproc sleep 60",
    "sleep 60 | cat &",
    "exec 3>&1; sleep 60 >&3 &",
    'python3 -c \'import subprocess as s; s.Popen(["sleep", "60"], start_new_session=True)\'',
    _DOUBLE_FORK,
]


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.02)


async def test_output_and_exit_code_come_back(run: Run) -> None:
    outcome = await run("echo out; echo err >&2; exit 3")
    assert (outcome.code, outcome.output, outcome.size) == (3, "out\nerr\n", 8)
    assert outcome.log == ""
    assert outcome.left_running == ()


async def test_a_command_that_kills_itself_tells_the_signal(run: Run) -> None:
    assert (await run("kill -9 $$")).code == -signal.SIGKILL


async def test_every_form_of_background_start_returns_is_listed_and_dies_with_the_shell(
    run: Run, shell: HostShell, living: Living
) -> None:
    outcomes = await asyncio.gather(*(run(f"{form}\necho done") for form in BACKGROUND))
    for form, outcome in zip(BACKGROUND, outcomes, strict=True):
        assert (outcome.code, outcome.output) == (0, "done\n"), form
        assert set(outcome.left_running) & set(living()), form
    assert [job.code for job in shell.running("ses_one")] == [None] * len(BACKGROUND)
    await shell.close()
    assert living() == []


async def test_what_ends_by_itself_in_a_moment_is_not_called_left_running(run: Run) -> None:
    outcome = await run("sleep 0.05 & echo now")
    assert outcome.left_running == ()


async def test_a_job_left_running_goes_on_being_read_and_can_be_stopped(
    run: Run, shell: HostShell, living: Living
) -> None:
    await run("(sleep 0.4; echo later; sleep 60) & echo now")
    (job,) = shell.running("ses_one")
    await until(lambda: shell.running("ses_one")[0].size > len("now\n"))
    assert await shell.output(job.id) == ("now\nlater\n", 10)
    assert (await shell.stop(job.id)).code == 0
    assert living() == []


async def test_programs_that_want_a_person_fail_instead_of_waiting(
    run: Run, workspace: Path
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    server = HTTPServer(("127.0.0.1", port), Unauthorized)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    key = workspace / "key"
    subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "secret", "-f", key], check=True)
    programs = [
        "cat",
        "read answer",
        "python3 -c 'input()'",
        "python3 -c 'import getpass; getpass.getpass()'",
        "cat /dev/tty",
        "git add . ; git commit",
        f"git push http://127.0.0.1:{port}/x.git HEAD",
        "ssh-keygen -y -f key",
        "bash -i -c 'read x </dev/tty'",
        "select x in a b; do echo; done",
        "python3 -c 'import termios; termios.tcgetattr(0)'",
    ]
    outcomes = await asyncio.gather(*(run(program, timeout=20.0) for program in programs))
    await asyncio.to_thread(server.shutdown)
    server.server_close()
    for program, outcome in zip(programs, outcomes, strict=True):
        assert outcome.code is not None, program
    assert "terminal prompts disabled" in outcomes[6].output or outcomes[6].code
    assert (await run("git log | cat; man git | cat; echo $PAGER")).output.endswith("cat\n")


class Unauthorized(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="x"')
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        del format, args


async def test_a_timeout_keeps_what_was_printed_and_ends_every_process(
    run: Run, living: Living
) -> None:
    outcome = await run(f"echo before; {_DOUBLE_FORK}; setsid sleep 60 & sleep 60", timeout=0.6)
    assert outcome.code is None
    assert outcome.output == "before\n"
    assert living() == []


async def test_a_process_that_refuses_to_end_is_ended_by_force(run: Run, living: Living) -> None:
    outcome = await run("trap '' TERM INT HUP; echo stubborn; sleep 60 & wait; wait", timeout=0.3)
    assert outcome.code is None
    assert living() == []


async def test_a_cancelled_command_leaves_nothing(run: Run, living: Living) -> None:
    task = asyncio.create_task(run(f"{_DOUBLE_FORK}; trap '' TERM; setsid sleep 60 & sleep 60"))
    await until(lambda: len(living()) >= 4)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert living() == []


async def test_processes_that_fork_faster_than_they_can_be_counted_all_end(
    run: Run, living: Living
) -> None:
    chain = (
        "import os, time\n"
        "for _ in range(8):\n"
        "    if not os.fork(): break\n"
        "while True:\n"
        "    if os.fork(): os._exit(0)\n"
        "    os.setsid(); time.sleep(0.002)"
    )
    outcome = await run(f"python3 -c '{chain}'; sleep 60", timeout=0.7)
    assert outcome.code is None
    assert living() == []


async def test_killing_the_owner_leaves_no_process_behind(
    tmp_path: Path, workspace: Path, living: Living
) -> None:
    owner = (
        "import asyncio, os, sys\n"
        "from pathlib import Path\n"
        "from opencode.core.shell import Job\n"
        "from opencode.host.wall.sandbox import Sandbox\n"
        "from opencode.host.shell import HostShell\n"
        "from opencode.host.wall.views import Policy\n"
        "async def main():\n"
        "    here = Path(sys.argv[1])\n"
        "    shell = HostShell(Path(sys.argv[2]), os.environ, Sandbox(Policy((here,))))\n"
        "    for form in sys.argv[3:]:\n"
        "        for wall in ('none', shell.isolation):\n"
        "            await shell.spawn(Job(form + '\\nsleep 60', here, 's', isolation=wall))\n"
        "    print('ready', flush=True)\n"
        "    await shell.run(Job('sleep 60', here, 's'), print)\n"
        "asyncio.run(main())"
    )
    forms = [BACKGROUND[3], _DOUBLE_FORK]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", owner, str(workspace), str(tmp_path / "out"), *forms),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])},
    )
    assert process.stdout
    assert await process.stdout.readline() == b"ready\n"
    await until(lambda: len(living()) >= 10)
    process.kill()
    await process.communicate()
    await until(lambda: living() == [])
    await until(lambda: sorted(path.name for path in workspace.iterdir()) == [".git", "a.txt"])


async def test_killing_the_launcher_takes_the_command_along(
    run: Run, shell: HostShell, workspace: Path, living: Living
) -> None:
    job = await shell.spawn(Job("sleep 60 & sleep 60", workspace, "ses_one"))
    launcher = int(Path(f"/proc/{job.pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(launcher, signal.SIGKILL)
    await until(lambda: shell.running("ses_one")[0].code is not None)
    await until(lambda: living() == [])
    assert (await run("echo still here")).output == "still here\n"


async def test_a_kept_job_outlives_the_shell(
    workspace: Path, tmp_path: Path, living: Living
) -> None:
    shell = HostShell(tmp_path / "outputs", os.environ, Sandbox(Policy((workspace,))))
    job = await shell.spawn(Job("sleep 60", workspace, "ses_one"))
    shell.keep(job.id)
    await asyncio.sleep(0.2)
    await shell.close()
    assert job.pid in living()
    os.killpg(job.pid, signal.SIGKILL)
    await until(lambda: living() == [])


async def test_endless_output_is_bounded_in_memory_and_on_disk(run: Run) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcome = await run("echo first; head -c 150M /dev/zero | tr '\\0' x; echo; echo last")
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert outcome.size == 150 * 1024 * 1024 + 12
    assert len(outcome.output) < 60_000
    assert outcome.output.startswith("first\n")
    assert outcome.output.endswith("\nlast\n")
    assert Path(outcome.log).stat().st_size < 65 << 20
    assert (after - before) / 1024 < 50


async def test_long_output_is_whole_on_disk(run: Run) -> None:
    outcome = await run("seq 1 100000")
    assert Path(outcome.log).read_text() == "".join(f"{n}\n" for n in range(1, 100001))
    first, last = outcome.output.splitlines()[0], outcome.output.splitlines()[-1]
    assert (first, last) == ("1", "100000")
    assert "bytes left out" in outcome.output


async def test_binary_output_and_escapes_are_shown_safely(run: Run, workspace: Path) -> None:
    noise = random.Random(5).randbytes(20_000).replace(b"\x1b", b"")
    (workspace / "noise").write_bytes(noise)
    outcome = await run("cat noise; printf '\\n\\033[31mred\\033[0m \\033]0;title\\007x\\n'")
    assert outcome.output.endswith("red x\n")
    assert all(c in "\n\t" or c.isprintable() or ord(c) > 0x9F for c in outcome.output)
    assert json.loads(json.dumps(outcome.output)) == outcome.output


async def test_progress_shows_output_before_the_end(shell: HostShell, workspace: Path) -> None:
    seen: list[str] = []
    job = Job("for n in 1 2 3; do echo line $n; sleep 0.15; done", workspace, "s")
    await shell.run(job, seen.append)
    assert seen[0] == "line 1\n"
    assert seen[-1].endswith("line 3\n")
    assert len(seen) <= 5


async def test_keys_and_our_own_secrets_stay_out_of_the_environment(
    workspace: Path, tmp_path: Path
) -> None:
    ours = ("OPENCODE_SERVER_PASSWORD", "OPENAI_PROXY_API_KEY")
    env = {**os.environ, "SOME_KEY": "k", "KEPT": "yes", **dict.fromkeys(ours, "p")}
    env["BASH_ENV"] = "/nowhere"
    shell = HostShell(tmp_path, env, Sandbox(Policy((workspace,))), secrets=["SOME_KEY"])
    seen = (await shell.run(Job("env", workspace, "s"), lambda _: None)).output
    assert "KEPT=yes" in seen
    assert not {"SOME_KEY", *ours, "BASH_ENV"} & {
        line.partition("=")[0] for line in seen.splitlines()
    }
    launcher = (await shell.run(Job("cat /proc/$PPID/environ", workspace, "s"), print)).output
    assert "SOME_KEY" not in launcher


async def test_background_jobs_are_listed_read_in_pieces_and_stopped(
    workspace: Path, tmp_path: Path
) -> None:
    told: list[Running] = []
    sandbox = Sandbox(Policy((workspace,)))
    shell = HostShell(tmp_path / "o", os.environ, sandbox, changed=told.append)
    first = await shell.spawn(Job("seq 1 9000; echo end; exit 4", workspace, "one"))
    second = await shell.spawn(
        Job("trap 'echo bye; exit 7' TERM; sleep 60 & wait", workspace, "one")
    )
    await shell.spawn(Job("sleep 60", workspace, "two"))
    await until(lambda: shell.running("one")[1].code == 4)
    assert [job.id for job in shell.running("one")] == [second.id, first.id]
    text, offset = await shell.output(first.id)
    rest, end = await shell.output(first.id, offset)
    assert text + rest == "".join(f"{n}\n" for n in range(1, 9001)) + "end\n"
    assert end == shell.running("one")[1].size
    assert (await shell.stop(second.id)).code == 7
    assert (await shell.output(second.id))[0] == "bye\n"
    await shell.close("one")
    assert shell.running("two")[0].code is None
    await shell.close()
    assert {job.id for job in told if job.code is None} == {"job_1", "job_2", "job_3"}
    assert {job.id for job in told if job.code is not None} == {"job_1", "job_2", "job_3"}
    with pytest.raises(ToolError, match="job_9"):
        await shell.output("job_9")


async def test_what_cannot_be_started_says_why_and_the_shell_lives_on(
    run: Run, shell: HostShell, workspace: Path
) -> None:
    with pytest.raises(ToolError, match="does not exist"):
        await shell.run(Job("true", workspace / "none", "s"), lambda _: None)
    with pytest.raises(ToolError, match="Argument list too long"):
        await run("echo " + "x" * 200_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = len(list(Path("/proc/self/fd").iterdir()))
    resource.setrlimit(resource.RLIMIT_NOFILE, (used, hard))
    try:
        with pytest.raises(ToolError, match="No process could be started"):
            await run("true")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (await run("echo alive")).output == "alive\n"


def test_lines_run_in_the_shell_whose_grammar_judges_them(tmp_path: Path) -> None:
    assert Path(find_shell({"PATH": os.environ["PATH"], "SHELL": "/bin/zsh"})[0]).name == "bash"
    sh = tmp_path / "sh"
    sh.symlink_to("/bin/sh")
    assert find_shell({"PATH": str(tmp_path)}) == [str(sh), "-c"]
