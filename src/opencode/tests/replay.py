"""Runs the commands of a page of the documentation and puts what they print under them."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from opencode.tests.pages import DOCS

_BLOCK = re.compile(r"^(`{3,})(bash|console)\n(.*?)^\1$", re.DOTALL | re.MULTILINE)
_CHANGING = (
    (re.compile(r"ses_\w+"), "ses_…"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"), "2026-11-21 09:00"),
    (re.compile(r"(09:00  )\d+ +"), r"\1 "),  # messages: a language server may add one
    (re.compile(r"\b\d+\.\d+( ms| s|  +)"), r"0.1\1"),
    (re.compile(r"^sandbox: .*$", re.MULTILINE), "sandbox: …"),
    (re.compile(r" +\n"), "\n"),
)
PAGE = DOCS / "tutorial.md"


def replayed(text: str, folder: Path) -> str:
    """The page with what its commands print now. The first `bash` block lays out the project in
    `folder`; each `$` line of the `console` blocks is then run in it."""
    project = folder / "shop"

    def block(match: re.Match[str]) -> str:
        marks, kind, body = match.groups()
        if kind == "bash":
            if not project.exists():
                _shell(body, folder)
            return match[0]
        commands = [line[2:] for line in body.splitlines() if line.startswith("$ ")]
        shown = [f"$ {command}\n{_shell(command, project)}" for command in commands]
        return f"{marks}console\n{''.join(shown)}{marks}"

    return _BLOCK.sub(block, text)


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
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
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
    """Write the page with what its commands print, in a home of its own."""
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


if __name__ == "__main__":
    main()
