"""Runs the commands of a page of the documentation and puts what they print under them."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from opencode.tests.fakes.model_client import model_server
from opencode.tests.fakes.real_tools import PATH as TOOLS
from opencode.tests.fakes.tour import SETTINGS, TURNS
from opencode.tests.pages import DOCS

_BLOCK = re.compile(r"^(`{3,})(bash|console)\n(.*?)^\1$", re.DOTALL | re.MULTILINE)
_CHANGING = (
    (re.compile(r"ses_\w+"), "ses_…"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"), "2026-11-21 09:00"),
    (re.compile(r"(09:00  )\d+ +"), r"\1 "),  # messages: a language server may add one
    (re.compile(r"\b\d+\.\d+( ms| s|  +)"), r"0.1\1"),
    (re.compile(r"about \d+ → \d+ tokens"), "about 3000 → 2000 tokens"),
    (re.compile(r"\b[0-9a-f]{7} Greet$", re.MULTILINE), "5959f59 Greet"),
    (re.compile(r"^[Ss]andbox: .*$", re.MULTILINE), "sandbox: …"),
    (re.compile(r" +\n"), "\n"),
)
_TYPED = re.compile(r"\$ (opencode|git (diff|status)|printf) ")
"""What a person types; a line of a run that begins with $ is a command of the model's."""
_PROJECT = re.compile(r"^mkdir (?:-p )?(\w+)", re.MULTILINE)
PAGE = DOCS / "tutorial.md"
TOUR = DOCS / "tour.md"
"""Answered by a model service that plays `fakes/tour.py`; needs what `make setup-real` installs."""


def replayed(text: str, folder: Path) -> str:
    """The page with what its commands print now. The first `bash` block lays out the project in
    `folder`; each `$` line of the `console` blocks is then run in it."""
    named = _PROJECT.search(text)
    assert named
    project = folder / named[1]

    def block(match: re.Match[str]) -> str:
        marks, kind, body = match.groups()
        if kind == "bash":
            if not project.exists():
                _shell(body, folder)
            return match[0]
        commands = [line[2:] for line in body.splitlines() if _TYPED.match(line)]
        shown = [f"$ {command}\n{_shell(command, project)}" for command in commands]
        return f"{marks}console\n{''.join(shown)}{marks}"

    return _BLOCK.sub(block, text)


def toured(folder: Path) -> str:
    """The tour as it goes now, with the settings of this home."""
    settings = Path(os.environ["HOME"]) / ".config/opencode/opencode.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    with model_server(TURNS) as server:
        settings.write_text(SETTINGS.format(url=server.url))
        return replayed(TOUR.read_text("utf-8"), folder)


def _shell(command: str, folder: Path) -> str:
    """What a person sees; `ID` is the session that comes first in the list."""
    here = f'opencode() {{ "{sys.executable}" -P -m opencode "$@"; }}\n'
    if " ID" in command:
        newest = "$(opencode session list --json | grep -o 'ses_[A-Za-z0-9]*' | head -1)"
        command = command.replace(" ID", f" {newest}")
    done = subprocess.run(
        ["bash", "-c", here + command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PATH": TOOLS},
        text=True,
        check=False,
    )
    home = os.environ["HOME"]
    return done.stdout.replace(str(folder.parent), "~").replace(home, "~")


def plain(text: str) -> str:
    """Without what differs from run to run."""
    for pattern, instead in _CHANGING:
        text = pattern.sub(instead, text)
    return text


def main() -> None:
    """Write the pages with what their commands print, in a home of their own."""
    with tempfile.TemporaryDirectory(prefix="opencode-") as name:
        home, work = Path(name, "home"), Path(name, "work")
        for folder in (home, work):
            folder.mkdir()
        (home / "run").mkdir(mode=0o700)
        own = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run"), "LANG": "en_US.UTF-8"}
        who = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.invalid"}
        who |= {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.invalid"}
        os.environ.update(own | who)
        PAGE.write_text(replayed(PAGE.read_text("utf-8"), work), "utf-8")
        TOUR.write_text(toured(work), "utf-8")


if __name__ == "__main__":
    main()
