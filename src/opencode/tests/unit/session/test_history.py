import asyncio
import os
import stat
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from opencode.core.error import StaleFile, ToolError
from opencode.core.files import Change, Coverage
from opencode.session.undo.blobs import digest
from opencode.session.undo.history import FileHistory
from opencode.session.undo.path_locks import PathLocks


class Work:
    """A project and the history of one session in it."""

    def __init__(self, tmp_path: Path, project: Path, session: str = "ses_a", **more: int) -> None:
        self.data, self.project = tmp_path / "data", project
        self.told: list[str] = []
        self.files = FileHistory(
            self.data, project, session, locks=PathLocks(), tell=self.told.append, **more
        )

    def put(self, name: str, text: str) -> Path:
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    async def edit(self, name: str, text: str | None) -> None:
        path = self.project / name
        before = digest(path.read_bytes()) if path.exists() else ""
        await self.files.apply([Change(path, before, None if text is None else text.encode())])

    def tree(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.project).as_posix(): path.read_bytes()
            for path in sorted(self.project.rglob("*"))
            if path.is_file() and ".git" not in path.parts
        }

    @asynccontextmanager
    async def shell(self, line: str) -> AsyncGenerator[Coverage]:
        async with self.files.around(self.project) as coverage:
            subprocess.run(["bash", "-c", line], cwd=self.project, check=True, capture_output=True)
        yield coverage

    def git(self, line: str) -> None:
        subprocess.run(f"git {line}", cwd=self.project, check=True, capture_output=True, shell=True)


@pytest.fixture
def work(tmp_path: Path, project: Path) -> Work:
    return Work(tmp_path, project)


async def test_undo_and_redo_bring_every_byte_back(work: Work) -> None:
    work.put("a.txt", "one")
    before = work.tree()
    work.files.begin("p1")
    await work.edit("a.txt", "two")
    await work.edit("deep/new/b.txt", "b")
    await work.edit("a.txt", "three")
    after = work.tree()
    undone = await work.files.undo(["p1"])
    assert (undone.restored, undone.conflicts) == (["a.txt", "deep/new/b.txt"], [])
    assert work.tree() == before
    assert not (work.project / "deep").exists()
    redone = await work.files.undo([undone.change])
    assert work.tree() == after
    await work.files.undo([redone.change])
    assert work.tree() == before


async def test_undo_works_for_the_next_process_without_git(work: Work, tmp_path: Path) -> None:
    work.files.begin("p1")
    await work.edit("a.txt", "new")
    await work.files.close()
    again = Work(tmp_path, work.project)
    assert (await again.files.undo(["p1"])).restored == ["a.txt"]
    assert work.tree() == {}


async def test_what_somebody_else_changed_since_is_never_overwritten(
    work: Work, tmp_path: Path
) -> None:
    work.put("a", "a0"), work.put("b", "b0")
    other = Work(tmp_path, work.project, "ses_other")
    work.files.begin("p1")
    other.files.begin("q1")
    await work.edit("a", "a1")
    await other.edit("b", "b1")
    work.put("c", "person")
    work.put("a", "a1 and a person's words")
    undone = await work.files.undo(["p1"])
    assert (undone.restored, undone.conflicts) == ([], ["a"])
    assert work.tree() == {"a": b"a1 and a person's words", "b": b"b1", "c": b"person"}


async def test_a_change_between_two_of_ours_stays(work: Work) -> None:
    work.put("a", "0")
    work.files.begin("p1")
    await work.edit("a", "1")
    work.files.remember(work.put("a", "person"), b"person")
    await work.edit("a", "person and 2")
    undone = await work.files.undo(["p1"])
    assert undone.conflicts == ["a"]
    assert work.tree() == {"a": b"person"}


async def test_an_edit_of_a_file_changed_since_it_was_read_is_refused(work: Work) -> None:
    path = work.put("a", "one")
    data = await work.files.read(path)
    assert work.files.seen(path) is None
    work.files.remember(path, data)
    assert work.files.seen(path) == digest(data)
    work.put("a", "person")
    with pytest.raises(StaleFile, match="changed by somebody else"):
        await work.files.apply([Change(path, digest(data), b"mine")])
    with pytest.raises(StaleFile):
        await work.files.apply([Change(path, digest(b"person"), b"mine")])
    await work.files.apply([Change(path, digest(b"person"), b"mine")], guard=False)
    with pytest.raises(StaleFile, match="exists already"):
        await work.files.apply([Change(path, "", b"new")])
    assert path.read_bytes() == b"mine"


async def test_a_file_glanced_at_is_guarded_without_being_read(work: Work) -> None:
    path = work.put("a", "one")
    await work.files.glance(path)
    assert work.files.seen(path) == digest(b"one")
    await work.files.glance(path)
    work.put("a", "longer than one")
    assert work.files.seen(path) not in (digest(b"one"), digest(b"longer than one"), None)
    with pytest.raises(StaleFile):
        await work.files.apply([Change(path, digest(b"longer than one"), b"x")])


@pytest.mark.skipif(os.name == "nt", reason="needs /dev/full and modes")
async def test_of_several_changes_all_or_none_are_made(work: Work) -> None:
    work.put("a", "a0")
    (work.project / "file").write_text("not a folder")
    before = work.tree()
    changes = [
        Change(work.project / "a", digest(b"a0"), b"a1"),
        Change(work.project / "new" / "b", "", b"b"),
        Change(work.project / "file" / "c", "", b"c"),
    ]
    with pytest.raises(ToolError, match="Nothing was changed"):
        await work.files.apply(changes)
    assert work.tree() == before
    assert not (work.project / "new").exists()
    assert (await work.files.undo(["loose"])).restored == []


async def test_modes_and_links_survive_edit_and_undo(work: Work) -> None:
    path = work.put("run.sh", "one")
    path.chmod(0o755)
    (work.project / "link").symlink_to("run.sh")
    work.files.begin("p1")
    await work.edit("link", "two")
    assert (work.project / "link").is_symlink()
    assert path.read_text() == "two"
    await work.files.remove(path)
    await work.files.remove(work.project / "link")
    assert work.tree() == {}
    await work.files.undo(["p1"])
    assert path.read_text() == "one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o755
    assert (work.project / "link").readlink() == Path("run.sh")


async def test_a_removed_folder_comes_back_with_edits_before_and_after(work: Work) -> None:
    work.put("d/x", "x0"), work.put("d/sub/y", "y0")
    before = work.tree()
    work.files.begin("p1")
    await work.edit("d/x", "x1")
    await work.files.remove(work.project / "d")
    assert work.tree() == {}
    await work.edit("d/x", "a new x")
    after = work.tree()
    undone = await work.files.undo(["p1"])
    assert undone.conflicts == []
    assert work.tree() == before
    await work.files.undo([undone.change])
    assert work.tree() == after


async def test_a_removed_folder_does_not_push_away_what_stands_there_now(work: Work) -> None:
    work.put("d/x", "x0")
    work.files.begin("p1")
    await work.files.remove(work.project / "d")
    work.put("d/other", "person")
    undone = await work.files.undo(["p1"])
    assert undone.conflicts == ["d"]
    assert work.tree() == {"d/other": b"person"}


async def test_the_project_itself_is_not_removed(work: Work) -> None:
    with pytest.raises(ToolError):
        await work.files.remove(work.project)
    with pytest.raises(FileNotFoundError):
        await work.files.remove(work.project / "nothing")


async def test_names_with_any_bytes_are_changed_and_undone(work: Work) -> None:
    names = ["with\nnewline", "-dash", '"quote"', "ü" * 100, "e\u0301"]
    if os.name != "nt":
        names.append(os.fsdecode(b"\xff\xfe latin"))
    work.files.begin("p1")
    for name in names:
        await work.edit(name, "text")
    assert len(work.tree()) == len(names)
    async with work.shell('for f in *; do echo more >> "$f"; done') as coverage:
        assert len(coverage.changed) == len(names)
    await work.files.undo(["p1"])
    assert work.tree() == {}


@pytest.mark.parametrize("with_git", [True, False])
async def test_what_a_shell_command_did_is_undone(work: Work, with_git: bool) -> None:
    (
        work.put("kept", "k"),
        work.put("clean", "c0"),
        work.put("dirty", "d0"),
        work.put("go/gone", "g"),
    )
    work.put("run.sh", "#!/bin/sh\n")
    if with_git:
        work.put(".gitignore", ".env\n")
        work.git("init"), work.git("add ."), work.git("commit -m first")
    work.put("dirty", "d1"), work.put("untracked", "u0"), work.put(".env", "KEY=1")
    before = work.tree()
    work.files.begin("p1")
    line = (
        "echo c1 > clean; echo d2 > dirty; rm -r go; echo n > new; mkdir m; mv untracked m/;"
        " chmod +x run.sh; rm .env"
    )
    async with work.shell(line) as coverage:
        assert coverage.uncovered == []
    wanted = {"clean", "dirty", "go/gone", "new", "untracked", "m/untracked", "run.sh", ".env"}
    assert set(coverage.changed) == wanted
    after = work.tree()
    undone = await work.files.undo(["p1"])
    assert undone.conflicts == []
    assert work.tree() == before
    assert not os.access(work.project / "run.sh", os.X_OK)
    await work.files.undo([undone.change])
    assert work.tree() == after


@pytest.mark.parametrize(
    "verb", ["clean -fdx", "reset --hard", "checkout -f .", "stash -u", "rm -rf --cached -q . "]
)
async def test_what_git_threw_away_comes_back(work: Work, verb: str) -> None:
    work.put("a", "a0"), work.put(".gitignore", "ignored\nbuild/\n")
    work.git("init"), work.git("add ."), work.git("commit -m first")
    work.put("a", "a1"), work.put("ignored", "precious"), work.put("build/out", "o")
    work.put("untracked", "u")
    before = work.tree()
    work.files.begin("p1")
    async with work.shell(f"git {verb}") as coverage:
        pass
    assert not [told for told in coverage.uncovered if "history" not in told]
    await work.files.undo(["p1"])
    assert work.tree() == before


async def test_an_undo_nobody_heard_of_is_told_again_and_can_be_brought_again(work: Work) -> None:
    """The program was killed after the files went back, before the conversation did."""
    work.put("a", "a0")
    work.files.begin("p1")
    await work.edit("a", "a1")
    first = await work.files.undo(["p1"])
    again = await work.files.undo(["p1"])
    assert (again.change, again.restored) == (first.change, [])
    assert (await work.files.undo([again.change])).restored == ["a"]
    assert work.tree() == {"a": b"a1"}


async def test_undo_covers_a_command_in_whose_middle_the_program_was_killed(
    work: Work, tmp_path: Path
) -> None:
    work.put("a", "a0"), work.put("b", "b0"), work.put("c", "c0")
    work.git("init"), work.git("add a b")
    work.files.begin("p1")
    killed = work.files.around(work.project)
    await killed.__aenter__()
    work.put("a", "a1"), work.put("n", "new"), (work.project / "b").unlink()
    os.utime(work.put("c", "by a person, later"), (2**31, 2**31))
    next_one = Work(tmp_path, work.project)
    undone = await next_one.files.undo(["p1"])
    assert work.tree() == {"a": b"a0", "b": b"b0", "c": b"by a person, later"}
    assert undone.conflicts == ["c"]
    assert (await next_one.files.undo([undone.change])).restored == ["a", "b", "n"]
    await killed.__aexit__(None, None, None)


async def test_a_commit_changes_no_file_and_is_said_to_stay(work: Work) -> None:
    work.put("a", "a0")
    work.git("init"), work.git("add ."), work.git("commit -m first")
    work.put("a", "a1")
    async with work.shell("git commit -am second") as coverage:
        pass
    assert coverage.changed == []
    assert "history moved" in coverage.uncovered[0]


async def test_what_is_too_large_is_announced_before_and_named_after(work: Work) -> None:
    work.put("big", "x" * 1_000_001)
    async with work.files.around(work.project) as coverage:
        assert "big" in coverage.uncovered[0]
        work.put("big", "y" * 1_000_001)
    assert coverage.changed == ["big"]
    assert "big" in coverage.uncovered[0]
    async with work.shell("true") as quiet:
        assert quiet.uncovered == []


@pytest.mark.parametrize("ignored", [None, "", "node_modules\n__pycache__\n"])
async def test_installed_packages_are_not_copied_and_their_change_is_said(
    work: Work, ignored: str | None
) -> None:
    work.put("node_modules/a/index.js", "x")
    work.put("__pycache__/a.pyc", "x")
    if ignored is not None:
        work.put(".gitignore", ignored)
        work.git("init")
    async with work.shell("touch node_modules/b; touch __pycache__/b") as coverage:
        pass
    assert coverage.changed == []
    assert coverage.uncovered == ["node_modules/ was changed and is never copied."]


async def test_a_cache_that_ignores_itself_is_no_change(work: Work) -> None:
    work.git("init")
    made = "mkdir -p .pytest_cache/v/cache; cd .pytest_cache; echo '*' > .gitignore"
    async with work.shell(f"{made}; touch v/cache/nodeids") as coverage:
        pass
    assert (coverage.changed, coverage.uncovered) == ([], [])


async def test_a_command_in_a_subfolder_is_watched_in_the_whole_project(work: Work) -> None:
    work.put("sub/a", "a"), work.put("b", "b")
    work.files.begin("p1")
    async with work.files.around(work.project / "sub") as coverage:
        work.put("b", "b1"), work.put("sub/a", "a1")
    assert set(coverage.changed) == {"b", "sub/a"}
    await work.files.undo(["p1"])
    assert work.tree() == {"b": b"b", "sub/a": b"a"}


async def test_what_tools_removed_is_thrown_away_after_thirty_days(
    work: Work, tmp_path: Path
) -> None:
    work.put("d/x", "x0"), work.put("e/x", "x1")
    await work.files.remove(work.project / "d")
    await work.files.remove(work.project / "e")
    await work.files.close()
    kept = next(work.data.rglob("d")).parent
    os.utime(kept, (0, 0))
    again = Work(tmp_path, work.project)
    assert (await again.files.undo(["loose"])).restored == ["e"]
    assert not kept.exists()


async def test_a_home_folder_is_never_copied(work: Work, alone: Path) -> None:
    (alone / "private").write_text("x")
    async with work.files.around(alone) as coverage:
        assert "never copied" in coverage.uncovered[0]
        (alone / "private").write_text("y")
    assert coverage.changed == []
    assert not list(work.data.rglob("blobs"))


async def test_a_tool_beside_a_shell_command_keeps_its_own_change(work: Work) -> None:
    work.put("a", "a0")
    work.files.begin("p1")
    async with work.files.around(work.project) as coverage:
        await work.edit("a", "a1")
        work.put("b", "by the command")
    assert coverage.changed == ["b"]


async def test_a_full_store_says_so_and_keeps_working(tmp_path: Path, project: Path) -> None:
    work = Work(tmp_path, project, limit_mb=1)
    work.files.begin("p1")
    work.put("a", "x" * 700_000), work.put("b", "y" * 700_000)
    await work.edit("a", "1")
    await work.edit("b", "2")
    assert any("full" in told for told in work.told)
    assert any("cannot be undone" in told for told in work.told)
    undone = await work.files.undo(["p1"])
    assert (undone.restored, undone.conflicts) == (["a"], ["b"])
    assert sum(p.stat().st_size for p in work.data.rglob("*") if p.is_file()) < 1_100_000


async def test_the_oldest_copies_go_first(tmp_path: Path, project: Path) -> None:
    old = Work(tmp_path, project, "ses_old", limit_mb=1)
    old.files.begin("p")
    old.put("a", "x" * 700_000)
    await old.edit("a", "1")
    new = Work(tmp_path, project, "ses_new", limit_mb=1)
    new.files.begin("q")
    new.put("b", "y" * 700_000)
    await new.edit("b", "2")
    assert (await new.files.undo(["q"])).restored == ["b"]
    assert (await old.files.undo(["p"])).conflicts == ["a"]


async def test_locks_of_the_same_paths_in_any_order_never_wait_in_a_circle(work: Work) -> None:
    a, b = work.project / "a", work.project / "b"
    inside: list[str] = []

    async def hold(name: str, *paths: Path) -> None:
        for _ in range(20):
            async with work.files.lock(paths):
                inside.append(name)
                await asyncio.sleep(0)
                assert inside == [name]
                inside.clear()

    await asyncio.gather(hold("x", a, b), hold("y", b, a), hold("z", b))


async def test_a_cancelled_edit_is_done_or_not_but_never_half(work: Work) -> None:
    path = work.put("a", "old" * 100_000)
    for delay in range(6):
        before = path.read_bytes()
        task = asyncio.create_task(work.edit("a", f"new {delay}" * 100_000))
        for _ in range(delay):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert path.read_bytes() in (before, (f"new {delay}" * 100_000).encode())
        assert not [p for p in work.project.iterdir() if p.name.startswith(".opencode")]
