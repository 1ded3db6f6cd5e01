"""What is written down for finding faults: a rotating file, keys blacked out, never the screen."""

import contextlib
import logging
import os
import re
import sys
import time
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from pathlib import Path

import msgspec

session_id: ContextVar[str] = ContextVar("session_id", default="")
"""Set by whoever works for a session; its lines carry the id."""

FILE = "opencode.log"
_LARGEST = 5_000_000
_KEPT = 4
_SECRET_NAMES = ("KEY", "TOKEN", "SECRET", "PASSWORD")
_KEY_SHAPES = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|pplx|hf|r8|csk|tgp)[-_][\w-]{16,}"
    r"|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bAIza[\w-]{30,}|\bAKIA[A-Z0-9]{16}\b"
    r"|(?<=[Bb]earer )[\w.~+/=-]{8,}|(?<=[Bb]asic )[\w+/=]{12,}"
)

_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def set_up(
    folder: Path,
    *,
    level: str = "",
    echo: bool = False,
    json: bool = False,
    env: Mapping[str, str] = os.environ,
) -> None:
    """Send every log line to `folder`/opencode.log, and to stderr with `echo`. The file is made
    with its first line. May be called again, with more known."""
    names = logging.getLevelNamesMapping()
    wanted = (level or env.get("OPENCODE_LOG_LEVEL", "") or "INFO").upper()
    chosen = names.get(wanted, logging.INFO)
    root = logging.getLogger()
    ours = [handler for handler in root.handlers if isinstance(handler, _Handler)]
    for old in ours:
        root.removeHandler(old)
        old.close()
    hidden = {value for old in ours for value in old.hidden}
    hidden |= {value for name, value in env.items() if name.upper().endswith(_SECRET_NAMES)}
    root.addHandler(_Handler(folder / FILE, hidden, echo=echo, json=json, fixed=bool(level)))
    _set_level(chosen)


def settle(level: str, *, json: bool) -> None:
    """What the settings say, for a log that `set_up` began; a level somebody asked for there
    stays. Nothing happens where there is no log of ours."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _Handler):
            handler.json = handler.json or json
            if not handler.fixed:
                _set_level(logging.getLevelNamesMapping().get(level, logging.INFO))


def _set_level(chosen: int) -> None:
    """Ours as wanted; other libraries speak at most of what went wrong, unless all is wanted."""
    logging.getLogger().setLevel(logging.INFO if chosen <= logging.DEBUG else logging.WARNING)
    logging.getLogger("opencode").setLevel(chosen)


def hide(secrets: Iterable[str]) -> None:
    """Black out these texts, too: keys that stand in no variable."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _Handler):
            handler.hidden.update(secrets)


def redact(text: str, hidden: Iterable[str] = ()) -> str:
    """The text with what looks like a key, and each of `hidden` (8 characters or more), blacked
    out."""
    for value in hidden:
        if len(value) >= 8:
            text = text.replace(value, "[hidden]")
    return _KEY_SHAPES.sub("[hidden]", text)


def _tame(message: str) -> str:
    """What others wrote can neither begin a line of its own nor steer the terminal."""
    lines = message.splitlines() or [""]
    return "\n    ".join(_STEERING.sub("\N{REPLACEMENT CHARACTER}", line) for line in lines)


class _Handler(logging.Handler):
    """Appends whole lines, so that several processes may share the file; rotates by size."""

    def __init__(
        self, path: Path, hidden: set[str], *, echo: bool, json: bool, fixed: bool = False
    ) -> None:
        super().__init__()
        self.hidden = hidden
        self.json = json
        self.fixed = fixed
        """Somebody chose the level for this start."""
        self._path = path
        self._echo = echo
        self._file: int | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; a full disk or a closed stream must not stop the work."""
        line = redact(self._line(record), self.hidden) + "\n"
        with contextlib.suppress(OSError, ValueError):
            os.write(self._open(), line.encode(errors="backslashreplace"))
        if self._echo:
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.write(line)

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        super().close()

    def _line(self, record: logging.LogRecord) -> str:
        now = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.created))
        stamp = f"{now}.{int(record.msecs):03d}"
        session = session_id.get()
        message = record.getMessage()
        if record.exc_info:
            message += "\n" + logging.Formatter().formatException(record.exc_info)
        if self.json:
            entry = {"time": stamp, "name": record.name, "level": record.levelname}
            entry |= {"session": session} if session else {}
            return msgspec.json.encode(entry | {"message": message}).decode()
        mark = f" [{session}]" if session else ""
        return f"{stamp} {record.name} {record.levelname}{mark} {_tame(message)}"

    def _open(self) -> int:
        if self._file is not None and os.fstat(self._file).st_size < _LARGEST:
            return self._file
        if self._file is not None:
            self._rotate(os.fstat(self._file))
            os.close(self._file)
            self._file = None
        self._path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self._file = os.open(self._path, flags, 0o600)
        return self._file

    def _rotate(self, full: os.stat_result) -> None:
        """Number the files up. Another process may have done so; Windows may refuse for it."""
        with contextlib.suppress(OSError):
            if not os.path.samestat(self._path.stat(), full):
                return
            for number in range(_KEPT - 1, 0, -1):
                older = self._path.with_name(f"{FILE}.{number}")
                if older.exists():
                    older.replace(self._path.with_name(f"{FILE}.{number + 1}"))
            self._path.replace(self._path.with_name(f"{FILE}.1"))
