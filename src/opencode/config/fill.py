"""Fills in what a settings file leaves open: `{env:…}`, `{file:…}`, relative paths."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from opencode.config.spelling import Table
from opencode.core.error import ConfigError

_LARGEST = 1_000_000
_NAMED = re.compile(r"\{(env|file):([^{}\n]+)\}")


def filled(node: Any, folder: Path, env: Mapping[str, str], file: str) -> Any:
    """`{env:NAME}` is the variable ("" when unset), `{file:path}` the trimmed text of a file."""
    if isinstance(node, dict):
        table = cast("Table", node)
        return {key: filled(value, folder, env, file) for key, value in table.items()}
    if isinstance(node, list):
        return [filled(item, folder, env, file) for item in cast("list[Any]", node)]
    if not isinstance(node, str) or "{" not in node:
        return node

    def fill(match: re.Match[str]) -> str:
        if match[1] == "env":
            return env.get(match[2].strip(), "")
        try:
            return _text_of(folder / Path(match[2].strip()).expanduser())
        except (OSError, ValueError) as error:
            why = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
            reason = error.strerror if isinstance(error, OSError) else why
            raise ConfigError(f"{match[0]} cannot be read: {reason}", file=file) from None

    return _NAMED.sub(fill, node)


def _text_of(path: Path) -> str:
    """A device or a pipe would never end."""
    if path.exists() and not path.is_file():
        unfit = "it is no file"
        raise ValueError(unfit)
    if path.exists() and path.stat().st_size > _LARGEST:
        unfit = "it is larger than 1 MB"
        raise ValueError(unfit)
    return path.read_text("utf-8").strip()


def make_absolute(values: Table, folder: Path, *, in_project: bool) -> None:
    """Paths in a file are relative to it; the user's `instructions` to each project."""
    if chosen := values.get("project_dir"):
        values["project_dir"] = _path(folder, chosen)
    if chosen := values.get("session", {}).get("database_path"):
        values["session"]["database_path"] = _path(folder, chosen)
    if in_project and "instructions" in values:
        values["instructions"] = [
            item if "://" in item else _path(folder, item) for item in values["instructions"]
        ]


def _path(folder: Path, written: str) -> str:
    return os.path.normpath(folder / Path(written).expanduser())
