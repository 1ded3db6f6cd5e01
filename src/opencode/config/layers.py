"""Where settings come from, and how later sources are laid over earlier ones."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from opencode.config.spelling import Table, spell

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """One place settings come from; rules are built from these, one layer each."""

    name: str
    """"user config", "project config", "profile x", "environment", "flags"."""
    path: Path | None
    raw: Table
    """Everything written there, under the names of Settings."""
    used: Table
    """What of it counts: without keys that wait for trust, `{env:…}` and `{file:…}` filled in."""
    trusted: bool = True

    @property
    def label(self) -> str:
        """The name with the file, as people read it."""
        return f"{self.name} ({self.path})" if self.path else self.name


_UNITED = frozenset(
    [("instructions",)]
    + [("permissions", key) for key in ("bash_ask", "bash_deny", "blocked", "require_confirmation")]
)
"""Lists that grow from source to source: no file can take another's caution away."""


def merged(sources: list[Source], origins: dict[str, str] | None = None) -> Table:
    """Canonical values of all sources, later ones winning; notes who set what in `origins`."""
    base: Table = {}
    noted = {} if origins is None else origins
    for source in sources:
        _forget_model(base, source.used, noted)
        _lay(base, source.used, (), source.label, noted)
    return base


def _forget_model(base: Table, over: Table, origins: dict[str, str]) -> None:
    """A source that chooses another provider, and no model, unchooses the model before it."""
    provider = over.get("default_provider")
    model = str(base.get("model", ""))
    if provider and "model" not in over and model.partition("/")[0] != provider:
        base.pop("model", None)
        origins.pop("model", None)


def _lay(base: Table, over: Table, keys: Keys, label: str, origins: dict[str, str]) -> None:
    for key, value in over.items():
        here = (*keys, key)
        if isinstance(value, dict):  # also an empty one: it takes nothing away
            below = base.get(key)
            below = base[key] = dict(cast("Table", below)) if isinstance(below, dict) else {}
            _lay(below, cast("Table", value), here, label, origins)
            continue
        if here in _UNITED:
            held = cast("list[Any]", base.get(key, []))
            value = held + [item for item in cast("list[Any]", value) if item not in held]
        base[key] = value
        origins[spell(here)] = label
