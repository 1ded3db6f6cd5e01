import os
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from opencode.core.display import Diff
from opencode.core.error import StaleFile, ToolError
from opencode.core.place import Place
from opencode.core.tool import AnyTool
from opencode.tests.unit.tools.desk import Desk, desk_at
from opencode.tools.apply_patch import ApplyPatch
from opencode.tools.edit import Edit
from opencode.tools.multiedit import MultiEdit
from opencode.tools.read import Read
from opencode.tools.rm import Rm, RmInput
from opencode.tools.write import Write, WriteInput

TOOLS: list[AnyTool] = [Read(), Write(), Edit(), MultiEdit(), ApplyPatch(), Rm()]


@pytest.fixture
async def desk(project: Path, tmp_path: Path) -> AsyncGenerator[Desk]:
    async with desk_at(project, tmp_path / "data", tmp_path / "root") as found:
        yield found


async def test_a_new_file_has_exactly_the_given_bytes(desk: Desk) -> None:
    for content in ("one\ntwo", "one\r\ntwo\r\n", "\ufeffmarked\n", "", "日本 🎉\n", "a\rb"):
        result = await desk.call(Write(), path="new/folder/a", content=content)
        assert desk.get("new/folder/a") == content.encode()
        assert result.output.startswith("Created new/folder/a (")
        (desk.project / "new/folder/a").unlink()


async def test_a_new_file_is_shown_as_a_diff(desk: Desk) -> None:
    result = await desk.call(Write(), path="a", content="x\ny\n")
    assert result.display == [
        Diff("a", "--- /dev/null\n+++ b/a\n@@ -0,0 +1,2 @@\n+x\n+y\n", added=2, removed=0)
    ]


async def test_an_existing_file_must_have_been_read(desk: Desk) -> None:
    path = desk.put("a", "precious\n")
    for _ in range(2):
        with pytest.raises(StaleFile, match="was not read"):
            await desk.call(Write(), path="a", content="x")
    with pytest.raises(ToolError):
        await desk.call(Edit(), path="a", old_string="nothing", new_string="x")
    with pytest.raises(ToolError, match="past the end"):
        await desk.call(Read(), path="a", offset=7)
    with pytest.raises(StaleFile, match="was not read"):
        await desk.call(Write(), path="a", content="x")
    await desk.call(Read(), path="a")
    path.write_bytes(b"changed\n")
    with pytest.raises(StaleFile, match="changed since"):
        await desk.call(Write(), path="a", content="x")
    assert desk.get("a") == b"changed\n"
    await desk.call(Read(), path="a")
    result = await desk.call(Write(), path="a", content="x\n")
    assert desk.get("a") == b"x\n"
    assert result.output == "Edited a (+1 -1, line 1)."


async def test_what_it_wrote_itself_may_be_written_again(desk: Desk) -> None:
    await desk.call(Write(), path="a", content="1\n")
    await desk.call(Write(), path="a", content="2\n")
    assert desk.get("a") == b"2\n"
    (desk.project / "a").unlink()
    await desk.call(Write(), path="a", content="3\n")
    assert desk.get("a") == b"3\n"


async def test_an_existing_file_keeps_encoding_mark_and_line_ends(desk: Desk) -> None:
    for before, content, after in (
        (b"a\r\nb\r\n", "a\nc\nd\n", b"a\r\nc\r\nd\r\n"),
        (b"\xef\xbb\xbfa\n", "b\n", b"\xef\xbb\xbfb\n"),
        (b"\xef\xbb\xbfa\n", "\ufeffb\n", b"\xef\xbb\xbfb\n"),
        ("größe\n".encode("latin-1"), "größer\n", "größer\n".encode("latin-1")),
        ("日本\r\n".encode("utf-16"), "日\n", "日\r\n".encode("utf-16")),
        (b"a\r\nb\nc\r\n", "a\nb\nx\nc\n", b"a\r\nb\nx\nc\r\n"),
        (b"a\nb\n", "a\r\nb\r\n", b"a\r\nb\r\n"),
        (b"", "a\r\n", b"a\r\n"),
        (b"a\n", "a", b"a"),
    ):
        desk.put("a", before)
        await desk.call(Read(), path="a")
        await desk.call(Write(), path="a", content=content)
        assert desk.get("a") == after


async def test_what_cannot_be_kept_is_refused(desk: Desk) -> None:
    for before, content, why in (
        ("größe\n".encode("latin-1"), "日本\n", "latin-1 has no '.u65e5'"),
        (b"a\n", "\ud800", "utf-8 has no"),
    ):
        desk.put("a", before)
        await desk.call(Read(), path="a")
        with pytest.raises(ToolError, match=why):
            await desk.call(Write(), path="a", content=content)
        assert desk.get("a") == before
    with pytest.raises(ToolError, match="half a character"):
        await desk.call(Write(), path="b", content="\udc00")
    desk.put("binary", b"a\0b")
    with pytest.raises(ToolError, match="binary"):
        await desk.call(Write(), path="binary", content="x")
    with pytest.raises(ToolError, match="is a folder"):
        await desk.call(Write(), path=".", content="x")
    desk.put("file", "x")
    with pytest.raises(ToolError):
        await desk.call(Write(), path="file/below", content="x")


async def test_identical_content_writes_nothing(desk: Desk) -> None:
    path = desk.put("a", b"x\r\n")
    stamp = path.stat().st_mtime_ns
    await desk.call(Read(), path="a")
    result = await desk.call(Write(), path="a", content="x\n")
    assert "already has exactly this content" in result.output
    assert path.stat().st_mtime_ns == stamp


@pytest.mark.skipif(sys.platform == "win32", reason="permission bits are POSIX")
async def test_an_edited_file_stays_executable(desk: Desk) -> None:
    desk.put("run.sh", "#!/bin/sh\necho 1\n").chmod(0o755)
    await desk.call(Edit(), path="run.sh", old_string="echo 1", new_string="echo 2")
    assert os.access(desk.project / "run.sh", os.X_OK)


async def test_files_folders_and_links_are_removed_and_undone(desk: Desk) -> None:
    desk.put("a", "1")
    desk.put("d/x/y", "2")
    (desk.project / "empty").mkdir()
    (desk.project / "link").symlink_to("d")
    desk.files.begin("p")
    assert (await desk.call(Rm(), path="a")).output == "Removed a."
    assert (await desk.call(Rm(), path="empty")).output == "Removed empty (an empty folder)."
    assert (await desk.call(Rm(), path="link")).output == "Removed link."
    with pytest.raises(ToolError, match="Set recursive"):
        await desk.call(Rm(), path="d")
    assert desk.tree() == {"d/x/y": b"2"}
    done = await desk.call(Rm(), path="d", recursive=True)
    assert done.output == "Removed d (a folder with 1 file)."
    assert list(desk.project.iterdir()) == []
    await desk.files.undo(["p"])
    assert desk.tree() == {"a": b"1", "d/x/y": b"2", "link/x/y": b"2"} or desk.tree() == {
        "a": b"1",
        "d/x/y": b"2",
    }
    assert (desk.project / "link").is_symlink()


async def test_the_project_its_parents_and_home_are_never_removed(
    desk: Desk, tmp_path: Path, alone: Path
) -> None:
    (tmp_path / "root").mkdir()
    for path in (".", "..", "/", str(desk.project), str(tmp_path), str(tmp_path / "root"), "~"):
        with pytest.raises(ToolError, match="never removed"):
            await desk.call(Rm(), path=path, recursive=True)
    assert alone.is_dir()
    with pytest.raises(ToolError, match=r"There is no nothing\."):
        await desk.call(Rm(), path="nothing")


def test_changing_tools_ask_for_their_paths(project: Path) -> None:
    place = Place(project)
    assert [r.action for r in Rm().requests(RmInput("a"), place)] == ["rm"]
    assert [r.action for r in Rm().requests(RmInput("/etc/x"), place)] == ["rm", "outside"]
    assert [r.action for r in Write().requests(WriteInput("a", ""), place)] == ["edit"]
    assert all(tool.effects == (tool.name != "read") for tool in TOOLS)
