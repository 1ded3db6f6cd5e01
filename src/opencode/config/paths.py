"""Where things live. Functions of the environment; nothing is created by asking."""

import os
import sys
from pathlib import Path

import platformdirs

_APP = "opencode"


def config_dir() -> Path:
    """The user's settings: `~/.config/opencode` and its kin."""
    return Path(platformdirs.user_config_dir(_APP, appauthor=False))


def data_dir() -> Path:
    """What must not be lost: sessions, keys, undo bytes, grants, trust. `OPENCODE_DATA_DIR`
    moves this and everything below except project-local sessions and the runtime folder."""
    return _moved() or Path(platformdirs.user_data_dir(_APP, appauthor=False))


def state_dir() -> Path:
    """What may be lost without harm: logs, histories of inputs."""
    return _moved() or Path(platformdirs.user_state_dir(_APP, appauthor=False))


def log_dir() -> Path:
    """Where the log files rotate."""
    return state_dir() / "log"


def cache_dir() -> Path:
    """What can be made again at any time."""
    moved = _moved()
    return moved / "cache" if moved else Path(platformdirs.user_cache_dir(_APP, appauthor=False))


def runtime_dir() -> Path:
    """Sockets and the like of this login; its user must create it with mode 0700."""
    if sys.platform == "linux" and not os.environ.get("XDG_RUNTIME_DIR"):
        login = Path(f"/run/user/{os.getuid()}")
        return login / _APP if os.access(login, os.W_OK) else state_dir() / "run"
    return Path(platformdirs.user_runtime_dir(_APP, appauthor=False))


def auth_file() -> Path:
    """The stored keys, mode 0600."""
    return data_dir() / "auth.json"


def project_root(directory: Path) -> Path:
    """The nearest folder upward that holds `.git`; without one, `directory` itself."""
    for folder in (directory, *directory.parents):
        if (folder / ".git").exists():
            return folder
    return directory


def _moved() -> Path | None:
    chosen = os.environ.get("OPENCODE_DATA_DIR", "")
    return Path(chosen).expanduser().absolute() if chosen else None
