"""The rules of the house that no linter knows."""

import ast
import hashlib
import re
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import opencode

HOUSE = Path(opencode.__file__).parent
ROOT = HOUSE.parents[1]
FILES = sorted(p for p in HOUSE.rglob("*.py") if "tests" not in p.relative_to(HOUSE).parts)
DATA_TABLES: set[str] = {"providers/rows.py"}

BROAD_CATCHES: dict[str, str] = {
    "sync.py": "what the thread's loop raises is raised in the caller's thread",
    "server/openai/completion.py": "a bug ends one completion, not the server",
    "server/beside.py": "a bug ends the server beside the app, not the app",
    "agent/loop.py": "a tool's bug must not end the run",
    "workspace/opening/custom_tools.py": "a user's file may raise anything; the rest goes on",
    "workspace/collaborators/hooks.py": "a user's function may raise anything; its failure is told",
    "workspace/runs.py": "a bug ends the run, not the program",
    "providers/worker/peer.py": "litellm raises whatever it meets",
    "tui/tty/driver.py": "a bug in reading the terminal is met where those of the app are",
    "mcp/life.py": "what a server makes its library raise restarts that server, no more",
}
"""Where `except Exception` may stand, and why."""

LAZY: dict[str, set[str]] = {
    "agent/context/media.py": {"PIL"},
    "batch/dask.py": {"dask", "distributed"},
    "config/edit.py": {"tomlkit"},
    "config/keychain.py": {"keyring"},
    "host/certificates.py": {"certifi"},
    "host/files.py": {"filelock"},
    "lsp/servers.py": {"opencode.lsp.client"},  # pygls and lsprotocol
    "providers/copilot.py": {"opencode.host.http"},
    "providers/local/servers.py": {"opencode.providers.local"},
    "sdk/key.py": {"keyring"},
    "server/announce.py": {"ifaddr", "zeroconf"},
    "server/mcp.py": {"uvicorn"},
    "server/reading.py": {"markdown_it"},
    "session/index/index.py": {"aiosqlite"},
    "tools/shared/media.py": {"PIL"},
    "tools/shared/page.py": {"html_to_markdown"},
    "tools/shared/pdf.py": {"pypdf"},
    "tools/shared/shell/parse.py": {"tree_sitter", "tree_sitter_bash"},
}
"""Libraries that are loaded where they are first used, and whatever a room loads so; why stands
beside each."""
ROOMS = {"agent", "tools", "providers", "mcp", "lsp", "session", "remote"}


def name(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def test_a_file_is_one_idea_of_at_most_300_lines() -> None:
    lines = {name(path): path.read_text("utf-8").count("\n") for path in FILES}
    assert {file for file, n in lines.items() if n > 300} <= DATA_TABLES


def test_a_file_says_why_it_exists() -> None:
    silent = [path for path in FILES if tree(path).body and not ast.get_docstring(tree(path))]
    assert [name(path) for path in silent] == []


def test_functions_fit_on_a_page_and_classes_stay_small() -> None:
    large: list[str] = []
    for path in FILES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                command = name(path).startswith("cli/") and node.name == path.stem.rstrip("_")
                if length > (75 if command else 50):
                    large.append(f"{name(path)}: {node.name} has {length} lines")
            if isinstance(node, ast.ClassDef) and (n := public_methods(node)) > 20:
                large.append(f"{name(path)}: {node.name} has {n} public methods")
    assert large == []


def public_methods(node: ast.ClassDef) -> int:
    found = [m.name for m in node.body if isinstance(m, ast.FunctionDef | ast.AsyncFunctionDef)]
    return len([one for one in found if not one.startswith("_") and one != "close"])


def test_no_drawers() -> None:
    bad = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "handler"}
    assert not [p for p in HOUSE.rglob("*") if p.stem in bad]


def test_broad_catches_stand_only_where_a_boundary_is() -> None:
    found = {
        name(path)
        for path in FILES
        if re.search(r"except (Base)?Exception\b|except:", path.read_text("utf-8"))
    }
    assert found == set(BROAD_CATCHES)


def lazy(path: Path) -> set[str]:
    """What functions of a file import: libraries, and in a room modules of our own."""
    found: set[str] = set()
    for function in ast.walk(tree(path)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                match node:
                    case ast.Import(names=names):
                        found.update(alias.name for alias in names)
                    case ast.ImportFrom(module=str(module)):
                        found.add(module)
                    case _:
                        pass
    own = {module for module in found if module.partition(".")[0] == "opencode"}
    libraries = {module.partition(".")[0] for module in found - own} - sys.stdlib_module_names
    return libraries | (own if name(path).partition("/")[0] in ROOMS else set())


def test_what_is_loaded_late_stands_in_one_table() -> None:
    assert {name(path): found for path in FILES if (found := lazy(path))} == LAZY


def test_providers_are_named_in_their_room_only() -> None:
    pattern = re.compile(r"""==\s*["'](anthropic|openai|google|ollama|azure|bedrock)["']""")
    found = [
        name(p)
        for p in FILES
        if not name(p).startswith("providers/") and pattern.search(p.read_text("utf-8"))
    ]
    assert not found


def test_no_two_files_are_the_same() -> None:
    seen: dict[str, list[str]] = defaultdict(list)
    for path in HOUSE.rglob("*.py"):
        content = path.read_bytes()
        if len(content) > 200:
            seen[hashlib.sha256(content).hexdigest()].append(str(path))
    assert [paths for paths in seen.values() if len(paths) > 1] == []


def test_the_repository_names_no_machine_and_no_registry() -> None:
    hosts = (("pypi", "org"), ("files", "pythonhosted"), ("registry", "npmjs"))
    named = [f"{ROOT}/", *(".".join(host) for host in hosts)]
    pattern = re.compile("|".join(map(re.escape, named)))
    places = [*HOUSE.rglob("*.py"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
    places += [ROOT / "Makefile", ROOT / "pyproject.toml", *(ROOT / ".ci").iterdir()]
    mine = Path(__file__)
    assert not [p for p in places if p != mine and pattern.search(p.read_text("utf-8"))]
