import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from opencode.core.error import ToolError
from opencode.core.place import Place
from opencode.tests.unit.tools.search_trees import call, grow, write
from opencode.tools.grep import Grep, GrepInput
from opencode.tools.shared.search.run import run
from opencode.tools.shared.search.search import Query, Searcher, find_rg

PATTERNS = ["TODO", "^def", r"\bfoo\(", "日本|straße", "x = \\d$", r"[[:upper:]]\w+", "e$", "zzz"]


@pytest.mark.parametrize("seed", range(12))
async def test_ripgrep_and_our_own_program_find_the_same(tmp_path: Path, seed: int) -> None:
    root = tmp_path / "tree"
    grow(root, seed)
    fast, slow = Searcher(root), Searcher(root, "")
    assert find_rg(root)
    includes = ["", "*.py", "*.{ts,tsx}", "src/**", "!*.py"]
    query = Query(PATTERNS[seed % 8], seed % 3 == 0, includes[seed % 5])
    ours, theirs = await slow.count(query, root), await fast.count(query, root)
    assert ours == theirs
    if files := sorted(ours.counts):
        assert await slow.lines(query, files, seed % 3) == await fast.lines(query, files, seed % 3)


async def test_matches_are_shown_below_their_files_newest_first(project: Path) -> None:
    write(project, {"old.py": "TODO one\n", "src/new.py": "x\nTODO two\ny TODO three\n"})
    result = await call(Grep(), project, pattern="TODO")
    assert result.output == "src/new.py\n2: TODO two\n3: y TODO three\n\nold.py\n1: TODO one"
    assert result.display[0].title == "3 matches in 2 files"  # type: ignore[union-attr]
    assert ["old.py", "1", "TODO one"] in result.display[0].rows  # type: ignore[union-attr]


SESSION = "docs/sessions/session_2026-11-21_13-36-05_7e6c9495.json"


async def test_ignored_hidden_binary_and_git_files_follow_one_rule(project: Path) -> None:
    write(
        project,
        {
            ".gitignore": "*.log\nbuild/\n",
            "a.log": "needle",
            "build/x.py": "needle",
            ".git/config": "needle",
            SESSION: "needle",
            ".github/w.yml": "needle",
            "bin.dat": b"needle\n\0\n",
            "sixteen.txt": "needle".encode("utf-16"),
        },
    )
    (project / "loop").symlink_to(project)
    result = await call(Grep(), project, pattern="needle", mode="files")
    assert result.output == "sixteen.txt\n.github/w.yml"
    named = await call(Grep(), project, pattern="needle", path=SESSION, mode="files")
    assert SESSION in named.output
    for include in ("*.log", "build/**", "**/*.py"):
        assert "No match" in (await call(Grep(), project, pattern="needle", include=include)).output


async def test_a_file_as_path_is_searched_alone(project: Path) -> None:
    write(project, {"a.py": "needle\n", "b.py": "needle\n", ".env": "needle=1\n"})
    assert (await call(Grep(), project, pattern="needle", path="a.py")).output == "a.py\n1: needle"
    named = await call(Grep(), project, pattern="needle", path=".env")
    assert named.output == ".env\n1: needle=1"


async def test_secrets_are_passed_by_unless_named(project: Path) -> None:
    write(project, {".env": "needle=1\n", "app.env.example": "needle=2\n"})
    output = (await call(Grep(), project, pattern="needle")).output
    assert "needle=2" in output
    assert "needle=1" not in output
    assert "matches in .env are shown only when path names the file" in output


async def test_pages_cover_everything_once(project: Path) -> None:
    write(project, {f"f{n}.txt": "hit\nmiss\n" * 7 for n in range(9)})
    seen: list[str] = []
    offset = 0
    while True:
        output = (await call(Grep(), project, pattern="hit", limit=10, offset=offset)).output
        file = ""
        for line in output.splitlines():
            if line.startswith("f"):
                file = line
            elif line.endswith("hit"):
                seen.append(file + line)
        if "more with offset=" not in output:
            break
        offset = int(output.rpartition("more with offset=")[2].rstrip("]"))
        assert output.endswith(f"[{offset - 9}-{offset} of 63 matches; more with offset={offset}]")
    assert len(seen) == len(set(seen)) == 63


async def test_pages_cover_everything_once_with_context(project: Path) -> None:
    write(project, {"a.txt": "".join(f"hit {n}\n" for n in range(30))})
    pages = [
        (await call(Grep(), project, pattern="hit", limit=7, offset=offset, context=1)).output
        for offset in range(0, 30, 7)
    ]
    numbers = [
        line.partition(":")[0] for page in pages for line in page.splitlines() if ": hit" in line
    ]
    assert numbers == [str(n) for n in range(1, 31)]


async def test_context_marks_near_lines_and_gaps(project: Path) -> None:
    write(project, {"a.py": "1\n2\nhit\n4\n5\n6\n7\nhit\n9\n"})
    output = (await call(Grep(), project, pattern="hit", context=1)).output
    assert output == "a.py\n2- 2\n3: hit\n4- 4\n--\n7- 7\n8: hit\n9- 9"


async def test_counts_are_by_file_with_a_sum(project: Path) -> None:
    write(project, {"a": "x\nx\n", "b": "x\n"})
    result = await call(Grep(), project, pattern="x", mode="count")
    assert result.output == "b: 1\na: 2\n3 matches in 2 files"


@pytest.mark.parametrize(
    ("pattern", "said"),
    [("foo(", "unclosed group at character 4"), ("a**b[", "unclosed character class")],
)
async def test_a_bad_pattern_is_an_error_with_its_place(
    project: Path, pattern: str, said: str
) -> None:
    write(project, {"a": "x"})
    with pytest.raises(ToolError) as caught:
        await call(Grep(), project, pattern=pattern)
    assert said in caught.value.message
    assert "\\" in caught.value.hint
    with pytest.raises(ToolError, match="at character 4"):
        await Searcher(project, "").count(Query("foo("), project)


async def test_look_around_works_though_ripgrep_lacks_it(project: Path) -> None:
    write(project, {"a.py": "foobar\nfoobaz\n"})
    output = (await call(Grep(), project, pattern="foo(?!bar)")).output
    assert output == "a.py\n2: foobaz"


@pytest.mark.parametrize("program", [None, ""])
async def test_a_pattern_that_names_a_line_end_reaches_over_lines(
    project: Path, program: str | None
) -> None:
    write(project, {"a.py": "x\ndef f():\n    pass\n"})
    query = Query(r"def f\(\):\n\s+pass")
    found = await Searcher(project, program).lines(query, [project / "a.py"])
    assert [(line.number, line.text) for line in found[project / "a.py"]] == [
        (2, "def f():\n    pass")
    ]


async def test_long_lines_are_cut_around_the_match(project: Path) -> None:
    write(project, {"min.js": "a" * 5000 + "needle" + "b" * 5000})
    output = (await call(Grep(), project, pattern="needle")).output
    assert "needle" in output
    assert len(output) < 400
    assert output.count("…") == 2


async def test_output_stays_bounded_and_says_where_to_go_on(project: Path) -> None:
    write(project, {"a.txt": ("x" * 299 + "\n") * 1000})
    output = (await call(Grep(), project, pattern="x", limit=1000)).output
    assert len(output) < 45_000
    assert "of 1000 matches; more with offset=" in output


async def test_nothing_found_says_what_was_looked_for(project: Path) -> None:
    write(project, {"a": "x"})
    output = (await call(Grep(), project, pattern="q+", include="*.py")).output
    assert output == "No match for q+ (*.py)"


async def test_a_missing_path_gets_the_nearest_name(project: Path) -> None:
    write(project, {"source/a.py": "x"})
    with pytest.raises(ToolError, match=r"did you mean source\?"):
        await call(Grep(), project, pattern="x", path="sorce")


def test_searching_outside_asks_for_it(project: Path) -> None:
    place = Place(project)
    inside = Grep().requests(GrepInput("x", path="src"), place)
    outside = Grep().requests(GrepInput("x", path="../other"), place)
    assert [(one.action, one.target) for one in inside] == [("read", "src")]
    assert [one.action for one in outside] == ["read", "outside"]


async def test_a_program_in_the_project_is_not_taken_for_ripgrep(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = project / ("rg.exe" if os.name == "nt" else "rg")
    trap.write_text("#!/bin/sh\ntouch trapped\n")
    trap.chmod(0o755)
    monkeypatch.setenv("PATH", f"{project}{os.pathsep}{os.environ['PATH']}")
    write(project, {"a": "x"})
    await call(Grep(), project, pattern="x")
    assert find_rg(project) != str(trap)
    assert not (project / "trapped").exists()


async def test_a_broken_ripgrep_gives_way_to_our_own_program(project: Path) -> None:
    broken = project.parent / "rg-broken"
    broken.write_text("this is no program")
    broken.chmod(0o755)
    write(project, {"a": "x"})
    tally = await Searcher(project, str(broken)).count(Query("x"), project)
    assert tally.counts == {project / "a": 1}


@pytest.mark.skipif(sys.platform == "win32", reason="no fifo there")
@pytest.mark.parametrize("program", [None, ""])
async def test_a_cancelled_search_leaves_no_process(project: Path, program: str | None) -> None:
    os.mkfifo(project / "fifo")  # opening it for reading never returns
    searcher = Searcher(project, program)
    task = asyncio.create_task(searcher.lines(Query("x"), [project / "fifo"]))
    marker = str(project / "fifo")
    while marker not in _processes():
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert marker not in _processes()


async def test_a_search_that_takes_too_long_is_ended_and_keeps_what_it_found(project: Path) -> None:
    endless = "import time; print('found', flush=True); time.sleep(60)"
    chunks: list[bytes] = []
    ended = await run(
        [sys.executable, "-c", endless], project, lambda chunk: not chunks.append(chunk), 3
    )
    assert ended.cut
    assert b"".join(chunks).split() == [b"found"]


def _processes() -> str:
    return subprocess.run(
        ["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.skipif(sys.platform != "linux", reason="Other systems take no such name")
@pytest.mark.parametrize("program", [None, ""])
async def test_a_name_that_is_no_utf_8_is_searched(tmp_path: Path, program: str | None) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.txt"))
    odd.write_text("TODO here\n")
    searcher = Searcher(tmp_path, program) if program is not None else Searcher(tmp_path)
    query = Query("TODO", ignore_case=False, include="")
    tally = await searcher.count(query, tmp_path)
    assert list(tally.counts) == [odd]
    found = await searcher.lines(query, [odd], 0)
    assert [line.text for line in found[odd]] == ["TODO here"]
