"""Which key does what: the defaults, and what people changed of them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from textual.binding import Binding
from textual.keys import KEY_NAME_REPLACEMENTS

from opencode.i18n.catalog import t

LEADER = "ctrl+x"
"""Pressed before the second key of a two-key shortcut; names with `leader+` mean it. People may
choose another under the name `leader`."""

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
    "sidebar_move": "leader+w",
    "queue": "leader+k",
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
    "diff": "ctrl+g,leader+v",
    "open": "leader+o",
    "parent": "leader+p,leader+up",
    "find": "ctrl+f,leader+slash",
    "transcript": "leader+j",
    "rename": "ctrl+r",
    "settings": "leader+comma",
    "mcp": "none",
    "permissions": "none",
    "fork": "none",
    "delete": "none",
    "language": "none",
    "suspend": "ctrl+z",
    "page_up": "pageup,ctrl+alt+b",
    "page_down": "pagedown,ctrl+alt+f",
    "first": "ctrl+home",
    "last": "ctrl+end,ctrl+alt+g",
}
"""Command → its keys; every command here can be given others, "none" takes them away."""

UPSTREAM = {
    "app_exit": "quit",
    "command_list": "palette",
    "editor_open": "editor",
    "theme_list": "themes",
    "sidebar_toggle": "sidebar",
    "status_view": "status",
    "session_export": "export",
    "session_new": "new",
    "session_list": "sessions",
    "session_timeline": "timeline",
    "session_rename": "rename",
    "session_fork": "fork",
    "session_delete": "delete",
    "session_interrupt": "cancel",
    "model_list": "models",
    "agent_list": "agents",
    "agent_cycle": "next_agent",
    "agent_cycle_reverse": "last_agent",
    "messages_page_up": "page_up",
    "messages_page_down": "page_down",
    "messages_first": "first",
    "messages_last": "last",
    "messages_copy": "copy",
    "messages_undo": "undo",
    "messages_redo": "redo",
    "tool_details": "details",
    "terminal_suspend": "suspend",
    "session_queued_prompts": "queue",
    "mcp_list": "mcp",
    "help_show": "help",
}
"""What the TypeScript original calls these commands: understood, too."""

_MODIFIERS = ("ctrl", "alt", "shift", "super", "hyper", "meta")
_MEANT = {
    "return": "enter",
    "esc": "escape",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "page_up": "pageup",
    "page_down": "pagedown",
    "spacebar": "space",
    "option": "alt",
    "control": "ctrl",
    "cmd": "super",
}
_SHOWN = {
    "escape": "Esc",
    "pageup": "PageUp",
    "pagedown": "PageDown",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}
"""How keys are written that are not simply called by their names."""
_NAMED = frozenset(
    (
        *("enter", "escape", "tab", "space", "backspace", "delete", "insert", "home", "end"),
        *("pageup", "pagedown", "up", "down", "left", "right"),
        *(f"f{n}" for n in range(1, 25)),
    )
)


@dataclass(frozen=True)
class Keys:
    """The table in force: `names` by key, `leader` by the key after the leader's, `problems` to
    tell."""

    names: Mapping[str, str]
    leader: Mapping[str, str]
    leader_key: str = LEADER
    problems: list[str] = field(default_factory=list[str])

    def of(self, name: str) -> list[str]:
        """The keys of a command as people read them."""
        direct = [key for key, found in self.names.items() if found == name]
        return direct + [
            f"{self.leader_key} {key}" for key, found in self.leader.items() if found == name
        ]


def read_keys(changes: Mapping[str, str]) -> Keys:
    """The defaults with changes laid over: command → keys, comma between, "none" for no key.
    Unknown commands, unknown keys and keys with two meanings become problems, never silence."""
    problems = [
        t("keys.unknown", name=name) + _hint(name, [*DEFAULTS, "leader"])
        for name in changes
        if _command(name) not in (*DEFAULTS, "leader")
    ]
    changed = {_command(name): keys for name, keys in changes.items()}
    first = spelled(changed.pop("leader", LEADER))
    names: dict[str, str] = {first: "leader"}
    after: dict[str, str] = {}
    table = {**DEFAULTS, **{k: v for k, v in changed.items() if k in DEFAULTS}}
    # What a person wrote comes first, so that it wins over a default with the same key.
    for name in sorted(table, key=lambda name: name not in changed):
        for key in keys_of(table[name]):
            place, bare = (after, key[7:]) if is_second(key) else (names, key)
            if wrong := _unknown_part(bare):
                problems.append(
                    t("keys.no_key", key=key, name=name) + _hint(wrong, (*_NAMED, *_MODIFIERS))
                )
            elif place.setdefault(bare, name) != name and name in changed:
                problems.append(t("keys.clash", key=key, first=place[bare], second=name))
    del names[first]
    return Keys(names, after, first, problems)


def keys_of(text: str) -> Iterator[str]:
    """The keys of a list, as they are spelled here."""
    for raw in text.split(","):
        key = spelled(raw)
        if key not in ("", "none", "false"):
            yield key


def spelled(raw: str) -> str:
    """A key as Textual calls it: `<leader>B`, `Ctrl + PgUp` and `?` are understood."""
    key = re.sub(r"^<leader>", "leader+", raw.strip(), flags=re.IGNORECASE)
    if len(key) == 1:
        return _of_character(key)
    parts = [part.strip() for part in key.split("+")]
    parts = [_MEANT.get(part.lower(), part if len(part) == 1 else part.lower()) for part in parts]
    held = sorted(parts[:-1], key=lambda part: ("leader", *_MODIFIERS, part).index(part))
    last = parts[-1] if len(parts[-1]) != 1 or "ctrl" not in held else parts[-1].lower()
    return "+".join([*held, _of_character(last)])


def _of_character(key: str) -> str:
    if len(key) != 1 or key.isalnum():
        return key
    name = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


def is_second(key: str) -> bool:
    """Whether the leader comes before it."""
    return key.startswith("leader+")


def _command(name: str) -> str:
    return UPSTREAM.get(name, name)


def _unknown_part(key: str) -> str:
    """The part of a key that no keyboard has."""
    *held, last = key.split("+")
    wrong = [part for part in held if part not in _MODIFIERS]
    if wrong:
        return wrong[0]
    return "" if len(last) == 1 or last in _NAMED or last in _characters() else last


def _characters() -> dict[str, str]:
    """The names of signs, and the signs."""
    signs = [chr(code) for code in range(0x21, 0x7F) if not chr(code).isalnum()]
    return {_of_character(sign): sign for sign in signs}


def _hint(name: str, known: Iterable[str]) -> str:
    # Few people mistype; the others do not pay for the search of near names.
    from opencode.config.suggest import did_you_mean  # noqa: PLC0415

    return did_you_mean(name, known)


def bindings(keys: Keys) -> Iterator[Binding]:
    """One binding a key that is pressed alone, and the leader's."""
    for key, name in keys.names.items():
        yield Binding(key, f"command('{name}')", show=False, priority=True)
    if keys.leader:
        yield Binding(keys.leader_key, "leader", show=False, priority=True)


def spelled_out(key: str) -> str:
    """A key as people write it: Ctrl+N, Ctrl+X B, Ctrl+X /."""
    return " ".join("+".join(map(_shown, part.split("+"))) for part in key.split(" "))


def _shown(part: str) -> str:
    return _SHOWN.get(part) or _characters().get(part) or part.capitalize()
