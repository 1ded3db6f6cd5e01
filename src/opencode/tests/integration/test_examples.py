"""What is printed in the guide and lies in examples/ runs as it is."""

import ast
import asyncio
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import opencode
from opencode.tests.fakes.model_client import model_server
from opencode.tests.web.serving import site

ROOT = Path(opencode.__file__).parents[2]
EXAMPLES = ROOT / "examples"

SCRIPTS: dict[str, tuple[list[Any], list[str]]] = {
    "ask.py": ([[{"text": "It is a toy."}]], ["It is a toy.", "done, session ses_"]),
    "own_tool.py": (
        [[{"call": ["stock", {"fruit": "apples"}]}], [{"text": "Three."}]],
        ["Three."],
    ),
    "permission.py": ([], ["tests/old.txt: removed", "notes.txt: kept"]),
    "watch.py": (
        [
            [{"call": ["write", {"path": "hello.txt", "content": "hi\n"}]}],
            [{"text": "Written."}],
        ],
        ["[write completed]", "Written.\n[done]", "taken back: ['hello.txt']"],
    ),
    "script.py": (
        [[{"text": "Hel"}, {"text": "lo"}], [{"text": "Again"}]],
        ["Hello\n", "# Toy", "Again", "Another conversation"],
    ),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_example_prints_what_it_should(
    name: str, project: Path, tmp_path: Path, alone: Path
) -> None:
    turns, wanted = SCRIPTS[name]
    (tmp_path / "turns.json").write_text(json.dumps(turns))
    folder = alone / ".config" / "opencode"
    folder.mkdir(parents=True)
    (folder / "opencode.toml").write_text(f'model = "scripted/{tmp_path}/turns.json"\n')
    (project / "README.md").write_text("# Toy\n")
    (project / "notes.txt").write_text("x\n")
    (project / "tests").mkdir()
    (project / "tests" / "old.txt").write_text("x\n")
    shown = _run(name)
    assert [text for text in wanted if text not in shown] == []


def _run(name: str, **more: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **more}
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name)], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_over_http_speaks_with_a_server(tmp_path: Path) -> None:
    with model_server() as model, site(tmp_path, model) as at:
        at.say({"text": "Hello over HTTP"})
        shown = _run("over_http.py", OPENCODE_BASE_URL=at.url)
    assert "Hello over HTTP\n2 requests" in shown


def test_every_example_is_run() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == {*SCRIPTS, "over_http.py"}


async def test_the_guide_s_sample_runs_as_printed(
    project: Path, alone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "python-api.md").read_text("utf-8")
    sample = page.partition("<!-- guide -->\n```python\n")[2].partition("```")[0]
    (project / "main.py").write_text("print('hi')\n")
    folder = alone / ".config" / "opencode"
    folder.mkdir(parents=True)
    with model_server([{"text": "Hello there"}, {"text": ["It ", "prints hi"]}]) as model:
        (folder / "opencode.toml").write_text(f'[provider.anthropic]\nbase_url = "{model.url}"\n')
        code = compile(sample, "guide", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        running = eval(code, {})
        assert inspect.isawaitable(running)
        await asyncio.wait_for(running, 50)
        heard = [one for one in model.requests() if one["wire"]]
    shown = capsys.readouterr().out
    assert shown.startswith("Hello there\n")
    assert "print('hi')" in shown
    assert shown.endswith("It prints hi")
    assert {one["wire"] for one in heard} == {"anthropic"}
    assert {one["headers"]["x-api-key"] for one in heard} == {"..."}


@pytest.mark.slow
def test_type_checkers_know_the_public_names(tmp_path: Path) -> None:
    script = tmp_path / "typed.py"
    script.write_text(
        "from opencode import OpenCode, Provider, Tool\n"
        "from typing import assert_type\n"
        "async def main() -> None:\n"
        "    async with OpenCode() as oc:\n"
        "        assert_type((await oc.chat('x')).content, str)\n"
        "        async for chunk in oc.chat_stream('x'):\n"
        "            assert_type(chunk.content, str)\n"
        "def other(one: Provider, two: type[Tool[object]]) -> None: ...\n"
    )
    checker = Path(sys.executable).parent / "basedpyright"
    done = subprocess.run(
        [str(checker), "--project", str(ROOT), "--level", "error", str(script)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout
