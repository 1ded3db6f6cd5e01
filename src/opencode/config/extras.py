"""Where agents, commands, skills, tools and themes of users and projects lie; what needs trust.

A theme waits, too: colours can hide what a question shows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from opencode.config import paths

Kind = Literal["agent", "command", "skill", "tool", "theme"]

PATTERNS: dict[Kind, str] = {
    "agent": "**/*.md",
    "command": "**/*.md",
    "skill": "**/SKILL.md",
    "tool": "*.py",
    "theme": "*.[jt]*",
}
_SHARED: dict[Kind, tuple[str, ...]] = {
    "agent": (),
    "command": (".claude/commands",),
    "skill": (".claude/skills", ".agents/skills"),
    "tool": (),
    "theme": (),
}
"""Folders that other programs read, too."""


def user_folders(kind: Kind) -> list[Path]:
    """The user's own, those shared with other programs first: what comes later wins."""
    shared = [Path.home() / name for name in _SHARED[kind]]
    return [*shared, paths.config_dir() / kind, paths.config_dir() / f"{kind}s"]


def project_folders(kind: Kind, root: Path, directory: Path) -> list[Path]:
    """From the project's root down to the directory."""
    inside = [f for f in (directory, *directory.parents) if f.is_relative_to(root)]
    names = (*_SHARED[kind], f".opencode/{kind}", f".opencode/{kind}s")
    return [folder / name for folder in reversed(inside) for name in names]


def fingerprints(root: Path, directory: Path) -> dict[str, str]:
    """What a project adds, each file by the hash of what it holds: it counts when trusted."""
    found: dict[str, str] = {}
    for path in _project_files(root, directory):
        import hashlib  # noqa: PLC0415 - 5 ms that most projects do not need

        name = path.relative_to(root).as_posix()
        try:
            found[name] = f"sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}"
        except OSError:
            found[name] = "unreadable"
    return found


def _project_files(root: Path, directory: Path) -> Iterator[Path]:
    mine = {folder for kind in PATTERNS for folder in user_folders(kind)}
    for kind, pattern in PATTERNS.items():
        below = "**/*.py" if kind == "tool" else pattern  # a tool may load what lies below it
        for folder in project_folders(kind, root, directory):
            if folder not in mine:
                yield from sorted(path for path in folder.glob(below) if path.is_file())
