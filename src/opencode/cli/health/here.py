"""The machine itself: terminal, settings, folders, programs and the wall around commands."""

import locale
import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import opencode
from opencode.cli.health.finding import Finding
from opencode.config import paths
from opencode.config.load import Loaded
from opencode.host.wall.sandbox import Sandbox
from opencode.tools.shared.search.search import find_rg
from opencode.workspace.opening.walls import policy_of

_SMALLEST = (80, 24)
_LITTLE = 200_000_000
"""Bytes free on a disk below which work soon fails."""


def terminal() -> Iterator[Finding]:
    """What the terminal app needs of the terminal."""
    version = f"{platform.python_version()}, {platform.system()} {platform.machine()}"
    yield Finding("program", "opencode", "ok", f"{opencode.__version__}, Python {version}")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield Finding("terminal", "terminal", "off", "none here; `opencode run` needs none")
        return
    columns, lines = shutil.get_terminal_size()
    small = columns < _SMALLEST[0] or lines < _SMALLEST[1]
    fix = "Make the window at least 80 by 24." if small else ""
    yield Finding("terminal", "size", "warn" if small else "ok", f"{columns}x{lines}", fix)
    name = os.environ.get("TERM", "")
    if name in ("", "dumb") and os.name != "nt":
        fix = "Set TERM, as in: export TERM=xterm-256color"
        yield Finding("terminal", "kind", "fail", f"TERM is {name or 'not set'}", fix)
    else:
        colours = os.environ.get("COLORTERM") or ("256" if "256" in name else "few colours")
        yield Finding("terminal", "kind", "ok", f"{name or 'Windows console'}, {colours}")
    encoding = locale.getpreferredencoding(False)
    utf8 = encoding.lower().replace("-", "") == "utf8"
    fix = "" if utf8 else "Choose a UTF-8 locale, as in: export LANG=C.UTF-8"
    yield Finding("terminal", "text", "ok" if utf8 else "warn", encoding, fix)


def settings(loaded: Loaded) -> Iterator[Finding]:
    """The files that count, and what is to be said about them."""
    files = [str(source.path) for source in loaded.sources if source.path]
    yield Finding("settings", "files", "ok", ", ".join(dict.fromkeys(files)) or "none: built in")
    for warning in loaded.warnings:
        trust = "opencode trust" if "trust" in warning else "opencode config edit"
        yield Finding("settings", "note", "warn", warning, trust)


def folders() -> Iterator[Finding]:
    """Whether what must be kept can be kept."""
    yield _folder("data", paths.data_dir())
    yield _folder("log", paths.log_dir())
    yield _folder("cache", paths.cache_dir())
    yield _folder("config", paths.config_dir())
    keys = paths.auth_file()
    if keys.exists() and os.name != "nt":
        mode = stat.S_IMODE(keys.stat().st_mode)
        open_to_others = bool(mode & 0o077)
        fix = f"chmod 600 {keys}" if open_to_others else ""
        state = "fail" if open_to_others else "ok"
        yield Finding("folders", "keys", state, f"{keys}, mode {mode:04o}", fix)


def _folder(name: str, folder: Path) -> Finding:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            free = shutil.disk_usage(there).free
    except OSError as error:
        fix = "Make it yours, or move the data: export OPENCODE_DATA_DIR=…"
        return Finding("folders", name, "fail", f"{folder}: {error.strerror}", fix)
    if free < _LITTLE:
        return Finding("folders", name, "warn", f"{folder}, {free // 10**6} MB free", "Make room.")
    return Finding("folders", name, "ok", str(folder))


def programs(here: Path) -> Iterator[Finding]:
    """The programs we start."""
    git = shutil.which("git")
    if git:
        told = subprocess.run([git, "--version"], capture_output=True, text=True, check=False)
        yield Finding("programs", "git", "ok", told.stdout.strip().removeprefix("git version "))
    else:
        yield Finding("programs", "git", "warn", "not there", "Install git: undo works without it.")
    rg = find_rg(here)
    slow = "not there; our own search is slower"
    yield Finding("programs", "ripgrep", "ok" if rg else "warn", rg or slow, "" if rg else _RG)
    shell = os.environ.get("SHELL") or os.environ.get("COMSPEC") or ""
    there = bool(shutil.which("bash") or os.name == "nt")
    fix = "" if there else "Install bash: commands of the model are run by it."
    yield Finding("programs", "bash", "ok" if there else "fail", shutil.which("bash") or shell, fix)


_RG = "Install ripgrep: https://github.com/BurntSushi/ripgrep#installation"


def sandbox(loaded: Loaded, here: Path) -> Iterator[Finding]:
    """Which wall stands around commands, by building it."""
    wanted = loaded.settings.sandbox
    walled = Sandbox(policy_of(loaded.settings, here), enabled=wanted.enabled)
    try:
        wall, isolation = walled.wall, walled.isolation
    finally:
        walled.close()
    more = "opencode debug sandbox"
    if not wanted.enabled:
        yield Finding("sandbox", wall.kind, "off", "switched off in the settings: commands ask")
    elif isolation == "none":
        why = "; ".join(wall.refused)
        detail = f"{wall.kind}: commands ask instead; {why}"
        yield Finding("sandbox", "wall", "warn", detail, more)
    else:
        yield Finding("sandbox", "wall", "ok", f"{wall.kind}; what it holds: {more}")
