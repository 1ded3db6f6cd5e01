"""What a project folder says of itself: its git root and its rules files."""

import re
from collections.abc import Iterable
from pathlib import Path

from opencode.agent.prompt import Setting, rules_block
from opencode.core.message import Message

_NAMES = ("AGENTS.md", "CLAUDE.md")
_LIMIT = 32_000
_TOLD = re.compile(r'<rules from="([^"\n]+)">')


def git_root(folder: Path) -> Path | None:
    """The work tree `folder` lies in, found by its .git, without running git."""
    return next((f for f in (folder, *folder.parents) if (f / ".git").exists()), None)


def setting_of(folder: Path, user_folder: Path, more: Iterable[str]) -> Setting:
    """Everything the system prompt says of the project; rules files outermost first."""
    root = git_root(folder)
    top = root or folder
    inner = [f for f in (folder, *folder.parents) if f.is_relative_to(top)]
    places = [user_folder, *reversed(inner)]
    found = [path for place in places if (path := _rules_in(place))]
    for pattern in more:
        found += sorted(p for p in folder.glob(pattern) if p.is_file())
    unique = dict.fromkeys(found)
    return Setting(str(folder), root is not None, [(str(p), _read(p)) for p in unique])


def rules_near(path: Path, project: Path, told: set[str]) -> str:
    """Rules files between the project's folder and `path` that were not told yet; they count as
    told from now on."""
    if not path.is_relative_to(project):
        return ""
    folders = [
        f for f in (path.parent, *path.parents) if f.is_relative_to(project) and f != project
    ]
    blocks: list[str] = []
    for folder in reversed(list(dict.fromkeys(folders))):
        found = _rules_in(folder)
        if found and str(found) not in told:
            told.add(str(found))
            blocks.append(rules_block(str(found), _read(found)))
    return "\n".join(blocks)


def told_rules(messages: list[Message]) -> set[str]:
    """The rules files a conversation has already been told by its reads."""
    outputs = (call.output for message in messages for call in message.calls)
    return {path for output in outputs for path in _TOLD.findall(output)}


def _rules_in(folder: Path) -> Path | None:
    return next((p for name in _NAMES if (p := folder / name).is_file()), None)


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(_LIMIT + 1)
    except OSError:
        return ""
    return text if len(text) <= _LIMIT else f"{text[:_LIMIT]}\n[cut at {_LIMIT} characters]"
