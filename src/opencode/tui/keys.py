"""Which key does what: the defaults, and what people changed of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from textual.binding import Binding, BindingType

from opencode.core.error import UsageError
from opencode.i18n.catalog import t

LEADER = "ctrl+x"
"""Pressed before the second key of a two-key shortcut; names with `leader+` mean it."""

DEFAULTS: dict[str, str] = {
    "new": "ctrl+n,leader+n",
    "save": "ctrl+s",
    "quit": "ctrl+q,leader+q",
    "help": "f1,leader+h",
    "palette": "ctrl+p",
    "clear": "ctrl+l",
    "sessions": "ctrl+o,leader+l",
    "next_agent": "tab",
    "last_agent": "shift+tab",
    "cancel": "escape",
    "sidebar": "leader+b,ctrl+b",
    "models": "leader+m",
    "agents": "leader+a",
    "themes": "leader+t",
    "editor": "leader+e",
    "undo": "leader+u",
    "redo": "leader+r",
    "copy": "leader+y",
    "export": "leader+x",
    "status": "leader+s",
    "timeline": "leader+g",
    "details": "leader+d",
    "find": "ctrl+f,leader+slash",
    "transcript": "leader+j",
    "rename": "ctrl+r",
    "suspend": "ctrl+z",
    "page_up": "pageup",
    "page_down": "pagedown",
    "first": "ctrl+home",
    "last": "ctrl+end",
}


@dataclass(frozen=True)
class Keys:
    """The table in force: `names` by key, `leader` by second key, `problems` to tell."""

    names: Mapping[str, str]
    leader: Mapping[str, str]
    problems: list[str] = field(default_factory=list[str])

    def of(self, name: str) -> list[str]:
        """The keys of a command as people read them."""
        direct = [key for key, found in self.names.items() if found == name]
        after = [f"{LEADER} {key}" for key, found in self.leader.items() if found == name]
        return direct + after


def read_keys(changes: Mapping[str, str]) -> Keys:
    """The defaults with changes laid over: command → keys, comma between, "none" for no key.
    Unknown commands and keys with two meanings become problems, never silence."""
    problems = [t("keys.unknown", name=name) for name in changes if name not in DEFAULTS]
    names: dict[str, str] = {}
    leader: dict[str, str] = {}
    table = {**DEFAULTS, **{k: v for k, v in changes.items() if k in DEFAULTS}}
    # What a person wrote comes first, so that it wins over a default with the same key.
    for name in sorted(table, key=lambda name: name not in changes):
        for raw in table[name].split(","):
            key = raw.strip().lower()
            if key in ("", "none"):
                continue
            place, bare = (leader, key[7:]) if key.startswith("leader+") else (names, key)
            if place.setdefault(bare, name) != name and place[bare] in changes and name in changes:
                problems.append(t("keys.clash", key=key, first=place[bare], second=name))
    return Keys(names, leader, problems)


def checked(changes: Mapping[str, str]) -> Keys:
    """The table, or UsageError when a change cannot be used."""
    keys = read_keys(changes)
    if keys.problems:
        raise UsageError("; ".join(keys.problems), hint=t("keys.hint"))
    return keys


def direct_bindings() -> list[BindingType]:
    """One binding a command that has a direct key; ids let the settings move them."""
    rows: list[BindingType] = []
    for name, keys in DEFAULTS.items():
        direct = ",".join(key for key in keys.split(",") if not key.startswith("leader+"))
        if direct:
            rows.append(Binding(direct, f"command('{name}')", id=name, show=False, priority=True))
    return [*rows, Binding(LEADER, "leader", show=False, priority=True)]
