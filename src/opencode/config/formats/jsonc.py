"""JSON as people write it: comments and trailing commas are blanked out, positions stay."""

import re
from typing import Any

import msgspec

from opencode.config.formats.malformed import plainly
from opencode.core.error import ConfigError

_TOKEN = re.compile(
    r'"(?:\\.|[^"\\\n])*"'  # a string is passed over whole
    r"|//[^\n]*"
    r"|/\*.*?(?:\*/|\Z)"
    r"|,(?=(?:\s|//[^\n]*|/\*.*?\*/)*[}\]])",
    re.DOTALL,
)


def blank(text: str) -> str:
    """The same text as plain JSON; every character keeps its line and column."""

    def keep(match: re.Match[str]) -> str:
        found = match[0]
        return found if found.startswith('"') else re.sub(r"[^\n]", " ", found)

    return _TOKEN.sub(keep, text)


def decode(text: str, file: str) -> Any:
    """The value written in `text`. ConfigError names file, line and column."""
    data = blank(text).encode()
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        found = re.search(r"\(byte (\d+)\)", str(error))
        offset = int(found[1]) if found else len(data.rstrip())
        before = data[:offset].decode(errors="ignore")
        reason = re.sub(r"\s*\(byte \d+\)$", "", str(error))
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        raise ConfigError(plainly(reason), file=file, line=line, column=column) from None
