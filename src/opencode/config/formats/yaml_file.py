"""Settings written in YAML; apart, since few write it and the parser takes its time to load."""

from typing import Any, cast

import yaml

from opencode.config.formats.malformed import plainly
from opencode.core.error import ConfigError

_MOST = 50_000
"""Values in one file; aliases can make a few lines stand for gigabytes."""


def decode(text: str, file: str) -> Any:
    """The value written in `text`, all its keys as text; {} for an empty file."""
    try:
        values: Any = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        reason = error.problem or "this is no YAML"
        raise ConfigError(plainly(reason), file=file, line=line, column=column) from None
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(plainly(str(error).splitlines()[0]), file=file) from None
    return {} if values is None else _with_text_keys(values, [0], file)


def _with_text_keys(node: Any, count: list[int], file: str) -> Any:
    count[0] += 1
    if count[0] > _MOST:
        raise ConfigError("the file holds too many values", file=file)
    if isinstance(node, dict):
        table = cast("dict[Any, Any]", node)
        return {str(key): _with_text_keys(value, count, file) for key, value in table.items()}
    if isinstance(node, list):
        return [_with_text_keys(item, count, file) for item in cast("list[Any]", node)]
    return node
