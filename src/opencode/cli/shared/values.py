"""Words of the command line as values, without the validation library that typer would load for
it: half of what a short command costs."""

import inspect
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import typer

from opencode.config.suggest import did_you_mean

_TRUE = ("1", "true", "t", "yes", "y", "on")
_FALSE = ("0", "false", "f", "no", "n", "off")


def lighten(command: Any) -> None:
    """Have the command, and those below it, read plain values by themselves; what is not plain
    (files, dates, parsers) stays with typer."""
    params = command.get_params

    def light_params(ctx: Any) -> list[Any]:
        """The parameters, `--help` too, which typer makes when it is called."""
        found: list[Any] = params(ctx)
        for param in found:
            read = _reader(param)
            if read is not None:
                param.get_runtime_param = _Plain(read).itself
        return found

    command.get_params = light_params
    for below in getattr(command, "commands", {}).values():
        lighten(below)


class Unreadable(ValueError):
    """A word of the command line is no value of its parameter."""


class _Plain:
    """What typer asks to turn the words of one parameter into its value."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self._read = read

    def itself(self) -> "_Plain":
        """What typer gets that asks a parameter for its reader."""
        return self

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value of the words; typer's error for the command line when they do not fit."""
        many = param.multiple or param.nargs == -1
        if value is None:
            return () if many else None
        try:
            return [self._read(item) for item in value] if many else self._read(value)
        except Unreadable as error:
            raise typer.BadParameter(str(error), ctx=ctx, param=param) from None


def _reader(param: Any) -> Callable[[Any], Any] | None:
    kind, info = param.type_descriptor.annotation, param.type_descriptor.parameter_info
    special = (info.parser, info.formats, info.mode, info.exists, info.resolve_path, info.clamp)
    if any(special) or info.allow_dash or not (info.file_okay and info.dir_okay):
        return None
    if get_origin(kind) in (Union, UnionType):
        some = [one for one in get_args(kind) if one is not type(None)]
        kind = some[0] if len(some) == 1 else None
    if get_origin(kind) is list:
        kind = get_args(kind)[0]
    if not inspect.isclass(kind):
        return None
    if issubclass(kind, Enum):
        return lambda value: _choice(kind, value, info)
    if kind in (int, float):
        return lambda value: _number(kind, value, info)
    readers: dict[Any, Callable[[Any], Any]] = {str: str, Path: Path, bool: _switch}
    return readers.get(kind)


def _choice(kind: type[Enum], value: Any, info: Any) -> Enum:
    if isinstance(value, kind):
        return value
    names = [str(one.value) for one in kind]
    for one in kind:
        if value == one.value or (not info.case_sensitive and value.upper() == one.value.upper()):
            return one
    raise Unreadable(f"{value!r} is none of {', '.join(names)}{did_you_mean(str(value), names)}")


def _number(kind: type[int] | type[float], value: Any, info: Any) -> int | float:
    try:
        number = kind(value)
    except (ValueError, OverflowError):
        if kind is int:
            raise Unreadable(f"{value!r} is not a whole number") from None
        raise Unreadable(f"{value!r} is not a number") from None
    if number != number:
        raise Unreadable(f"{value!r} is not a number")
    if info.min is not None and number < info.min:
        raise Unreadable(f"{number:g} is less than {info.min:g}, the smallest")
    if info.max is not None and number > info.max:
        raise Unreadable(f"{number:g} is more than {info.max:g}, the largest")
    return number


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise Unreadable(f"{value!r} is neither true nor false")
