import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencode.core.error import ToolError
from opencode.core.place import Place
from opencode.tests.unit.tools.search_trees import call, grow, write
from opencode.tools.glob import Glob, GlobInput
from opencode.tools.shared.search.glob import glob_regex, is_secret, matches, split_glob
from opencode.tools.shared.search.search import Searcher, find_rg


@pytest.mark.parametrize("seed", range(100, 112))
async def test_ripgrep_and_our_own_walk_list_the_same(tmp_path: Path, seed: int) -> None:
    root = tmp_path / "tree"
    grow(root, seed)
    wanted = glob_regex(["**", "*.{py,ts}", "src/**", "**/.*"][seed % 4])
    assert find_rg(tmp_path)
    ours, _ = await Searcher(root, "").files(root, wanted)
    theirs, _ = await Searcher(root).files(root, wanted)
    assert sorted(ours) == sorted(theirs)


async def test_files_are_found_newest_first(project: Path) -> None:
    write(project, {"a.py": "", "src/b.py": "", "src/c.ts": "", "d.test.ts": ""})
    assert (await call(Glob(), project, pattern="**/*.py")).output == "src/b.py\na.py"
    assert (await call(Glob(), project, pattern="*.ts")).output == "d.test.ts\nsrc/c.ts"
    assert (await call(Glob(), project, pattern="src/*.{py,ts}")).output == "src/c.ts\nsrc/b.py"
    assert (await call(Glob(), project, pattern="**/*.ts", path="src")).output == "src/c.ts"


async def test_ignored_files_and_git_are_left_out_and_hidden_ones_are_not(project: Path) -> None:
    session = "docs/sessions/session_2026-11-21_13-36-05_7e6c9495.json"
    others = {".git/HEAD": "", session: "", ".ci/run.sh": ""}
    write(project, {".gitignore": "*.log\n", "x.log": "", **others})
    assert (await call(Glob(), project, pattern="**/*")).output == ".ci/run.sh\n.gitignore"
    assert (await call(Glob(), project, pattern="*.log")).output == "No file matches *.log"


async def test_pages_say_how_many_there_are(project: Path) -> None:
    write(project, {f"f{n:03}.txt": "" for n in range(250)})
    first = (await call(Glob(), project, pattern="*.txt")).output.splitlines()
    assert first[0] == "f249.txt"
    assert first[-1] == "[1-100 of 250 files; more with offset=100]"
    last = (await call(Glob(), project, pattern="*.txt", offset=200)).output.splitlines()
    assert last[-2:] == ["f000.txt", "[201-250 of 250 files]"]


async def test_a_pattern_may_name_its_folder(project: Path) -> None:
    write(project, {"src/deep/a.py": ""})
    absolute = f"{project}/src/**/*.py"
    assert (await call(Glob(), project, pattern=absolute)).output == "src/deep/a.py"
    asked = Glob().requests(GlobInput("../other/*.py"), Place(project))
    assert [one.action for one in asked] == ["read", "outside"]
    home = Glob().requests(GlobInput("~/notes/*.md"), Place(project))
    assert home[0].target.endswith("/notes")


async def test_links_are_neither_followed_nor_found(project: Path) -> None:
    write(project, {"src/a.py": ""})
    (project / "again").symlink_to(project / "src")
    (project / "b.py").symlink_to("src/a.py")
    assert (await call(Glob(), project, pattern="**/*.py")).output == "src/a.py"


async def test_wrong_calls_say_what_is_wrong(project: Path) -> None:
    write(project, {"source/a.py": ""})
    with pytest.raises(ToolError, match="did you mean source"):
        await call(Glob(), project, pattern="*.py", path="sources")
    with pytest.raises(ToolError, match="is a file, not a folder"):
        await call(Glob(), project, pattern="*", path="source/a.py")
    with pytest.raises(ToolError, match="is not closed"):
        await call(Glob(), project, pattern="*.{py")


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.py", "deep/a.py", True),
        ("/a/*.py", "a/b.py", False),
        ("src/*.py", "src/deep/a.py", False),
        ("src/**/*.py", "src/a.py", True),
        ("**/test_*", "a/b/test_x.py", True),
        ("**", "a/b", True),
        ("src/", "src/a/b", True),
        ("./a.py", "a.py", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[ab].py", "a.py", True),
        ("[!ab].py", "a.py", False),
        ("*.{py,t{s,sx}}", "x.tsx", True),
        ("a\\*", "a*", True),
        ("a\\*", "ab", False),
        ("*.ts, *.tsx", "x.tsx", True),
        ("!*.py", "a.py", False),
        ("*.py", "a.pyc", False),
        ("[", "[", None),
    ],
)
def test_globs_mean_what_people_expect(pattern: str, path: str, expected: bool | None) -> None:
    if expected is None:
        with pytest.raises(ValueError, match="not closed"):
            matches(pattern, path)
    else:
        assert matches(pattern, path) is expected


@given(st.text(alphabet="ab*?[]{},!\\/.-^", max_size=12))
def test_every_glob_is_read_or_refused_in_words(pattern: str) -> None:
    with contextlib.suppress(ValueError):
        assert glob_regex(pattern).pattern


def test_a_glob_is_split_where_its_signs_begin() -> None:
    assert split_glob("src/a/**/*.py") == ("src/a", "**/*.py")
    assert split_glob("*.py") == ("", "*.py")
    assert split_glob("/*") == ("/", "*")
    assert split_glob("a.py") == ("", "a.py")


def test_env_files_are_secret_and_examples_are_not() -> None:
    assert all(map(is_secret, [".env", ".env.local", "prod.env", ".envrc", "app.env.prod"]))
    assert not any(map(is_secret, [".env.example", "environment.py", "a.env.sample", "env"]))
