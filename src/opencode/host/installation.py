"""How this program came onto the machine, and with which commands it is renewed and removed."""

import json
import os
import shutil
import sys
import sysconfig
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from urllib.request import url2pathname

from msgspec import Struct

import opencode

PACKAGE = "opencode-textual"
Kind = Literal["pip", "uv", "uv tool", "pipx", "checkout", "binary", "system"]


class Installation(Struct, frozen=True):
    """One way to be installed."""

    kind: Kind
    place: Path
    """The environment, the checkout or the binary."""
    version: str
    why_not: str = ""
    """Why it cannot be changed from here, and what to do; "" when it can."""

    def upgrade(self, version: str = "") -> list[list[str]]:
        """The commands, in order; `version` asks for that one."""
        wanted = f"{PACKAGE}=={version}" if version else PACKAGE
        match self.kind:
            case "pip":
                return [[sys.executable, "-m", "pip", "install", "--upgrade", wanted]]
            case "uv":
                where = ["--python", sys.executable]
                return [["uv", "pip", "install", *where, "--upgrade", wanted]]
            case "uv tool" if version:
                return [["uv", "tool", "install", "--force", wanted]]
            case "uv tool":
                return [["uv", "tool", "upgrade", PACKAGE]]
            case "pipx" if version:
                return [["pipx", "install", "--force", wanted]]
            case "pipx":
                return [["pipx", "upgrade", PACKAGE]]
            case "checkout":
                return _pulled(self.place, version)
            case "binary" | "system":
                return []

    def uninstall(self) -> list[list[str]]:
        """The commands; none where the program is not ours to remove."""
        match self.kind:
            case "pip":
                return [[sys.executable, "-m", "pip", "uninstall", "--yes", PACKAGE]]
            case "uv":
                return [["uv", "pip", "uninstall", "--python", sys.executable, PACKAGE]]
            case "uv tool":
                return [["uv", "tool", "uninstall", PACKAGE]]
            case "pipx":
                return [["pipx", "uninstall", PACKAGE]]
            case "checkout" | "binary" | "system":
                return []


def installation() -> Installation:
    """How the running program was installed."""
    version = opencode.__version__
    unpacked = Path(sys.prefix) / "opencode-binary"
    if unpacked.is_file():  # it holds where the file lay that was unpacked
        hint = "Put the newer file in its place."
        return Installation("binary", Path(unpacked.read_text("utf-8")), version, hint)
    try:
        found = distribution(PACKAGE)
    except PackageNotFoundError:
        return Installation("checkout", Path(opencode.__file__).parents[2], version)
    if folder := _checkout(found):
        return Installation("checkout", folder, version)
    return _in_environment(Path(sys.prefix), _installer(found), found.version)


def _in_environment(prefix: Path, installer: str, version: str) -> Installation:
    if (prefix / "uv-receipt.toml").exists():
        return Installation("uv tool", prefix, version, _missing("uv"))
    if (prefix / "pipx_metadata.json").exists():
        return Installation("pipx", prefix, version, _missing("pipx"))
    is_venv = sys.prefix != sys.base_prefix
    if not is_venv and (Path(sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED").exists():
        hint = "The system's package manager put it there: use that."
        return Installation("system", prefix, version, hint)
    if installer == "uv":
        return Installation("uv", prefix, version, _missing("uv"))
    return Installation("pip", prefix, version)


def _missing(program: str) -> str:
    return "" if shutil.which(program) else f"It was installed by {program}, which is not on PATH."


def _installer(found: Distribution) -> str:
    return (found.read_text("INSTALLER") or "").strip()


def _checkout(found: Distribution) -> Path | None:
    """The folder it is used from, when it was installed as editable."""
    try:
        told: Any = json.loads(found.read_text("direct_url.json") or "{}")
    except ValueError:
        return None
    if not told.get("dir_info", {}).get("editable"):
        return None
    return Path(url2pathname(urlsplit(str(told["url"])).path))


def _pulled(folder: Path, version: str) -> list[list[str]]:
    at = ["git", "-C", str(folder)]
    if version:
        commands = [[*at, "fetch", "--tags"], [*at, "checkout", f"v{version}"]]
    else:
        commands = [[*at, "pull", "--ff-only"]]
    if os.name != "nt" and (folder / "Makefile").exists():
        commands.append(["make", "-C", str(folder), "setup"])
    return commands
