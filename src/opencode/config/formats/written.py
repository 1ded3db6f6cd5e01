"""A settings file as somebody wrote it: found, parsed, and able to say where a key stands."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from opencode.config.formats import jsonc
from opencode.config.formats.malformed import plainly
from opencode.core.error import ConfigError

NAMES = ("opencode.toml", "opencode.jsonc", "opencode.json", "opencode.yaml", "opencode.yml")
"""In the order in which they are preferred."""

_LARGEST = 2_000_000


@dataclass(frozen=True)
class Written:
    """One file's text and the values in it, under the names used there."""

    path: Path
    text: str
    values: dict[str, Any]

    def place(self, keys: tuple[str, ...]) -> tuple[int, int]:
        """Line and column of a dotted key, (0, 0) when it cannot be told."""
        if self.path.suffix == ".toml":
            return _place_in_toml(self.text, keys)
        return _place_in_order(self.text, keys)


def find(folder: Path) -> list[Path]:
    """The settings files in a folder, the one that counts first."""
    return [path for name in NAMES if (path := folder / name).is_file()]


def read(path: Path) -> Written:
    """Parse by suffix (TOML when there is none). ConfigError names file, line and column."""
    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigError("the file is larger than 2 MB", file=str(path))
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=str(path)) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(
            "this is not UTF-8", file=str(path), line=line, hint="Save the file as UTF-8."
        ) from None
    return Written(path, text, parse(text, path))


def parse(text: str, path: Path) -> dict[str, Any]:
    """The table written in `text`; the suffix of `path` says in which language."""
    try:
        match path.suffix:
            case ".json" | ".jsonc":
                values: Any = jsonc.decode(text, str(path)) if text.strip() else {}
            case ".yaml" | ".yml":
                from opencode.config.formats import yaml_file  # noqa: PLC0415 (13 ms)

                values = yaml_file.decode(text, str(path))
            case _:
                values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _toml_error(text, error, str(path)) from None
    except RecursionError:
        raise ConfigError("nested too deeply", file=str(path)) from None
    if not isinstance(values, dict):
        raise ConfigError("the file must hold a table of settings", file=str(path), line=1)
    return cast("dict[str, Any]", values)


_UNQUOTED = 'Text stands in quotes: model = "provider/name". opencode config edit opens a file.'


_TWICE = "Beside [mcp.servers.NAME] the list of those that may start is called `only`."


def _toml_error(text: str, error: tomllib.TOMLDecodeError, file: str) -> ConfigError:
    message = str(error)
    found = re.search(r"\s*\(at line (\d+), column (\d+)\)$", message)
    if found:
        line, column = int(found[1]), int(found[2])
        hint = _UNQUOTED if message.startswith("Invalid value") else ""
        hint = _TWICE if "('mcp', 'servers'" in message else hint
        said = plainly(message[: found.start()])
        return ConfigError(said, file=file, line=line, column=column, hint=hint)
    reason = re.sub(r"\s*\(at end of document\)$", "", message)
    return ConfigError(plainly(reason), file=file, line=text.rstrip().count("\n") + 1)


_TOML_HEADER = re.compile(r"^\s*\[\[?([^\]\n]+)\]")
_TOML_KEY = re.compile(
    r"""^\s*((?:[\w-]+|"[^"\n]*"|'[^'\n]*')(?:\s*\.\s*(?:[\w-]+|"[^"\n]*"|'[^'\n]*'))*)\s*="""
)
_TOML_PART = re.compile(r"""[\w-]+|"([^"\n]*)"|'([^'\n]*)'""")


def _toml_parts(text: str) -> tuple[str, ...]:
    return tuple(found[1] or found[2] or found[0] for found in _TOML_PART.finditer(text))


def _place_in_toml(text: str, keys: tuple[str, ...]) -> tuple[int, int]:
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _TOML_HEADER.match(line):
            table = _toml_parts(header[1])
            if table == keys:
                return number, header.start(1) + 1
        elif (key := _TOML_KEY.match(line)) and keys:
            here = table + _toml_parts(key[1])
            if keys[: len(here)] == here:
                return number, key.start(1) + 1
    return 0, 0


def _place_in_order(text: str, keys: tuple[str, ...]) -> tuple[int, int]:
    at = start = 0
    for key in keys:
        found = re.compile(rf"""(?<![\w-])["']?{re.escape(key)}["']?\s*:""").search(text, at)
        if not found:
            return 0, 0
        start, at = found.start(), found.end()
    return text.count("\n", 0, start) + 1, start - (text.rfind("\n", 0, start) + 1) + 1
