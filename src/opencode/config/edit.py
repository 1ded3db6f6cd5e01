"""Changes one key of a settings file and leaves the rest, comments too, as it was."""

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import msgspec

from opencode.config import paths
from opencode.config.check import Misfit, fit, split_unknown
from opencode.config.formats import json_edit, written
from opencode.config.spelling import canonical, spell
from opencode.core.error import ConfigError, UsageError
from opencode.host.files import Held, lock, write_atomic

Keys = tuple[str, ...]


def split_key(dotted: str) -> Keys:
    """`provider.x.models."gpt-4.1".window` as its parts. UsageError when it is no key."""
    try:
        table: Any = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        raise UsageError(f"{dotted!r} is no key", hint='Quote parts: a."b.c".d') from None
    parts: list[str] = []
    while isinstance(table, dict):
        inner = cast("dict[str, Any]", table)
        if len(inner) != 1:
            raise UsageError(f"{dotted!r} is no key")
        name, table = next(iter(inner.items()))
        parts.append(name)
    return tuple(parts)


def typed(keys: Keys, text: str) -> Any:
    """What `text` means for that key: JSON where it fits, else the text itself. UsageError for
    keys nobody knows, with the nearest one, and for values that do not fit."""
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        value = text
    _, unknown = split_unknown(_nested(keys, value))
    if unknown:
        path, hint = unknown[0]
        raise UsageError(f"there is no setting {spell(path)}{hint}")
    try:
        fit(_nested(keys, value))
    except Misfit as error:
        if not isinstance(value, str):
            with suppress(UsageError):
                return typed(keys, msgspec.json.encode(text).decode())
        raise UsageError(f"{spell(error.keys)}: {error.reason}") from None
    return value


def set_value(path: Path, keys: Keys, value: Any) -> None:
    """Write one key, in the language of the file; a file that is not there is made (TOML)."""
    _change(path, lambda text: _set(path, text, keys, value))


def unset(path: Path, keys: Keys) -> bool:
    """Take one key out; False when it was not there."""
    if not path.exists() or not _holds(written.read(path).values, keys):
        return False
    _change(path, lambda text: _unset(path, text, keys))
    return True


def file_to_edit(folder: Path) -> Path:
    """The folder's settings file, or the one that is to be made."""
    found = written.find(folder)
    return found[0] if found else folder / written.NAMES[0]


def _nested(keys: Keys, value: Any) -> dict[str, Any]:
    for key in reversed(keys):
        value = {key: value}
    return canonical(value)


def _holds(values: Any, keys: Keys) -> bool:
    for key in keys:
        if not isinstance(values, dict) or key not in values:
            return False
        values = cast("dict[str, Any]", values)[key]
    return True


def _change(path: Path, edit: json_edit.Edit) -> None:
    """Read, edit, check that the result can be read, and write it whole, under a lock."""
    try:
        with lock(paths.state_dir() / "config.lock", what="opencode config"):
            text = written.read(path).text if path.exists() else ""
            changed = edit(text)
            written.parse(changed, path)
            write_atomic(path, changed.encode())
    except Held as error:
        raise ConfigError("another process keeps changing it", file=str(path)) from error
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", file=str(path)) from error


def _set(path: Path, text: str, keys: Keys, value: Any) -> str:
    if path.suffix in (".json", ".jsonc"):
        return json_edit.put(text, keys, value)
    if path.suffix in (".yaml", ".yml"):
        from opencode.config.formats import yaml_edit  # noqa: PLC0415 - 13 ms that few need

        return yaml_edit.put(text, keys, value)
    import tomlkit  # noqa: PLC0415 - 10 ms that only changes need

    document = tomlkit.parse(text)
    table = cast("dict[str, Any]", document)
    bare = len(keys) - (1 if isinstance(value, dict) else 2)
    for depth, key in enumerate(keys[:-1]):
        inner = table.setdefault(key, tomlkit.table(is_super_table=depth < bare))
        if not isinstance(inner, dict):
            raise UsageError(f"{'.'.join(keys[: depth + 1])} is no table in {path}")
        table = cast("dict[str, Any]", inner)
    table[keys[-1]] = value
    return tomlkit.dumps(document)


def _unset(path: Path, text: str, keys: Keys) -> str:
    if path.suffix in (".json", ".jsonc"):
        return json_edit.drop(text, keys)
    if path.suffix in (".yaml", ".yml"):
        from opencode.config.formats import yaml_edit  # noqa: PLC0415 - 13 ms that few need

        return yaml_edit.drop(text, keys)
    import tomlkit  # noqa: PLC0415 - 10 ms that only changes need

    document = tomlkit.parse(text)
    table = cast("dict[str, Any]", document)
    for key in keys[:-1]:
        table = table[key]
    del table[keys[-1]]
    return tomlkit.dumps(document)
