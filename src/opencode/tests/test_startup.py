"""What starting costs: heavy libraries stay away from the way to help, version and a request."""

import subprocess
import sys

import pytest

HEAVY = ("litellm", "textual", "mcp", "pygls", "starlette", "uvicorn", "pydantic", "httpx", "PIL")


def loaded(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import opencode",
        "import opencode.cli.main",
        "import opencode.cli.run",
        "import opencode.cli.models",
        "import opencode.cli.stats",
        "import opencode.cli.config",
        "import opencode.cli.acp",
        "from opencode import OpenCode",
    ],
)
def test_starting_loads_nothing_heavy(code: str) -> None:
    assert loaded(code) & set(HEAVY) == set()


def test_help_does_not_load_the_house() -> None:
    modules = loaded("import opencode.cli.main")
    assert {m for m in modules if m.startswith("opencode.")} <= {
        "opencode.cli",
        "opencode.cli.main",
    }


def test_the_language_servers_library_is_loaded_with_the_first_server() -> None:
    modules = loaded("import opencode.workspace.opening.intel, opencode.server.routes.knowledge")
    assert modules & {"pygls", "lsprotocol", "cattrs"} == set()


def test_the_settings_of_the_terminal_app_load_neither_its_editor_nor_a_library() -> None:
    assert loaded("import opencode.tui.home") & {*HEAVY, "tomlkit", "filelock"} == set()
