import json
from pathlib import Path

import pytest

from opencode.cli.main import app
from opencode.cli.shared.output import run_command
from opencode.config import paths


def test_an_agent_that_was_created_is_listed_shown_and_never_overwritten(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def oc(*arguments: str) -> tuple[int, str, str]:
        code = run_command(app, ["agent", *arguments])
        return code, *capsys.readouterr()

    words = ("--description", 'Reviews: "hard" \\ fair', "--prompt", "You review.")
    code, out, _ = oc("create", "reviewer", *words, "--mode", "subagent", "--without", "write,edit")
    assert code == 0
    assert Path(out.strip()) == paths.config_dir() / "agents/reviewer.md"
    agents = json.loads(oc("list", "--json")[1])
    offered = [a["name"] for a in agents if not a["hidden"]]
    assert offered == ["build", "plan", "general", "explore", "reviewer"]
    assert [a["name"] for a in agents if a["hidden"]] == ["compaction", "title"]
    shown = json.loads(oc("show", "reviewer", "--json")[1])
    assert shown["description"] == 'Reviews: "hard" \\ fair'
    assert shown["mode"] == "subagent"
    assert shown["prompt"] == "You review."
    assert shown["tools"] == {"write": False, "edit": False}
    code, _, err = oc("create", "reviewer", *words)
    assert code == 2
    assert "exists already" in err
    code, _, err = oc("show", "nobody")
    assert code == 2
    assert "explore" in err


def test_an_agent_of_the_project_counts_only_when_the_folder_is_trusted(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--description", "Ours", "--prompt", "You are ours.", "--project")
    assert run_command(app, ["agent", "create", "ours", *words]) == 0
    assert (project / ".opencode/agents/ours.md").is_file()
    capsys.readouterr()
    run_command(app, ["agent", "list"])
    assert "ours" not in capsys.readouterr().out
    assert run_command(app, ["trust"]) == 0
    assert ".opencode/agents/ours.md" in capsys.readouterr().out
    run_command(app, ["agent", "list"])
    assert "ours" in capsys.readouterr().out
    (project / ".opencode/agents/ours.md").write_text("---\ndescription: Other\n---\nChanged.")
    run_command(app, ["agent", "list"])
    assert "ours" not in capsys.readouterr().out
