"""A real language server through a whole workspace, as a model and a person meet it."""

import shutil
import sysconfig
from pathlib import Path

import pytest

from opencode.core.display import Diff, Table
from opencode.core.event import ToolStarted
from opencode.tests.fakes.scripts import call, desk, script

pytestmark = pytest.mark.skipif(
    not shutil.which("basedpyright-langserver", path=sysconfig.get_path("scripts")),
    reason="needs basedpyright (pip install basedpyright)",
)
CODE = {
    "a.py": "def foo(x: int) -> int:\n    return x\n\n\nbar = foo(1)\n",
    "b.py": 'from a import foo\n\nπ = "😀"; y = foo(2)\n',
    "migrations/c.py": "from a import foo\n\nfoo(3)\n",
    "pyrightconfig.json": "{}",
}
ASKED = [
    call("lsp", action="definition", path="b.py", line=3, column=14),
    call("lsp", action="references", symbol="foo"),
    call("lsp", action="hover", symbol="foo"),
    call("lsp", action="symbols", path="a.py"),
    call("lsp", action="diagnostics", path="a.py"),
]


def write(project: Path) -> None:
    for name, text in CODE.items():
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(text)


async def test_a_model_asks_by_name_or_place_and_edits_are_looked_at(
    project: Path, tmp_path: Path
) -> None:
    write(project)
    edit = call("edit", path="b.py", old_string="foo(2)", new_string='foo("2")')
    mend = call("edit", path="b.py", old_string='foo("2")', new_string="foo(4)")
    read = call("read", path="b.py")
    model = script(tmp_path, "m", *[[one] for one in (*ASKED, read, edit, mend)], [{"text": "ok"}])
    async with desk(project, model) as at:
        session = await at.say("look")
        definition, references, hover, symbols, clean, _, broken, mended = [
            one.output for one in await at.calls(session)
        ]
        assert definition == "a.py:1:5 def foo(x: int) -> int:"
        places = sorted(line.partition(" ")[0] for line in references.splitlines())
        assert places == [
            *("a.py:1:5", "a.py:5:7", "b.py:1:15", "b.py:3:14"),
            *("migrations/c.py:1:15", "migrations/c.py:3:1"),
        ]
        assert "def foo(x: int) -> int" in hover
        assert "a.py:1:5 function foo" in symbols
        assert clean == "No errors or warnings."
        assert "b.py: 1 error" in broken or "has not looked at it yet" in broken
        if "b.py: 1 error" in broken:
            shown = (await at.calls(session))[6].display
            assert [d.title for d in shown if isinstance(d, Table)] == ["1 error"]
        assert "b.py: no errors" in mended or "has not looked at it yet" in mended


@pytest.mark.slow
async def test_a_rename_goes_through_every_file_and_the_gate(project: Path, tmp_path: Path) -> None:
    write(project)
    model = script(
        tmp_path,
        "m",
        [call("lsp", action="rename", symbol="foo", new_name="fooz")],
        [{"text": "."}],
    )
    rules = {"permission": {"edit": {"migrations/*": "deny"}}}
    async with desk(project, model, overrides=rules) as at:
        session = await at.say("rename")
        (one,) = await at.calls(session)
        assert one.status == "denied"
        assert "migrations/c.py" in one.output
        assert {name: (project / name).read_text() for name in CODE} == CODE
    async with desk(project, model) as at:
        session = await at.say("rename")
        (one,) = await at.calls(session)
        assert one.status == "completed", one.output
        assert [d.path for d in one.display if isinstance(d, Diff)] == [
            "a.py",
            "b.py",
            "migrations/c.py",
        ]
        begun = [e for e in at.events if isinstance(e, ToolStarted)]
        assert len(begun) == 1  # one call, one line
        for name in ("a.py", "b.py", "migrations/c.py"):
            assert (project / name).read_text() == CODE[name].replace("foo", "fooz")
        await at.door.undo(session)
        assert {name: (project / name).read_text() for name in CODE} == CODE
