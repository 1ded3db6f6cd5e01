from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from opencode.core.error import StaleFile
from opencode.core.files import Change
from opencode.session.undo.blobs import digest
from opencode.session.undo.history import FileHistory


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[FileHistory]:
    (tmp_path / "p").mkdir()
    history = FileHistory(tmp_path / "data", tmp_path / "p", "ses")
    yield history
    await history.close()


async def edit(files: FileHistory, path: Path, group: str, text: str | None) -> None:
    before = digest(path.read_bytes()) if path.exists() else ""
    files.begin(group)
    await files.apply([Change(path, before, None if text is None else text.encode())])


async def test_changes_lead_from_what_the_session_found_to_what_is_there(
    files: FileHistory, tmp_path: Path
) -> None:
    a, b, c = (tmp_path / "p" / name for name in "abc")
    a.write_text("one")
    c.write_text("gone")
    await edit(files, a, "p1", "two")
    await edit(files, a, "p2", "three")
    await edit(files, b, "p2", "new")
    await edit(files, c, "p2", None)
    found = await files.changes()
    assert [(f.name, f.before, f.now) for f in found] == [
        ("a", b"one", b"three"),
        ("b", None, b"new"),
        ("c", b"gone", None),
    ]


async def test_what_was_taken_back_is_no_change(files: FileHistory, tmp_path: Path) -> None:
    a = tmp_path / "p" / "a"
    a.write_text("one")
    await edit(files, a, "p1", "two")
    await files.undo(["p1"])
    assert await files.changes() == []


async def test_one_file_goes_back_to_what_it_was_and_comes_again(
    files: FileHistory, tmp_path: Path
) -> None:
    a, b = tmp_path / "p" / "a", tmp_path / "p" / "b"
    a.write_text("one")
    await edit(files, a, "p1", "two")
    await edit(files, b, "p1", "new")
    version = await files.revert("b", None)
    assert (a.read_text(), b.exists()) == ("two", False)
    await files.revert("b", version)
    assert b.read_text() == "new"


async def test_the_prompt_takes_back_what_was_partly_taken_back(
    files: FileHistory, tmp_path: Path
) -> None:
    a = tmp_path / "p" / "a"
    a.write_text("one")
    await edit(files, a, "p1", "two")
    await edit(files, a, "p2", "three")
    await files.revert("a", lambda before, now: b"half")
    done = await files.undo(["p2"])
    assert (a.read_text(), done.conflicts) == ("two", [])
    redone = await files.undo([done.change])
    assert (a.read_text(), redone.conflicts) == ("half", [])
    assert not (await files.undo(["p2"])).conflicts
    assert not (await files.undo(["p1"])).conflicts
    assert a.read_text() == "one"


async def test_a_file_of_an_undone_prompt_is_taken_back_with_the_prompt_it_is_of(
    files: FileHistory, tmp_path: Path
) -> None:
    a = tmp_path / "p" / "a"
    a.write_text("one")
    await edit(files, a, "p1", "two")
    await edit(files, a, "p2", "three")
    await files.undo(["p2"])
    await files.revert("a", lambda before, now: b"half")
    assert not (await files.undo(["p1"])).conflicts
    assert a.read_text() == "one"


async def test_what_somebody_else_changed_is_shown_and_never_taken_back(
    files: FileHistory, tmp_path: Path
) -> None:
    a = tmp_path / "p" / "a"
    a.write_text("one")
    await edit(files, a, "p1", "two")
    a.write_text("mine")
    [found] = await files.changes()
    assert (found.before, found.now, found.held) == (b"one", b"mine", True)
    with pytest.raises(StaleFile):
        await files.revert("a", None)
    assert a.read_text() == "mine"


async def test_only_the_version_that_was_shown_is_taken_back(
    files: FileHistory, tmp_path: Path
) -> None:
    a = tmp_path / "p" / "a"
    a.write_text("one")
    await edit(files, a, "p1", "two")
    [shown] = await files.changes()
    await edit(files, a, "p1", "three")
    with pytest.raises(StaleFile):
        await files.revert("a", None, shown.version)
    assert a.read_text() == "three"


async def test_a_removed_folder_is_named_until_it_is_back(
    files: FileHistory, tmp_path: Path
) -> None:
    folder = tmp_path / "p" / "d"
    folder.mkdir()
    (folder / "x").write_text("x")
    files.begin("p1")
    await files.remove(folder)
    [found] = await files.changes()
    assert (found.name, found.folder) == ("d", True)
    await files.undo(["p1"])
    assert await files.changes() == []


async def test_whoever_listens_hears_which_files_change(files: FileHistory, tmp_path: Path) -> None:
    heard: list[list[str]] = []
    files.changed = heard.append
    a = tmp_path / "p" / "a"
    await edit(files, a, "p1", "x")
    async with files.around(tmp_path / "p"):
        (tmp_path / "p" / "b").write_text("y")
    await files.revert("a", None)
    await files.remove(tmp_path / "p" / "b")
    assert heard == [["a"], ["b"], ["a"], ["b"]]
