"""Where session files lie and how they are named: session_{date}_{time}_{short id}.json."""

import os
import re
import time
from pathlib import Path

from msgspec import Struct

from opencode.core.ids import short_id

FILE_NAME = re.compile(r"session_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_([0-9a-f]{8})\.json")
_OWN_CONFIG = ("opencode.toml", "opencode.json", "opencode.jsonc")


class Folder(Struct, frozen=True):
    """The folder new sessions of a project are written to; `notice` says what was not obeyed."""

    path: Path
    notice: str = ""


def session_folder(
    directory: Path,
    data: Path,
    project_dir: str = "",
    *,
    of_project: bool = False,
    trusted: bool = False,
) -> Folder:
    """The place of the guide for a project in `directory`, `data` being the user's data folder.

    `of_project`: `project_dir` was set by the project's own file, which until `trusted` may only
    name folders inside the project; the same holds for links in the project.
    """
    home = data / "sessions"
    if _inside(directory, data):
        return Folder(home)  # a batch task's own copy, which is thrown away
    if project_dir:
        root = (directory / Path(project_dir).expanduser()).absolute()
        wanted = root / "docs" / "opencode" / "sessions"
        if trusted or not of_project or _inside(wanted, directory):
            return Folder(wanted)
        return Folder(
            home,
            f"project_dir = {project_dir!r} lies outside of this project, which is not trusted; "
            "sessions are kept with your own. `opencode trust` allows it.",
        )
    wanted = directory / "docs" / "sessions"
    if not (wanted.is_dir() or any((directory / name).is_file() for name in _OWN_CONFIG)):
        return Folder(home)
    if trusted or _inside(wanted, directory):
        return Folder(wanted)
    return Folder(
        home,
        f"{wanted} leads outside of this project, which is not trusted; "
        "sessions are kept with your own. `opencode trust` allows it.",
    )


def file_name(session_id: str, created: float) -> str:
    """The name of the session's file, in local time."""
    stamp = time.strftime("%Y-%m-%d_%H-%M-%S", time.localtime(created))
    return f"session_{stamp}_{short_id(session_id)}.json"


def journal_of(path: Path) -> Path:
    """The journal that belongs to a session file."""
    return path.with_suffix(".journal")


def journal_named(name: str) -> str:
    """Its name alone, from that of a session file as FILE_NAME spells it; for thousands."""
    return name.removesuffix(".json") + ".journal"


def _inside(path: Path, directory: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(directory))
