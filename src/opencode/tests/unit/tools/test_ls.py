from pathlib import Path

import pytest

from opencode.core.error import ToolError
from opencode.core.place import Place
from opencode.tests.unit.tools.search_trees import call, write
from opencode.tools.ls import Ls, LsInput


async def test_a_folder_is_listed_by_name_with_slashes_and_link_targets(project: Path) -> None:
    write(project, {"b.py": "", "a/x.py": "", ".hidden": "", ".git/HEAD": ""})
    (project / "link").symlink_to("a")
    (project / "empty").mkdir()
    output = (await call(Ls(), project)).output
    assert output == ".hidden\na/\nb.py\nempty/\nlink -> a"


async def test_deeper_is_drawn_as_a_tree(project: Path) -> None:
    write(project, {"a/b/c.py": "", "a/d.py": "", "e.py": ""})
    assert (await call(Ls(), project, depth=2)).output == "a/\n  b/\n  d.py\ne.py"
    assert (await call(Ls(), project, depth=9)).output == "a/\n  b/\n    c.py\n  d.py\ne.py"
    assert (await call(Ls(), project, path="a")).output == "b/\nd.py"


async def test_ignored_entries_are_only_named(project: Path) -> None:
    write(project, {".gitignore": "build/\n*.log\n", "build/x": "", "y.log": "", "a": ""})
    told = "[2 ignored not shown: build/, y.log]"
    assert (await call(Ls(), project)).output == f".gitignore\na\n{told}"
    assert (await call(Ls(), project, path="build")).output == "x"


async def test_long_listings_come_in_pages_that_name_their_folder(project: Path) -> None:
    write(project, {f"sub/f{n:03}": "" for n in range(300)})
    first = (await call(Ls(), project, depth=2)).output.splitlines()
    assert first[-1] == "[1-200 of 301 entries; more with offset=200]"
    second = (await call(Ls(), project, depth=2, offset=200)).output.splitlines()
    assert second[:2] == ["sub/", "  f199"]
    assert second[-1] == "[201-301 of 301 entries]"


async def test_empty_missing_and_wrong_folders_are_told(project: Path) -> None:
    (project / "empty").mkdir()
    (project / "file").write_text("")
    assert (await call(Ls(), project, path="empty")).output == "The folder is empty."
    with pytest.raises(ToolError, match=r"there is no emtpy \(did you mean empty\?\)"):
        await call(Ls(), project, path="emtpy")
    with pytest.raises(ToolError, match="is a file"):
        await call(Ls(), project, path="file")


async def test_names_cannot_write_to_the_terminal(project: Path) -> None:
    write(project, {"a\x1b[31m\nb": ""})
    assert (await call(Ls(), project)).output == "a�[31m�b"


def test_listing_outside_asks(project: Path) -> None:
    asked = Ls().requests(LsInput(path="/etc"), Place(project))
    assert [(one.action, one.access) for one in asked] == [("read", "read"), ("outside", "read")]
