from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from opencode.core.display import Diff
from opencode.core.error import StaleFile, ToolError
from opencode.core.place import Place
from opencode.tests.unit.tools.desk import Desk, desk_at
from opencode.tools.edit import Edit, EditInput
from opencode.tools.multiedit import MultiEdit
from opencode.tools.read import Read


@pytest.fixture
async def desk(project: Path, tmp_path: Path) -> AsyncGenerator[Desk]:
    async with desk_at(project, tmp_path / "data") as found:
        yield found


async def test_an_edit_changes_the_one_place_and_shows_it(desk: Desk) -> None:
    desk.put("a.py", "x = 1\ny = 2\nz = 3\n")
    result = await desk.call(Edit(), path="a.py", old_string="y = 2", new_string="y = 5")
    assert desk.get("a.py") == b"x = 1\ny = 5\nz = 3\n"
    assert result.output == "Edited a.py (+1 -1, line 2)."
    assert result.display == [
        Diff(
            "a.py",
            "--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n x = 1\n-y = 2\n+y = 5\n z = 3\n",
            added=1,
            removed=1,
        )
    ]


async def test_the_result_says_how_the_text_was_found_when_it_differed(desk: Desk) -> None:
    desk.put("a.py", "def f():\n        return 1\n")
    result = await desk.call(
        Edit(),
        path="a.py",
        old_string="def f():\n    return 1",
        new_string="def f():\n    return 2",
    )
    assert desk.get("a.py") == b"def f():\n        return 2\n"
    assert "Found ignoring how deep it is indented." in result.output


async def test_several_places_are_refused_with_their_lines_unless_all_are_meant(desk: Desk) -> None:
    desk.put("a", "one\ntwo\none\n")
    with pytest.raises(ToolError, match=r"matches 2 places \(lines 1, 3\)"):
        await desk.call(Edit(), path="a", old_string="one", new_string="1")
    assert desk.get("a") == b"one\ntwo\none\n"
    result = await desk.call(
        Edit(), path="a", old_string="one", new_string=r"$& \1", replace_all=True
    )
    assert desk.get("a") == b"$& \\1\ntwo\n$& \\1\n"
    assert "2 places" in result.output


async def test_a_miss_shows_the_nearest_lines_and_how_they_differ(desk: Desk) -> None:
    desk.put("a", "alpha\nbeta(1)\ngamma\n")
    with pytest.raises(ToolError) as caught:
        await desk.call(Edit(), path="a", old_string="beta(2)\ngamma", new_string="x")
    assert "Nearest: lines 2-3" in caught.value.message
    assert "- beta(2)\n+ beta(1)\n  gamma" in caught.value.message


async def test_a_file_changed_since_it_was_read_is_refused_until_read_again(desk: Desk) -> None:
    path = desk.put("a", "one\n")
    await desk.call(Read(), path="a")
    path.write_bytes(b"one\nmore\n")
    for _ in range(2):
        with pytest.raises(StaleFile, match="Read it again"):
            await desk.call(Edit(), path="a", old_string="one", new_string="1")
    assert desk.get("a") == b"one\nmore\n"
    await desk.call(Read(), path="a")
    await desk.call(Edit(), path="a", old_string="one", new_string="1")
    assert desk.get("a") == b"1\nmore\n"


async def test_edits_follow_each_other_without_reading_again(desk: Desk) -> None:
    desk.put("a", "one\ntwo\n")
    await desk.call(Edit(), path="a", old_string="one", new_string="1")
    await desk.call(Edit(), path="a", old_string="two", new_string="2")
    assert desk.get("a") == b"1\n2\n"


async def test_undo_brings_the_bytes_back(desk: Desk) -> None:
    desk.put("a", b"one\r\n\xe9\r\n")
    desk.files.begin("p1")
    await desk.call(Edit(), path="a", old_string="one", new_string="1")
    assert desk.get("a") == b"1\r\n\xe9\r\n"
    await desk.files.undo(["p1"])
    assert desk.get("a") == b"one\r\n\xe9\r\n"


async def test_a_link_stays_a_link_and_its_target_is_edited(desk: Desk) -> None:
    desk.put("real", "one\n")
    (desk.project / "link").symlink_to("real")
    await desk.call(Edit(), path="link", old_string="one", new_string="1")
    assert (desk.project / "link").is_symlink()
    assert desk.get("real") == b"1\n"


async def test_a_link_that_leaves_the_workspace_asks_for_the_outside(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("x")
    (desk.project / "link").symlink_to(tmp_path / "out")
    wanted = Edit().requests(EditInput("link", "x", "y"), Place(desk.project))
    assert [request.action for request in wanted] == ["edit", "outside"]


async def test_several_edits_of_a_file_are_all_written_or_none(desk: Desk) -> None:
    desk.put("a", "one\ntwo\n")
    edits = [{"old_string": "one", "new_string": "1"}, {"old_string": "1", "new_string": "uno"}]
    await desk.call(MultiEdit(), path="a", edits=edits)
    assert desk.get("a") == b"uno\ntwo\n"
    edits = [{"old_string": "uno", "new_string": "1"}, {"old_string": "no", "new_string": "x"}]
    with pytest.raises(ToolError, match=r"Edit 2 of 2: .*None of the edits was written"):
        await desk.call(MultiEdit(), path="a", edits=edits)
    assert desk.get("a") == b"uno\ntwo\n"
