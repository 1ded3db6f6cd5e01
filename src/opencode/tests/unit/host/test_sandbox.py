"""The wall, tried from inside with real programs; each kind that this machine offers."""

import asyncio
import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from opencode.core.error import ToolError
from opencode.core.shell import Job, Outcome
from opencode.host.shell import HostShell
from opencode.host.wall.private import sweep
from opencode.host.wall.sandbox import Kind, Sandbox
from opencode.host.wall.views import Plan, Policy, View
from opencode.host.wall.walls import seatbelt

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="tries the walls of Linux")

Inside = Callable[..., Awaitable[Outcome]]
STRONG: list[Kind] = ["bubblewrap", "namespaces"]

WRITES = [
    "echo x > a.txt",
    "echo x >> new.txt",
    "touch new.txt",
    "mkdir folder",
    "rm -f a.txt",
    "mv a.txt b.txt",
    "cp a.txt b.txt",
    "ln -s a.txt link",
    "ln a.txt hard",
    "sed -i s/one/two/ a.txt",
    "echo x | tee a.txt",
    "dd if=/dev/zero of=a.txt bs=1 count=1",
    "truncate -s 0 a.txt",
    "chmod 777 a.txt",
    "python3 -c \"open('a.txt', 'w').write('x')\"",
    "git add a.txt",
    "git -c user.name=a -c user.email=b commit --allow-empty -m x",
    "mkfifo pipe",
]

ATTACKS = [
    "echo x > {outside}/new",
    "echo x > {outside}/old",
    "rm {outside}/old",
    "ln -s {outside} way && echo x > way/new",
    "ln {outside}/old here && echo x > here",
    "mount -o remount,rw / && echo x > {outside}/old",
    "unshare -Urm sh -c 'mount -o remount,rw /; echo x > {outside}/old'",
    "echo x > .git/hooks/pre-commit",
    "rm -rf .git/hooks && mkdir .git/hooks",
    "mv .git/hooks .git/old",
    "mv .git other && mkdir -p .git/hooks",
    "git config core.fsmonitor ./evil",
    "echo '[core]' >> .git/config",
    "ln -sf ../evil .git/config",
    "echo x > .git/info/attributes",
    "echo x > opencode.toml",
    "rmdir opencode.json; echo x > opencode.json",
    "mkdir -p .opencode/agents && echo x > .opencode/agents/a.md",
    "mv .opencode x",
    "echo x > keep",
    "rm keep",
    "mv keep moved",
    "echo x > late",
    "mkdir late/inner",
]


def tree(folder: Path) -> str:
    """Names, kinds, modes and contents of everything below."""
    told = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        told.update(f"{path.relative_to(folder)} {path.lstat().st_mode}".encode())
        if path.is_file() and not path.is_symlink():
            told.update(path.read_bytes())
    return told.hexdigest()


@pytest.fixture(params=STRONG)
def kind(request: pytest.FixtureRequest, workspace: Path) -> Kind:
    sandbox = Sandbox(Policy((workspace,)), kinds=(request.param,))
    wall = sandbox.wall
    sandbox.close()
    if wall.kind != request.param:
        pytest.skip(f"this machine has no such wall: {', '.join(wall.refused)}")
    return request.param


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "auth.json"
    path.parent.mkdir()
    path.write_text("the key")
    return path


@pytest.fixture
async def inside(
    kind: Kind, workspace: Path, secret: Path, tmp_path: Path
) -> AsyncIterator[Inside]:
    policy = Policy(
        (workspace,), hidden=(secret,), protected=(workspace / "keep", workspace / "late")
    )
    (workspace / "keep").write_text("kept")
    async with walled(policy, kind, workspace, tmp_path) as run:
        yield run


class walled:
    """A shell behind one kind of wall."""

    def __init__(self, policy: Policy, kind: Kind, cwd: Path, folder: Path) -> None:
        self.sandbox = Sandbox(policy, kinds=(kind,))
        self.shell = HostShell(folder / "outputs", os.environ, self.sandbox)
        self.cwd = cwd

    async def __aenter__(self) -> Inside:
        async def run(command: str, **more: object) -> Outcome:
            given = {"isolation": "write-workspace", "timeout": 20.0, **more}
            return await self.shell.run(Job(command, self.cwd, "s", **given), lambda _: None)

        return run

    async def __aexit__(self, *_: object) -> None:
        await self.shell.close()


async def test_the_workspace_and_a_private_temporary_folder_can_be_written(
    inside: Inside, workspace: Path
) -> None:
    outcome = await inside("echo new > b.txt; mkdir c; mv b.txt c; echo t > /tmp/t; cat $TMPDIR/t")
    assert (outcome.code, outcome.output) == (0, "t\n")
    assert (workspace / "c" / "b.txt").read_text() == "new\n"
    assert not Path("/tmp/t").exists()
    assert (await inside("cat /tmp/t")).output == "t\n"


async def test_a_commit_works_and_leaves_no_trace_of_the_wall(
    inside: Inside, workspace: Path
) -> None:
    outcome = await inside(
        "git add -A && git -c user.name=a -c user.email=b commit -qm first && git status -s"
    )
    assert (outcome.code, outcome.output) == (0, "")
    listed = subprocess.run(
        ["git", "ls-files"], cwd=workspace, capture_output=True, text=True, check=True
    )
    assert listed.stdout.split() == ["a.txt", "keep"]
    assert sorted(path.name for path in workspace.iterdir()) == [".git", "a.txt", "keep"]


async def test_what_must_stay_as_it_is_stays(
    inside: Inside, workspace: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "old").write_text("old")
    guarded = [outside, workspace / ".git" / "hooks", workspace / ".git" / "info"]
    before = [tree(folder) for folder in guarded]
    config = (workspace / ".git" / "config").read_bytes()
    for attack in ATTACKS:
        outcome = await inside(attack.format(outside=outside))
        assert outcome.code, attack
        assert [tree(folder) for folder in guarded] == before, attack
        assert (workspace / ".git" / "config").read_bytes() == config, attack
        assert (workspace / "keep").read_text() == "kept", attack
        names = {"opencode.toml", "opencode.json", ".opencode", "late"}
        assert not names & {path.name for path in workspace.iterdir()}, attack


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root has files of others in its workspace"
)
async def test_root_changes_files_of_the_workspace_s_owner_and_of_nobody_else(
    workspace: Path, tmp_path: Path
) -> None:
    outside, others = tmp_path / "outside", workspace / "others"
    outside.mkdir()
    for path, words in ((workspace / "own", "own\n"), (others, "theirs"), (outside / "old", "old")):
        path.write_text(words)
        path.chmod(0o600)
    subprocess.run(["chown", "-R", "4321:4322", str(workspace)], check=True)
    os.chown(others, 4323, 4322)
    policy = Policy((workspace,), protected=(workspace / "keep", workspace / "late"))
    async with walled(policy, "namespaces", workspace, tmp_path) as run:
        done = await run("cat own && echo x >> own && chmod 644 own && rm a.txt && echo n > new")
        assert (done.code, done.output) == (0, "own\n")
        assert (await run("cat others")).code
        assert (await run("cat own", isolation="read-only")).output == "own\nx\n"
        assert (await run("echo x >> own", isolation="read-only")).code
        before = tree(outside), tree(workspace / ".git" / "hooks")
        for attack in ATTACKS:
            assert (await run(attack.format(outside=outside))).code, attack
            assert (tree(outside), tree(workspace / ".git" / "hooks")) == before, attack
    assert (workspace / "own").stat().st_uid == 4321
    assert others.read_text() == "theirs"
    sandbox = Sandbox(policy)
    assert sandbox.wall.kind == "namespaces"
    sandbox.close()


async def test_git_cannot_be_sent_to_another_config(inside: Inside, workspace: Path) -> None:
    await inside("mkdir evil; echo ../evil > .git/commondir")
    assert not (workspace / ".git" / "commondir").exists()


async def test_keys_cannot_be_read(inside: Inside, secret: Path, alone: Path) -> None:
    (alone / ".ssh").mkdir()
    (alone / ".ssh" / "id").write_text("private")
    (alone / ".netrc").write_text("password")
    outcome = await inside(f"cat {secret} ~/.netrc; cat ~/.ssh/id; ls -A ~/.ssh; ls /run")
    assert "the key" not in outcome.output
    assert "private" not in outcome.output
    assert "password" not in outcome.output
    assert (secret.read_text(), (alone / ".ssh" / "id").read_text()) == ("the key", "private")


async def test_the_machine_is_out_of_reach(inside: Inside) -> None:
    outcome = await inside(
        f"kill -0 {os.getpid()} && echo reached; cat /proc/{os.getpid()}/environ && echo read;"
        "echo x > /proc/sys/kernel/core_pattern && echo written;"
        "cat /dev/kmsg && echo seen; echo null > /dev/null && echo fine;"
        "grep -E 'NoNewPrivs|CapEff' /proc/self/status"
    )
    assert not {"reached", "read", "written", "seen"} & set(outcome.output.splitlines())
    assert "fine" in outcome.output
    assert "NoNewPrivs:\t1" in outcome.output
    assert "CapEff:\t0000000000000000" in outcome.output


async def test_no_way_leads_to_the_network_but_programs_inside_reach_each_other(
    inside: Inside,
) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(type=socket.SOCK_DGRAM) as udp,
    ):
        udp.bind(("127.0.0.1", 0))
        abstract = socket.socket(socket.AF_UNIX)
        abstract.bind("\0opencode-test")
        abstract.listen()
        port, datagrams = tcp.getsockname()[1], udp.getsockname()[1]
        routes = [
            f"echo x > /dev/tcp/127.0.0.1/{port}",
            f"python3 -c \"import socket as s; s.create_connection(('127.0.0.1', {port}))\"",
            f"python3 -c \"import socket as s; s.create_connection(('::ffff:127.0.0.1', {port}))\"",
            "python3 -c \"import socket as s; s.socket(s.AF_UNIX).connect('\\0opencode-test')\"",
            "python3 -c \"import socket as s; s.getaddrinfo('example.com', 80)\"",
            'python3 -c "import socket as s; s.socket(s.AF_PACKET, s.SOCK_RAW)"',
            "python3 -c \"import socket as s; s.create_connection(('1.1.1.1', 53), 2)\"",
        ]
        outcomes = await asyncio.gather(*(inside(route) for route in routes))
        await inside(f"echo x > /dev/udp/127.0.0.1/{datagrams}")
        assert all(outcome.code for outcome in outcomes)
        for listening in (tcp, udp, abstract):
            listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            tcp.accept()
        with pytest.raises(BlockingIOError):
            udp.recv(1)
        abstract.close()
    talk = (
        "import socket as s; a = s.create_server(('127.0.0.1', 0));"
        "s.create_connection(a.getsockname()); print('talked')"
    )
    assert (await inside(f'python3 -c "{talk}"')).output == "talked\n"


async def test_agents_that_only_read_change_nothing(inside: Inside, workspace: Path) -> None:
    before = tree(workspace)
    outcomes = await asyncio.gather(*(inside(w, isolation="read-only") for w in WRITES))
    assert [w for w, o in zip(WRITES, outcomes, strict=True) if not o.code] == []
    assert tree(workspace) == before
    seen = await inside(
        "cat a.txt; git status -s; echo x > /tmp/own; cat /tmp/own", isolation="read-only"
    )
    assert seen.output == "one\n?? a.txt\n?? keep\nx\n"


async def test_processes_inside_end_with_their_time_and_are_listed_when_left(
    inside: Inside,
) -> None:
    outcome = await inside("echo a; setsid sleep 60 & trap '' TERM; sleep 60", timeout=0.4)
    assert (outcome.code, outcome.output) == (None, "a\n")
    outcome = await inside("setsid sleep 60 & echo b")
    assert (outcome.code, outcome.output, len(outcome.left_running)) == (0, "b\n", 1)


async def test_two_commands_at_once_share_the_place_of_missing_files(
    inside: Inside, workspace: Path
) -> None:
    long = asyncio.create_task(inside("echo; sleep 0.6; echo x > opencode.toml"))
    await asyncio.sleep(0.25)
    assert (await inside("true")).code == 0
    assert (await long).code == 1
    assert not (workspace / "opencode.toml").exists()


async def test_what_was_allowed_beyond_the_workspace_is_open_for_that_command_alone(
    inside: Inside, tmp_path: Path, secret: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "old").write_text("old")
    attempt = f"cat {other}/old && echo x > {other}/new"
    assert (await inside(attempt)).code
    assert (await inside(attempt, readable=(other,))).output.startswith("old")
    assert not (other / "new").exists()
    assert (await inside(attempt, writable=(other / "new",))).code == 0
    assert (other / "new").read_text() == "x\n"
    assert "the key" not in (await inside(f"cat {secret}", writable=(secret,))).output


async def test_a_worktree_commits_through_its_real_git_folder(
    kind: Kind, workspace: Path, tmp_path: Path
) -> None:
    git = ["git", "-C", str(workspace), "-c", "user.name=a", "-c", "user.email=b"]
    subprocess.run([*git, "commit", "-qm", "x", "--allow-empty"], check=True)
    tree_folder = tmp_path / "tree"
    subprocess.run([*git, "worktree", "add", "-q", str(tree_folder)], check=True)
    async with walled(Policy((tree_folder,)), kind, tree_folder, tmp_path) as inside:
        commit = "git -c user.name=a -c user.email=b commit -qm y --allow-empty"
        assert (await inside(commit)).code == 0
        assert (await inside(f"echo x > {workspace}/.git/hooks/pre-commit")).code
        assert (await inside("echo gitdir: /tmp > .git")).code
        await inside(f"echo x > {workspace}/a.txt")
    assert (workspace / "a.txt").read_text() == "one\n"
    assert "y" in subprocess.run([*git, "log", "--all"], capture_output=True, text=True).stdout


async def test_a_git_file_that_names_a_foreign_folder_opens_nothing(
    kind: Kind, tmp_path: Path
) -> None:
    foreign = tmp_path / "foreign"
    workspace = tmp_path / "copied"
    for folder in (foreign, workspace):
        folder.mkdir()
    (workspace / ".git").write_text(f"gitdir: {foreign}\n")
    async with walled(Policy((workspace,)), kind, workspace, tmp_path) as inside:
        assert (await inside(f"echo x > {foreign}/new")).code
    assert list(foreign.iterdir()) == []


async def test_the_network_is_there_when_the_settings_allow_it(
    kind: Kind, workspace: Path, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        reach = f"echo x > /dev/tcp/127.0.0.1/{server.getsockname()[1]}"
        policy = Policy((workspace,), network=True)
        async with walled(policy, kind, workspace, tmp_path) as inside:
            assert (await inside(reach)).code == 0
            assert (await inside(reach, network=False)).code


async def test_landlock_walls_in_agents_that_only_read(workspace: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the key")
    policy = Policy((workspace,), hidden=(secret,))
    wall = walled(policy, "landlock", workspace, tmp_path)
    if wall.sandbox.wall.kind != "landlock":
        pytest.skip(f"this machine has no Landlock: {wall.sandbox.wall.refused}")
    assert wall.shell.isolation == "none"
    async with wall as inside:
        before = tree(workspace)
        routes = WRITES[:7]
        outcomes = [await inside(write, isolation="read-only") for write in routes]
        assert [w for w, o in zip(routes, outcomes, strict=True) if not o.code] == []
        assert tree(workspace) == before
        outcome = await inside(
            f"cat {secret}; echo x > $TMPDIR/a; cat $TMPDIR/a; echo > /dev/null;"
            'python3 -c "import socket; socket.socket()"',
            isolation="read-only",
        )
        assert outcome.code == 1
        assert "the key" not in outcome.output
        assert "x\n" in outcome.output
        assert "Operation not permitted" in outcome.output


async def test_where_no_wall_stands_only_read_only_commands_are_refused(
    workspace: Path, tmp_path: Path
) -> None:
    sandbox = Sandbox(Policy((workspace,)), kinds=())
    shell = HostShell(tmp_path / "outputs", os.environ, sandbox)
    assert (sandbox.wall.kind, shell.isolation) == ("none", "none")
    with pytest.raises(ToolError, match="sandbox"):
        await shell.run(Job("true", workspace, "s", isolation="read-only"), lambda _: None)
    await shell.close()


async def test_switched_off_it_still_stands_around_agents_that_only_read(
    kind: Kind, workspace: Path, tmp_path: Path
) -> None:
    sandbox = Sandbox(Policy((workspace,)), kinds=(kind,), enabled=False)
    shell = HostShell(tmp_path / "outputs", os.environ, sandbox)
    assert shell.isolation == "none"
    job = Job("touch new", workspace, "s", isolation="read-only")
    assert (await shell.run(job, lambda _: None)).code == 1
    await shell.close()


def test_a_bubblewrap_the_agent_could_have_written_is_not_used(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = workspace / "bwrap"
    fake.write_text("#!/bin/sh\ntouch pwned\nexit 0\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{workspace}:.")
    sandbox = Sandbox(Policy((workspace,)), kinds=("bubblewrap",))
    assert sandbox.wall.refused == ("bubblewrap: not there",)


def test_a_bubblewrap_that_is_forbidden_is_passed_over(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    forbidden = tmp_path / "bin" / "bwrap"
    forbidden.write_text("#!/bin/sh\necho 'bwrap: No permissions' >&2\nexit 1\n")
    forbidden.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    sandbox = Sandbox(Policy((workspace,)))
    assert sandbox.wall.kind != "bubblewrap"
    assert sandbox.wall.refused[0] == "bubblewrap: bwrap: No permissions"
    sandbox.close()


def test_the_profile_for_macos_denies_after_it_allows(tmp_path: Path) -> None:
    odd = tmp_path / 'a"b'
    views = [View(odd, "write", odd), View(odd / ".git/hooks", "read", odd / ".git/hooks")]
    program, _, profile = seatbelt(Plan(views, [], [], network=False))
    quoted = str(odd).replace('"', '\\"')
    assert program == "/usr/bin/sandbox-exec"
    assert profile.splitlines()[-3:] == [
        f'(allow file-write* (subpath "{quoted}"))',
        f'(deny file-write* (subpath "{quoted}/.git/hooks"))',
        "(deny network*)",
    ]


def test_private_folders_go_also_when_their_owner_was_killed(workspace: Path) -> None:
    make = (
        "import os, signal; from opencode.host.wall.private import PrivateFolder\n"
        "print(PrivateFolder().path, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
    killed = subprocess.run(
        [sys.executable, "-c", make], capture_output=True, text=True, env=env, check=False
    )
    orphan = Path(killed.stdout.strip())
    sandbox = Sandbox(Policy((workspace,)))
    own = sandbox.temp
    assert orphan.is_dir()
    for folder in (orphan, own):
        os.utime(folder, (0, 0))
    sweep()
    assert (orphan.exists(), own.exists()) == (False, True)
    sandbox.close()
    assert not own.exists()
