"""What the room speaks of before its library is loaded: how a server is started, kinds of names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Start:
    """How a server is started."""

    name: str
    command: tuple[str, ...]
    root: Path
    env: Mapping[str, str]
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Answers to the server's questions about its configuration."""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Its `initializationOptions`."""
    seconds: float = 30.0
    """Until it must be ready."""
    install: str = ""
    """How a person gets it, where we know."""
    columns: str = ""
    """The unit in which it counts columns, where it would say another."""


KINDS = (
    *("file", "module", "namespace", "package", "class", "method", "property", "field"),
    *("constructor", "enum", "interface", "function", "variable", "constant", "string"),
    *("number", "boolean", "array", "object", "key", "null", "enum-member", "struct"),
    *("event", "operator", "type-parameter"),
)
"""SymbolKind 1 and up."""
