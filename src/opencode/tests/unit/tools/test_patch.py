import asyncio
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from opencode.core.error import StaleFile, ToolError
from opencode.core.place import Place
from opencode.tests.unit.tools.desk import Desk, desk_at
from opencode.tests.unit.tools.patch_cases import CASES, PatchCase, Tree, env, up
from opencode.tools.apply_patch import ApplyPatch, ApplyPatchInput
from opencode.tools.read import Read


@pytest.fixture
async def desk(project: Path, tmp_path: Path) -> AsyncGenerator[Desk]:
    async with desk_at(project, tmp_path / "data") as found:
        yield found


def _bytes(tree: Tree) -> dict[str, bytes]:
    return {name: text if isinstance(text, bytes) else text.encode() for name, text in tree.items()}


async def _outcome(case: PatchCase, desk: Desk) -> bool:
    for name, content in case.before.items():
        desk.put(name, content)
    try:
        await desk.call(ApplyPatch(), patch=case.patch)
        return True
    except ToolError:
        return False


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_patch_does_exactly_what_it_says_or_nothing(case: PatchCase, desk: Desk) -> None:
    done = await _outcome(case, desk)
    assert desk.tree() == _bytes(case.before if case.after is None else case.after)
    assert done == (case.after is not None)


def test_the_patches_are_many_and_their_rates_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counted: Counter[str] = Counter()

    async def one(number: int, case: PatchCase) -> None:
        project = tmp_path / str(number)
        project.mkdir()
        async with desk_at(project, tmp_path / "data" / str(number)) as desk:
            await _outcome(case, desk)
            wanted = _bytes(case.before if case.after is None else case.after)
            kind = "must work" if case.after is not None else "must be refused"
            counted[kind] += 1
            counted[f"{kind}: done"] += desk.tree() == wanted
            counted["wrong"] += desk.tree() not in (wanted, _bytes(case.before))

    async def every() -> None:
        for number, case in enumerate(CASES):
            await one(number, case)

    asyncio.run(every())
    with capsys.disabled():
        sys.stdout.write(
            f"\npatches: {counted['must work: done']} of {counted['must work']} that must work, "
            f"{counted['must be refused: done']} of {counted['must be refused']} that must be "
            f"refused; {counted['wrong']} wrong writes\n"
        )
    assert len(CASES) >= 80
    assert counted["wrong"] == 0


async def test_the_result_names_every_file_and_shows_its_diff(desk: Desk) -> None:
    desk.put("a", "1\n")
    desk.put("b", "2\n")
    patch = env(
        "*** Add File: n", "+x", "*** Update File: a", "@@", "-1 ", "+one", "*** Delete File: b"
    )
    result = await desk.call(ApplyPatch(), patch=patch)
    assert result.output == (
        "Applied: added n, changed a, deleted b.\na: Hunk 1 was found ignoring trailing blanks."
    )
    assert [getattr(shown, "path", "") for shown in result.display] == ["n", "a", "b"]


async def test_every_file_is_asked_for_and_paths_outside_too(desk: Desk, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere"
    patch = env(
        "*** Update File: a", "*** Move to: b", "@@", "-1", "+2", f"*** Add File: {outside}", "+x"
    )
    wanted = ApplyPatch().requests(ApplyPatchInput(patch), Place(desk.project))
    assert [(one.action, one.target) for one in wanted] == [
        ("edit", "a"),
        ("edit", "b"),
        ("edit", outside.as_posix()),
        ("outside", outside.as_posix()),
    ]


async def test_a_patch_of_a_file_that_changed_meanwhile_is_refused_whole(desk: Desk) -> None:
    desk.put("a", "1\n")
    desk.put("b", "2\n")
    await desk.call(Read(), path="b")
    desk.put("b", "2\nmore\n")
    with pytest.raises(StaleFile, match="b changed since"):
        await desk.call(
            ApplyPatch(),
            patch=env(
                "*** Update File: a", "@@", "-1", "+x", "*** Update File: b", "@@", "-2", "+y"
            ),
        )
    assert desk.tree() == {"a": b"1\n", "b": b"2\nmore\n"}


async def test_a_refusal_shows_the_nearest_lines(desk: Desk) -> None:
    desk.put("a", "alpha\nbeta(1)\ngamma\n")
    with pytest.raises(ToolError) as caught:
        await desk.call(ApplyPatch(), patch=up("a", "@@", " alpha", "-beta(2)", "+x"))
    assert "a: hunk 1 is not in the file" in caught.value.message
    assert "+ beta(1)" in caught.value.message


@pytest.mark.skipif(sys.platform == "win32", reason="permission bits are POSIX")
async def test_a_moved_file_keeps_its_mode_and_a_new_one_gets_the_stated(desk: Desk) -> None:
    desk.put("run", "1\n").chmod(0o755)
    await desk.call(
        ApplyPatch(), patch=env("*** Update File: run", "*** Move to: go", "@@", "-1", "+2")
    )
    assert stat.S_IMODE((desk.project / "go").stat().st_mode) == 0o755
    patch = "diff --git a/n b/n\nnew file mode 100755\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n"
    await desk.call(ApplyPatch(), patch=patch)
    assert stat.S_IMODE((desk.project / "n").stat().st_mode) & 0o111


async def test_undo_takes_a_whole_patch_back(desk: Desk) -> None:
    desk.put("a", "1\n")
    desk.put("b", "2\n")
    desk.files.begin("p")
    await desk.call(
        ApplyPatch(),
        patch=env("*** Update File: a", "*** Move to: c", "@@", "-1", "+x", "*** Delete File: b"),
    )
    assert desk.tree() == {"c": b"x\n"}
    await desk.files.undo(["p"])
    assert desk.tree() == {"a": b"1\n", "b": b"2\n"}


async def test_what_git_writes_is_applied_as_git_would(desk: Desk, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    repo.mkdir()

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=repo, check=True, capture_output=True, text=True
        ).stdout

    git("init", "-q")
    before = {"a.py": "".join(f"line {n}\n" for n in range(60)), "ü b": "x\ny", "gone": "1\n"}
    for name, text in before.items():
        (repo / name).write_text(text)
        desk.put(name, text)
    git("add", "-A")
    git("commit", "-qm", "x")
    lines = [line for n, line in enumerate(before["a.py"].splitlines(True)) if n not in (3, 40, 41)]
    lines.insert(20, "new\n")
    (repo / "a.py").write_text("".join(lines))
    (repo / "ü b").write_text("x\nz\n")
    (repo / "gone").unlink()
    (repo / "fresh").write_text("hello\n")
    git("add", "-A")
    for options in (["-U3"], ["-U0"]):
        for name in list(desk.tree()):
            (desk.project / name).unlink()
        for name, text in before.items():
            desk.put(name, text)
            await desk.call(Read(), path=name)
        await desk.call(ApplyPatch(), patch=git("diff", "--cached", *options))
        wanted = {p.name: p.read_bytes() for p in repo.iterdir() if p.is_file()}
        assert desk.tree() == wanted
