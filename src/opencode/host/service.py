"""A server that starts with the person's session: a systemd user unit or a LaunchAgent."""

import os
import plistlib
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from opencode.core.error import OpenCodeError, UsageError
from opencode.host.files import write_atomic

_SECONDS = 30.0


@dataclass(frozen=True)
class Service:
    """What is to run. `name` is that of its systemd unit, `label` that of its LaunchAgent."""

    name: str
    label: str
    about: str
    command: list[str]
    directory: Path
    environment: dict[str, str] = field(default_factory=dict[str, str])
    """Written into a file only the person reads."""
    logs: Path = Path()
    """The folder for what it prints, on macOS; systemd has its journal."""
    restarts: bool = True
    """After it failed."""


@dataclass(frozen=True)
class Standing:
    """How a service stands: its file ("" when it is not installed) and the system's own word."""

    file: str
    word: str = ""


def unit_of(service: Service) -> str:
    """Its systemd unit."""
    command = " ".join(_quoted(word).replace("$", "$$") for word in service.command)
    given = (f"{name}={value}" for name, value in service.environment.items())
    lines = [f"Environment={_quoted(one)}" for one in given]
    return "\n".join(
        [
            "[Unit]",
            f"Description={service.about}",
            "StartLimitIntervalSec=60",
            "StartLimitBurst=5",
            "",
            "[Service]",
            f"ExecStart={command}",
            f"WorkingDirectory={_plain(str(service.directory))}",
            *lines,
            f"Restart={'on-failure' if service.restarts else 'no'}",
            "RestartSec=2",
            "UMask=0077",
            "",
            "[Install]",
            "WantedBy=default.target",
            "",
        ]
    )


def agent_of(service: Service) -> bytes:
    """Its LaunchAgent."""
    log = str(service.logs / f"{service.name}.log")
    found = {
        "Label": service.label,
        "ProgramArguments": service.command,
        "WorkingDirectory": str(service.directory),
        "EnvironmentVariables": service.environment,
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False} if service.restarts else False,
        "ProcessType": "Interactive",
        "Umask": 0o077,
        "StandardOutPath": log,
        "StandardErrorPath": log,
    }
    return plistlib.dumps(found)


def install(service: Service, system: str = sys.platform) -> Path:
    """Write its file and start it, now and with every login. Returns the file. UsageError where
    there is neither systemd nor launchd, OpenCodeError when they refuse; the file stays then."""
    if system == "darwin":
        service.logs.mkdir(parents=True, exist_ok=True)
        file = _agents() / f"{service.label}.plist"
        _write(file, agent_of(service))
        _told(["launchctl", "bootout", f"{_domain()}/{service.label}"])
        _must(["launchctl", "bootstrap", _domain(), str(file)])
        return file
    _require_systemd(system)
    file = _units() / f"{service.name}.service"
    _write(file, unit_of(service).encode())
    _must(["systemctl", "--user", "daemon-reload"])
    _must(["systemctl", "--user", "enable", f"{service.name}.service"])
    _must(["systemctl", "--user", "restart", f"{service.name}.service"])
    return file


def uninstall(name: str, label: str, system: str = sys.platform) -> Path | None:
    """Stop it and take its file away; None when there was none."""
    file = _file(name, label, system)
    if not file.exists():
        return None
    if system == "darwin":
        _told(["launchctl", "bootout", f"{_domain()}/{label}"])
        file.unlink()
        return file
    _told(["systemctl", "--user", "disable", "--now", f"{name}.service"])
    file.unlink()
    _told(["systemctl", "--user", "daemon-reload"])
    return file


def standing(name: str, label: str, system: str = sys.platform) -> Standing:
    """Whether it is installed and runs."""
    file = _file(name, label, system)
    if not file.exists():
        return Standing("")
    if system == "darwin":
        code, text = _told(["launchctl", "print", f"{_domain()}/{label}"])
        found = (line.split("=", 1)[1] for line in text.splitlines() if "\tstate =" in line)
        return Standing(str(file), next(found, "unknown").strip() if code == 0 else "not loaded")
    _, text = _told(["systemctl", "--user", "is-active", f"{name}.service"])
    return Standing(str(file), text.strip().splitlines()[0] if text.strip() else "unknown")


def _file(name: str, label: str, system: str) -> Path:
    if system == "darwin":
        return _agents() / f"{label}.plist"
    _require_systemd(system)
    return _units() / f"{name}.service"


def _require_systemd(system: str) -> None:
    if system == "win32":
        raise UsageError(
            "Windows has no services of a person that we install.",
            hint='Use the Task Scheduler: schtasks /create /sc onlogon /tn opencode /tr "…"',
        )
    if shutil.which("systemctl") is None:
        raise UsageError(
            "There is no systemd here.",
            hint="Start the command yourself, or from your own supervisor.",
        )


def _units() -> Path:
    own = os.environ.get("XDG_CONFIG_HOME")
    return (Path(own) if own else Path.home() / ".config") / "systemd" / "user"


def _agents() -> Path:
    return Path.home() / "Library" / "LaunchAgents"


def _domain() -> str:
    return f"gui/{os.getuid()}" if sys.platform != "win32" else ""


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(file, data, mode=0o600)


def _must(command: list[str]) -> None:
    code, text = _told(command)
    if code:
        raise OpenCodeError(f"`{' '.join(command)}` failed: {text.strip()}")


def _told(command: list[str]) -> tuple[int, str]:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 127, str(error)
    return done.returncode, done.stdout + done.stderr


def _quoted(word: str) -> str:
    """As systemd reads it back: quotes and its specifiers are text. Variables it knows in commands
    only, where `$$` is the sign itself."""
    plain = _plain(word).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def _plain(word: str) -> str:
    return word.replace("%", "%%")
