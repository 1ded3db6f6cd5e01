"""Forms that run commands: explicit lines, the project's tests, and git's everyday phrases."""

import fnmatch
import re
import shlex

from opencode.core.message import ToolPart
from opencode.providers.offline.grammar import (
    Call,
    Context,
    Form,
    Plan,
    form,
    is_path,
    one,
    raw_form,
    unquoted,
)

MARKERS: tuple[tuple[str, str], ...] = (
    ("pytest.ini", "pytest"),
    ("pyproject.toml", "pytest"),
    ("setup.cfg", "pytest"),
    ("setup.py", "pytest"),
    ("tox.ini", "pytest"),
    ("conftest.py", "pytest"),
    ("package.json", "npm test"),
    ("go.mod", "go test ./..."),
    ("Cargo.toml", "cargo test"),
    ("pom.xml", "mvn test"),
    ("build.gradle", "gradle test"),
    ("build.gradle.kts", "gradle test"),
    ("Makefile", "make test"),
    ("requirements.txt", "pytest"),
    ("test_*.py", "pytest"),
    ("*_test.py", "pytest"),
)
"""A file in the project's root and the test command it stands for; the first present one counts."""

_RUNNERS = ("uv", "poetry")
_PROGRAM = re.compile(
    r"(?:\.{0,2}/|bin/|scripts?/)\S+|pytest|python3?|pip3?|uvx?|pipx|poetry|pdm|hatch|tox|nox|ruff|"
    "black|mypy|pyright|basedpyright|flake8|isort|pylint|coverage|pre-commit|alembic|flask|uvicorn|"
    "npm|npx|pnpm|yarn|bunx?|deno|node|tsc|eslint|prettier|jest|vitest|mocha|go|gofmt|cargo|rustc|"
    "rustfmt|make|cmake|ctest|ninja|meson|gcc|clang|javac?|mvn|gradle|dotnet|ruby|bundle|rake|gem|"
    "php|composer|swift|git|gh|docker|podman|kubectl|terraform|ls|cat|head|tail|wc|grep|rg|find|"
    "sed|awk|sort|uniq|diff|du|df|ps|pwd|echo|printf|date|env|which|whoami|uname|tree|touch|mkdir|"
    "cp|mv|tar|zip|unzip|curl|wget|ssh|rsync|bash|sh|zsh|psql|sqlite3|true|false|sleep"
)
_PROSE = re.compile(
    "and|then|the|an?|to|its?|this|that|these|those|them|if|until|again|please|for|with|in|on|my|"
    "our|your|all|any|some|so|because|when|after|before",
    re.IGNORECASE,
)
_SHELL = re.compile(r"[|&;<>$`(){}\n]")


def _verbatim(said: dict[str, str], _: Context) -> Plan | None:
    command = said["command"].strip()
    return one("bash", command=command) if command else None


def _plain(said: dict[str, str], _: Context) -> Plan | None:
    """`Run pytest -q`: words that can only be a command. Anything less clear wants `$ …`."""
    command = said["command"].strip()
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    if not words or _SHELL.search(command):
        return None
    if not _PROGRAM.fullmatch(words[0]) or any(_PROSE.fullmatch(word) for word in words[1:]):
        return None
    return one("bash", command=command)


def _tests(said: dict[str, str], _: Context) -> Plan | None:
    known = ", ".join(dict.fromkeys(name for name, _ in MARKERS))
    return Plan(
        [Call("ls", {"path": "."})],
        then=_tests_after,
        nothing=f"The project's root holds none of {known}, so its test command is unknown here: "
        "say it, as in `$ ./run-tests.sh`.",
        left=said.get("left", ""),
    )


def _tests_after(listed: list[ToolPart]) -> list[Call] | Plan:
    """The test command the root speaks for; Python's own comes from the project's environment."""
    command = next(iter(test_command(listed)), "")
    if command != "pytest":
        return [Call("bash", {"command": command})] if command else []
    names = _names(listed)
    runner = next((tool for tool in _RUNNERS if f"{tool}.lock" in names), "")
    own = next((folder for folder in (".venv", "venv") if folder in names), "")
    if not own:
        return _pytest(runner)

    def with_own(found: list[ToolPart]) -> list[Call] | Plan:
        lines = {line for call in found for line in call.output.splitlines()}
        programs = [f"{own}/bin/pytest", f"{own}/Scripts/pytest.exe"]
        program = next((one for one in programs if one in lines), "")
        return [Call("bash", {"command": program})] if program else _pytest(runner)

    return Plan([Call("glob", {"pattern": f"{own}/{{bin,Scripts}}/pytest*"})], then=with_own)


def _pytest(runner: str) -> list[Call] | Plan:
    """As the lock file wants it; without that tool the one there is."""
    plain = [Call("bash", {"command": "pytest"})]
    if not runner:
        return plain
    by_runner = [Call("bash", {"command": f"{runner} run pytest"})]
    return Plan(by_runner, then=lambda ran: plain if "[exit 127" in ran[0].output else [])


def test_command(listed: list[ToolPart]) -> list[str]:
    """The test commands that the listing of the root speaks for, the likeliest first."""
    names = _names(listed)
    return [command for name, command in MARKERS if fnmatch.filter(names, name)]


def _names(listed: list[ToolPart]) -> set[str]:
    """What lies in the root, the ignored folders that the listing names included."""
    return {
        word.rstrip("],").rstrip("/")
        for call in listed
        if call.status == "completed"
        for line in call.output.splitlines()
        if line[:1].strip()
        for word in line.split()
    }


def _status(_: dict[str, str], __: Context) -> Plan:
    return one("bash", command="git status --short")


def _diff(said: dict[str, str], _: Context) -> Plan | None:
    path = said.get("path", "")
    if path and not is_path(path):
        return None
    return one("bash", command=f"git diff -- {shlex.quote(unquoted(path))}" if path else "git diff")


def _commit(said: dict[str, str], _: Context) -> Plan | None:
    message = unquoted(said["text"])
    return one("bash", command=f"git commit -m {_quoted(message)}") if message.strip() else None


def _quoted(text: str) -> str:
    quoted = shlex.quote(text)
    return quoted if quoted.startswith("'") else f"'{quoted}'"


def _push(said: dict[str, str], _: Context) -> Plan | None:
    branch = f" {said['branch']}" if said.get("branch") else ""
    return one("bash", command=f"git push {said['remote']}{branch}")


def _log(said: dict[str, str], _: Context) -> Plan | None:
    return one("bash", command=f"git log --oneline -n {said.get('count') or 10}")


_COMMAND = r"\s*(?:run|execute)(?: (?:the |this )?(?:shell )?command)?\s*:\s*"

RUNNING: tuple[Form, ...] = (
    raw_form(
        "bash",
        ("Execute: git status", "$ git status"),
        r"\s*\$\s+(?P<command>\S.*)",
        _COMMAND + r"```(?:\w*\n)?(?P<command>.+?)\n?```\s*",
        _COMMAND + r"`(?P<command>[^`\n]+)`\s*",
        _COMMAND + r"(?P<command>[^`\s][^\n]*)",
        r"\s*(?:please\s+)?(?:run|execute)\s+(?:the\s+command\s+)?`(?P<command>[^`\n]+)`\s*[.!]?\s*",
        build=_verbatim,
    ),
    form(
        "bash",
        "Run the tests",
        "{run|execute|rerun|re-run}[ all][ of][ {the|my|our}][ {unit|whole|full|entire|project's}] "
        r"{test[s]|test suite}[ {again|once more}][ to {verify|check|see}\b.*]"
        r"[,? and [then ]<left={fix|explain|tell|check|repair|report}\b.*>]",
        build=_tests,
    ),
    form("bash", ("Run pytest", "Run npm install"), "{run|execute} <command:rest>", build=_plain),
    form(
        "bash",
        "What files have been modified?",
        "{what|which} [files ]{have|has}[ been] {modified|changed}",
        "{what|which} files {are|were} {modified|changed}",
        "{show|list}[ me][ the] {modified|changed} files",
        "[show ][me ][the ]git status",
        build=_status,
    ),
    form(
        "bash",
        "Show me the diff for main.py",
        "{show|print|display}[ me][ the] [git ]{diff|changes}"
        "[ {for|of|in|to} [the ]<path:path>[ file]]",
        build=_diff,
    ),
    form(
        "bash",
        'Create a commit with message "Add user authentication"',
        "{create|make} [a ][git ]commit {with|using}[ the][ commit] message:? <text:text>",
        "[git ]commit [with [the ]message ]<text:text>",
        build=_commit,
    ),
    form(
        "bash",
        "Push to origin",
        "[git ]push [to ]<remote=origin|upstream>[{ |/}<branch:branch>]",
        build=_push,
    ),
    form(
        "bash",
        "Show the last 10 commits",
        "{show|list|print}[ me][ the][ last <count:number>] {git log|commits|git history}",
        build=_log,
    ),
)
