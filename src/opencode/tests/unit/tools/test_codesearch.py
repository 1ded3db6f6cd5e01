import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from opencode.config import paths
from opencode.core.error import ToolError
from opencode.tests.fakes.toy_web import Answer, toy_web
from opencode.tests.unit.tools.search_trees import context, write
from opencode.tools.codesearch import CodeSearch
from opencode.tools.shared.code.chunks import chunks, defined, words

CODE: dict[str, str | bytes] = {
    "auth/session.py": "import os\n\n\ndef check_password(user, password):\n    return user.x"
    " == hash(password)\n\n\ndef log_out(user):\n    user.token = None\n",
    "web/server.ts": "export async function handleLogin(req) {\n  return verify(req.body)\n}\n",
    "README.md": "# Readme\n\nNothing of interest.\n",
    ".gitignore": "made/\n",
    "made/out.py": "def check_password_generated(): ...\n",
    ".env": "PASSWORD=secret\n",
    "data.bin": b"\0\1check_password",
}


async def found(project: Path, secret: Callable[[str], str] = lambda _: "", **given: Any) -> str:
    tool = CodeSearch()
    ctx = replace(context(project), secret=secret)
    return (await tool.run(tool.parse(given), ctx)).output


async def test_code_is_found_by_words_that_are_parts_of_names(project: Path) -> None:
    write(project, CODE)
    output = await found(project, query="where are passwords checked")
    first, *_ = output.split("\n\n")
    assert first.startswith("auth/session.py:4-5 check_password\n4\tdef check_password(")
    assert "made/out.py" not in output
    assert ".env" not in output
    assert "data.bin" not in output
    assert output.endswith("[local search; EXA_API_KEY would search the web's code]")
    assert (await found(project, query="handle login")).startswith("web/server.ts:1-3 handleLogin")


async def test_changes_are_seen_by_the_next_search(project: Path) -> None:
    write(project, CODE)
    assert "no_such" not in await found(project, query="rotate keys")
    write(project, {"auth/keys.py": "def rotate_keys():\n    pass\n"})
    (project / "auth/session.py").unlink()
    assert (await found(project, query="rotate keys")).startswith("auth/keys.py:1-2 rotate_keys")
    assert "session.py" not in await found(project, query="check password")


async def test_a_folder_narrows_the_search_and_must_exist(project: Path) -> None:
    write(project, CODE)
    assert "session.py" not in await found(project, query="password login", path="web")
    with pytest.raises(ToolError, match="there is no wbe"):
        await found(project, query="x", path="wbe")
    assert (await found(project, query="zebra")).startswith("Nothing in the project fits zebra")


async def test_searches_side_by_side_make_one_index(project: Path) -> None:
    write(project, CODE)
    both = await asyncio.gather(*[found(project, query="check password") for _ in range(3)])
    assert len(set(both)) == 1
    assert "check_password" in both[0]


async def test_a_torn_index_is_made_anew(project: Path) -> None:
    write(project, CODE)
    await found(project, query="password")
    (database,) = (paths.cache_dir() / "code").glob("*.db")
    database.write_bytes(b"not a database at all" * 100)
    assert "check_password" in await found(project, query="password")


async def test_with_a_key_exa_is_asked_and_a_path_stays_here(project: Path) -> None:
    write(project, CODE)
    code = "## T\n\nhttps://e.com\n\n```\ndef f():\n    pass\n```"
    answer = {"query": "retry", "response": code, "resultsCount": 1}
    results = {"results": [{"title": "T", "url": "https://e.com", "text": "sample()"}]}
    with toy_web({"/context": Answer(answer, "application/json")}) as web:
        variables = {"EXA_API_KEY": "k", "EXA_BASE_URL": web.url}
        secret = lambda name: variables.get(name, "")  # noqa: E731
        assert await found(project, secret, query="retry", limit=2) == code
        assert "handleLogin" in await found(project, secret, query="login", path="web")
        ((_, headers, body),) = web.asked
        assert {name.lower(): value for name, value in headers.items()}["x-api-key"] == "k"
        assert json.loads(body) == {"query": "retry", "tokensNum": 1000}
        del web.pages["/context"]
        web.pages["/search"] = Answer(results, "application/json")
        assert await found(project, secret, query="retry") == "T\nhttps://e.com\nsample()"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("    async def bar(self) -> None:", "bar"),
        ("export const useThing = (a: number) => {", "useThing"),
        ("func (s *Server) Start(ctx context.Context) error {", "Start"),
        ("pub(crate) fn run<T>(x: T) -> i32 {", "run"),
        ("public static void main(String[] args) throws X {", "main"),
        ("std::string Foo::bar(int a) const {", "Foo::bar"),
        ("CREATE TABLE users (", "users"),
        ("  } else if (a) {", ""),
        ("return foo(1)", ""),
    ],
)
def test_definitions_of_many_languages_are_known_by_their_shape(line: str, name: str) -> None:
    assert defined(line) == name


def test_every_line_is_in_one_chunk_and_none_is_long() -> None:
    text = "x = 1\n" * 130 + "def f():\n" + "    y = 2\n" * 200
    pieces = list(chunks(text))
    assert [n for piece in pieces for n in range(piece.first, piece.last + 1)] == [*range(1, 332)]
    assert {piece.name for piece in pieces} == {"", "f"}
    assert max(piece.last - piece.first for piece in pieces) < 80


def test_words_are_parts_of_names_without_endings() -> None:
    assert words("parseHTTPRequests") == ["parse", "http", "request", "parsehttprequest"]
    assert words("retry_policies") == ["retry", "policy"]
