"""Which keys of a project's file wait for trust: all but those known to be harmless.

Nothing from a folder nobody has trusted may start programs, loosen what is asked, or send a
stored key or what it opens to another address."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from opencode.config.spelling import Table

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Surroundings:
    """What a project's key is judged against."""

    root: Path
    folder: Path
    """The one the file lies in."""
    user: Table
    """The user's own settings, merged, as canonical values."""
    key_variables: Mapping[str, tuple[str, ...]] | None
    """Every built-in provider and the variables that may hold its key; None when unknown."""
    stored: frozenset[str]
    """Providers with a key in auth.json."""
    env: Mapping[str, str]
    strict: bool = False
    """Nothing is excused by what the user has set: what waits depends on the file alone."""

    def user_value(self, *keys: str) -> Any:
        """What the user's own files say."""
        node: Any = self.user
        for key in keys:
            node = cast("Table", node).get(key) if isinstance(node, dict) else None
        return node

    def is_keyless(self, provider: str) -> bool:
        """Whether no key could travel to an address given for that provider."""
        if self.strict or self.key_variables is None or self.key_variables.get(provider):
            return False
        if provider in self.stored or self.user_value("providers", provider) is not None:
            return False
        head = provider.upper().replace("-", "_") + "_"
        secret = ("KEY", "TOKEN", "SECRET")
        return not any(name.startswith(head) and name.endswith(secret) for name in self.env)

    def is_inside(self, path: str) -> bool:
        """Whether a path or glob written in the file stays in the project."""
        if "://" in path or path.startswith("~"):
            return False
        literal = path.split("*", 1)[0].split("?", 1)[0].split("[", 1)[0]
        if literal != path:
            literal = literal.rpartition("/")[0] or ("/" if path.startswith("/") else ".")
        if ".." in Path(path).parts and literal != path:
            return False
        real = Path(os.path.realpath(self.folder / literal))
        return real.is_relative_to(os.path.realpath(self.root))


def split(values: Table, around: Surroundings) -> tuple[Table, dict[Keys, Any]]:
    """Divide a project's canonical values into what counts at once and what waits for trust."""
    held: dict[Keys, Any] = {}
    return _split(values, (), around, held), held


def _split(values: Table, keys: Keys, around: Surroundings, held: dict[Keys, Any]) -> Table:
    used: Table = {}
    for key, value in values.items():
        here = (*keys, key)
        if here[:1] == ("profiles",) and len(here) == 3 and key == "settings":
            inner: dict[Keys, Any] = {}
            used[key] = _split(cast("Table", value), (), around, inner)
            held.update({(*here, *below): item for below, item in inner.items()})
        elif isinstance(value, dict) and not _is_whole(here):
            used[key] = _split(cast("Table", value), here, around, held)
        elif isinstance(value, list) and here == ("instructions",):
            items = [str(item) for item in cast("list[Any]", value)]
            used[key] = [item for item in items if _harmless_text(item) and around.is_inside(item)]
            if outside := [item for item in items if item not in used[key]]:
                held[here] = outside
        elif _is_harmless(here, value, around, values):
            used[key] = value
        else:
            held[here] = value
    return used


def _is_whole(keys: Keys) -> bool:
    """Tables judged as one thing, since their parts mean nothing alone."""
    return (keys[:2] == ("mcp", "servers") and len(keys) == 3) or (
        keys[0] in ("lsp", "formatter", "commands", "hooks") and len(keys) == 2
    )


_PROVIDER_FACTS = frozenset(
    ("name", "kind", "model", "max_tokens", "temperature", "top_p", "effort", "enabled")
)
_MODEL_FACTS = frozenset(
    (
        *("name", "window", "max_output", "can_call_tools", "can_see", "can_reason", "lean"),
        *("temperature", "top_p", "max_tokens", "effort"),
    )
)
_AGENT_WORDS = frozenset(
    (
        *("description", "mode", "model", "prompt", "temperature"),
        *("effort", "steps", "color", "disable", "hidden"),
    )
)
_TOP = frozenset(
    ("model", "small_model", "fallback_model", "default_provider", "default_agent", "effort")
)
_SESSION = frozenset(("auto_save", "save_interval", "history_limit"))
_TIGHTEN = frozenset(("bash_ask", "bash_deny", "blocked", "require_confirmation"))


def _harmless_text(value: Any) -> bool:
    return not (isinstance(value, str) and ("{env:" in value or "{file:" in value))


def _names_file(value: str, around: Surroundings) -> bool:
    """Whether the text is nothing but a file of the project."""
    named = value.removeprefix("{file:").removesuffix("}")
    return value == f"{{file:{named}}}" and around.is_inside(named)


def _is_harmless(keys: Keys, value: Any, around: Surroundings, beside: Table) -> bool:
    if not _harmless_text(value):
        return keys[0] == "agents" and keys[2:] == ("prompt",) and _names_file(value, around)
    match keys:
        case ("providers", provider, key, *rest):
            return _provider_is_harmless(provider, (key, *rest), value, around)
        case ("agents", _, key) if key in _AGENT_WORDS:
            return True
        case ("permission", *_) | ("agents", _, "permission", *_):
            return value in ("ask", "deny")
        case ("tools", *_) | ("agents", _, "tools", *_):
            allowed = not around.strict and around.user_value(*keys) is not False
            return value is False or allowed
        case ("limits", key):
            tight = not around.strict and _tightens(around.user_value(*keys), value)
            return tight or key.startswith("tool_output")
        case ("profiles", _, "base_url"):
            return around.is_keyless(str(beside.get("provider") or ""))
        case _:
            return _is_plain(keys, value, around)


_CAREFUL: Mapping[Keys, Any] = {
    ("offline",): True,
    ("share",): "disabled",
    ("server", "with_tui"): False,
}
"""What may be said of these without trust: the word that lets less happen."""


def _is_plain(keys: Keys, value: Any, around: Surroundings) -> bool:
    match keys:
        case (key,) if key in _TOP:
            return True
        case ("ui" | "log" | "clocks", _) | ("mcp", "only") | ("profiles", _, _):
            return True
        case ("permissions", key):
            return key in _TIGHTEN
        case ("session", key):
            return key in _SESSION
        case _ if keys in _CAREFUL:
            return type(value) is type(_CAREFUL[keys]) and value == _CAREFUL[keys]
        case ("project_dir",):
            return isinstance(value, str) and around.is_inside(value)
        case _:
            return False


def _provider_is_harmless(provider: str, keys: Keys, value: Any, around: Surroundings) -> bool:
    match keys:
        case ("models", _, key):
            return key in _MODEL_FACTS
        case ("api_key_env",):
            usual = (around.key_variables or {}).get(provider, ())
            return not around.strict and value in usual
        case ("base_url",) | ("api_key",):
            return around.is_keyless(provider)
        case (key,):
            return key in _PROVIDER_FACTS
        case _:
            return False


def _tightens(present: Any, wanted: Any) -> bool:
    """Whether a limit (0 is none) gets no wider than the user's own; without one, any will do."""
    if not isinstance(wanted, int | float) or isinstance(wanted, bool):
        return False
    return not isinstance(present, int | float) or not present or 0 < wanted <= present
