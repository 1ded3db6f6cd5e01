import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from opencode.config import trust
from opencode.config.grants import Grants
from opencode.core.permission import Rule

SOURCE = str(Path(__file__).parents[4])


def opencode(*arguments: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "opencode", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": SOURCE},
    )


def test_check_answers_a_line_for_a_line(project: Path) -> None:
    bare = {"sandbox": {"enabled": False}}
    asked: list[dict[str, Any]] = [
        {"tool": "bash", "input": {"command": "ls && rm x"}, "config": bare},
        {"tool": "bash", "input": {"cmd": "git push"}, "config": bare | {
            "permissions": {"bash_allow": ["git push"]}}},
        {"tool": "bash", "input": {"command": "make"}, "agent": "plan", "config": bare | {
            "permission": {"*": "allow"}}},
        {"tool": "bash", "input": {"command": "ls"}, "agent": "plan", "config": bare},
        {"tool": "bash", "input": {"command": "git clean -fdx"}, "config": {
            "permission": "allow"}},
        {"tool": "nothing", "input": {}},
    ]  # fmt: skip
    text = "\n".join(json.dumps(line) for line in asked) + "\n\nno json\n"
    done = opencode("permissions", "check", "--stdin", cwd=project, stdin=text)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert [answer.get("verdict") for answer in answers[:2]] == ["ask", "allow"]
    assert answers[2]["verdict"] in ("ask", "deny")
    assert [answer.get("verdict") for answer in answers[3:5]] == ["allow", "ask"]
    assert [request["target"] for request in answers[0]["requests"]] == ["ls", "rm x", "x"]
    assert all("error" in answer for answer in answers[5:])
    assert len(answers) == 7
    assert list(project.iterdir()) == []


def test_check_for_people_names_the_rule_and_what_the_sandbox_changes(project: Path) -> None:
    done = opencode("permissions", "check", "bash", "ls; make", cwd=project)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ask")
    assert "built-in: bash.harmless" in done.stdout
    assert "Sandbox: " in done.stdout


def test_grants_are_listed_and_revoked(project: Path) -> None:
    [grant] = Grants().add(
        [Rule("bash", "make all", "allow")], "project", session="ses_1", project=project
    )
    listed = opencode("permissions", "list", cwd=project).stdout
    assert grant.id in listed
    assert "bash make all" in listed
    bare = {"config": {"sandbox": {"enabled": False}}}
    asked = json.dumps({"tool": "bash", "input": {"command": "make all"}, **bare})
    allowed = opencode("permissions", "check", "--stdin", cwd=project, stdin=asked)
    assert json.loads(allowed.stdout)["verdict"] == "allow"
    assert opencode("permissions", "revoke", grant.id, cwd=project).returncode == 0
    assert Grants().all() == []


def test_trust_shows_what_it_trusts_and_can_be_taken_back(project: Path) -> None:
    (project / "opencode.toml").write_text('[permissions]\nbash_allow = ["make"]\n')
    done = opencode("trust", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "permissions.bash_allow" in done.stdout
    assert [entry.folder for entry in trust.trusted_folders()] == [os.path.realpath(project)]
    assert os.path.realpath(project) in opencode("trust", "--list", cwd=project).stdout
    assert opencode("trust", "--revoke", cwd=project).returncode == 0
    assert trust.trusted_folders() == []
