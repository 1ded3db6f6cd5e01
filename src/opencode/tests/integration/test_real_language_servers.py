"""Real language servers, one after the other: what is wrong, where it is defined, what there is."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from opencode.core.code import Diagnosis
from opencode.lsp.intel import Intel
from opencode.lsp.servers import Servers
from opencode.tests.fakes.real_tools import PATH, real

PYTHON = "def foo(x: int) -> int:\n    return x\n\n\nbar = foo(1)\n"
TYPESCRIPT = "function foo(x: number): number {\n  return x;\n}\nconst bar: string = foo(1);\n"
CPP = "int foo(int x) { return x; }\nint bar = foo(1);\nint baz = nothing;\n"
PHP = "<?php\nfunction foo(int $x): int {\n  return $x;\n}\n$bar = foo(1);\n"
SVELTE = "<script>\n  function foo() {\n    return 1;\n  }\n</script>\n<p>{foo()}</p>\n"
GO = "package main\n\nfunc foo() int {\n\treturn 1\n}\n\nvar bar string = foo()\n"
BASH = "foo() {\n  echo one\n}\nfoo\n"

DEFINES: dict[str, tuple[str, str, str, tuple[int, int]]] = {
    "pyright": ("pyright-langserver", "a.py", PYTHON, (5, 7)),
    "basedpyright": ("basedpyright-langserver", "a.py", PYTHON, (5, 7)),
    "svelte": ("svelteserver", "a.svelte", SVELTE, (6, 5)),
    "ty": ("ty", "a.py", PYTHON, (5, 7)),
    "typescript-language-server": (
        "typescript-language-server",
        "a.ts",
        TYPESCRIPT,
        (4, 21),
    ),
    "clangd": ("clangd", "a.cpp", CPP, (2, 11)),
    "gopls": ("gopls", "a.go", GO, (7, 18)),
    "intelephense": ("intelephense", "a.php", PHP, (5, 8)),
    "bash-language-server": ("bash-language-server", "a.sh", BASH, (4, 1)),
}
"""Server → program, file, its text, and where `foo` is used."""

FINDS = {
    "pyright": ("pyright-langserver", "a.py", "x: int = 'one'\n", 1),
    "pylsp": ("pylsp", "a.py", "import os\n\nx = undefined\n", 3),
    "ty": ("ty", "a.py", "x: int = 'one'\n", 1),
    "ruff": ("ruff", "a.py", "def (:\n", 1),
    "typescript-language-server": ("typescript-language-server", "a.ts", TYPESCRIPT, 4),
    "clangd": ("clangd", "a.cpp", CPP, 3),
    "gopls": ("gopls", "a.go", GO, 7),
    "yaml-language-server": ("yaml-language-server", "a.yaml", "a: 1\nb: [1\n", 3),
    "json": ("vscode-json-language-server", "a.json", '{\n  "a": ,\n}\n', 2),
    "css": ("vscode-css-language-server", "a.css", "p {\n  color red;\n}\n", 2),
    "dockerfile": ("docker-langserver", "Dockerfile", "FROM a\nRUNN b\n", 2),
    "svelte": ("svelteserver", "a.svelte", "<p>{#if}</p>\n", 1),
    "vue": ("vue-language-server", "a.vue", '<template>\n<p v-if="" />\n</template>\n', 2),
}
"""Server → program, file, its text, and the line with an error."""


@asynccontextmanager
async def intel(project: Path, server: str, program: str, kind: str) -> AsyncGenerator[Intel]:
    real(program)
    settings: dict[str, Any] = {kind: {"server": server}} if kind else {}
    env = {**os.environ, "PATH": PATH}
    servers = Servers(project, settings, env, lambda *_: None, lambda *_: None)
    try:
        yield Intel(servers)
    finally:
        await servers.close()


def kind_of(file: str) -> str:
    return "python" if file.endswith(".py") else ""


@pytest.mark.parametrize("server", DEFINES)
async def test_a_server_knows_where_a_thing_is_defined_and_what_a_file_holds(
    project: Path, server: str
) -> None:
    program, name, text, (line, column) = DEFINES[server]
    (project / name).write_text(text)
    async with intel(project, server, program, kind_of(name)) as code:
        found = await code.definition(project / name, line, column)
        assert [one.text.strip() for one in found]
        assert "foo" in found[0].text
        assert found[0].line < line
        names = [one.name.partition("(")[0] for one in await code.symbols(project / name)]
        assert "foo" in names


@pytest.mark.parametrize(
    ("server", "program"), [("pylsp", "pylsp"), ("jedi", "jedi-language-server")]
)
async def test_a_server_that_counts_in_a_way_of_its_own_is_spoken_to_in_it(
    project: Path, server: str, program: str
) -> None:
    path = project / "a.py"
    path.write_text('foo = 1\nπ = "😀"; y = foo\n')
    async with intel(project, server, program, "python") as code:
        assert [one.line for one in await code.definition(path, 2, 16)] == [1]
        assert "foo" in [one.name for one in await code.symbols(path)]
        path.write_text('foo = 1\nπ = "😀"; y = foo + foo\n')
        found = await code.rename(path, 2, 10, "why")
        assert found[path].splitlines()[1] == 'π = "😀"; why = foo + foo'


@pytest.mark.parametrize("server", FINDS)
async def test_a_server_says_what_is_wrong(project: Path, server: str) -> None:
    program, name, text, line = FINDS[server]
    (project / name).write_text(text)
    async with intel(project, server, program, kind_of(name)) as code:
        found = await diagnosed(code, project / name)
        assert line in [one.line for one in found.items], found


async def diagnosed(code: Intel, path: Path) -> Diagnosis:
    """Some servers say first that nothing is wrong, then look."""
    found = Diagnosis(False)
    for _ in range(20):
        found = await code.diagnostics(path, 5.0)
        if found.items:
            break
    return found
