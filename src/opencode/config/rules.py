"""Permissions as people write them, turned into rules: three spellings, one layer a source."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from opencode.config.layers import Source
from opencode.core.error import ConfigError
from opencode.core.permission import Layer, Rule, Verdict, pattern_words

_ACTIONS = {
    "write": "edit",
    "multiedit": "edit",
    "apply_patch": "edit",
    "patch": "edit",
    "external_directory": "outside",
    "webfetch": "network",
    "todowrite": "todo",
    "todoread": "todo",
    "list": "ls",
    "shell": "bash",
}
"""Names of the TypeScript original and of tools → our actions."""

_TOOLS = frozenset(
    (
        *("read", "edit", "rm", "bash", "glob", "grep", "ls", "process", "lsp", "codesearch"),
        *("websearch", "plan", "todo", "question", "skill", "task", "batch", "network", "outside"),
    )
)
_PATHS = frozenset(("read", "edit", "rm", "outside"))
_VERDICTS: dict[object, Verdict] = {
    "allow": "allow",
    "ask": "ask",
    "deny": "deny",
    True: "allow",
    False: "deny",
}
_STRICTNESS = ("allow", "ask")


def layers_of(sources: Iterable[Source], root: Path | None = None) -> list[Layer]:
    """One layer a source, in the order given; sources without rules have none. A project that is
    not trusted can only tighten. `root` lets rules name paths of the project absolutely."""
    found: list[Layer] = []
    for source in sources:
        rules = rules_of(source.used, root)
        if rules:
            found.append(Layer(source.label, rules, tightens_only=not source.trusted))
    return found


def rules_of(values: Mapping[str, Any], root: Path | None = None) -> list[Rule]:
    """The rules of one table of settings: its `permission` map, then its `[permissions]` lists.
    ConfigError for a verdict that is none."""
    return [
        *map_rules(values.get("permission") or {}, root),
        *_list_rules(values.get("permissions") or {}),
    ]


def map_rules(written: object, root: Path | None = None) -> list[Rule]:
    """The map of the TypeScript original, tool → verdict or tool → {pattern: verdict}, or its
    later form, a list of {action, resource, effect}; order is kept. Agents write it too."""
    if isinstance(written, list):
        return _effects(cast("list[Any]", written), root)
    if not isinstance(written, dict):
        return _rules("*", "*", written, root)
    rules: list[Rule] = []
    for key, value in cast("dict[str, Any]", written).items():
        if key == "rules" and isinstance(value, list):
            rules += _effects(cast("list[Any]", value), root)
        elif isinstance(value, dict):
            for pattern, verdict in cast("dict[str, Any]", value).items():
                rules += _rules(key, pattern, verdict, root)
        else:
            rules += _rules(key, "*", value, root)
    return rules


def _effects(items: list[Any], root: Path | None) -> list[Rule]:
    rules: list[Rule] = []
    for item in items:
        if not isinstance(item, dict):
            raise _wrong("permission", item)
        entry = cast("dict[str, Any]", item)
        action = entry.get("action", entry.get("permission", "*"))
        effect = entry.get("effect", entry.get("verdict"))
        resource = entry.get("resource", entry.get("pattern", "*"))
        for target in cast("list[Any]", resource) if isinstance(resource, list) else [resource]:
            rules += _rules(str(action), str(target), effect, root)
    return rules


def _rules(key: str, pattern: str, written: object, root: Path | None) -> list[Rule]:
    """Who may not edit may not remove either; a leave to edit is none to remove."""
    verdict = _VERDICTS.get(written) if isinstance(written, str | bool) else None
    if verdict is None:
        raise _wrong(f"permission.{key}", written)
    action = _ACTIONS.get(key, key)
    target = _path(pattern, root) if action in _PATHS else pattern
    rules = [Rule(action, target, verdict)]
    if action == "edit" and verdict != "allow":
        rules.append(Rule("rm", target, verdict))
    return rules


def _path(pattern: str, root: Path | None) -> str:
    """As requests spell paths: home resolved, slashes, relative inside the project."""
    path = pattern.replace("\\", "/").removeprefix("./")
    for home in ("~", "$HOME"):
        if path == home or path.startswith(f"{home}/"):
            path = Path.home().as_posix() + path.removeprefix(home)
    if root is not None and os.path.isabs(path):  # noqa: PTH117 - a pattern, not a path
        for base in {root.as_posix(), Path(os.path.realpath(root)).as_posix()}:
            path = path.removeprefix(f"{base}/")
    return path


def _list_rules(written: Mapping[str, Any]) -> list[Rule]:
    """The lists of `[permissions]`. Longer commands speak after shorter ones, the stricter after
    the looser, and what is denied speaks last."""
    commands = [
        *(Rule("bash", target, "allow") for target in _texts(written, "bash_allow")),
        *(Rule("bash", target, "ask") for target in _texts(written, "bash_ask")),
    ]
    tools: list[Rule] = []
    for name in _texts(written, "allowed"):
        tools += _named(name, "allow")
    for name in _texts(written, "require_confirmation"):
        found = _named(name, "ask")
        tools += [rule for rule in found if rule.action != "bash"]
        commands += [rule for rule in found if rule.action == "bash"]
    commands.sort(key=lambda r: (len(pattern_words(r.target)), _STRICTNESS.index(r.verdict)))
    denied = [Rule("bash", target, "deny") for target in _texts(written, "bash_deny")]
    for name in _texts(written, "blocked"):
        denied += _named(name, "deny")
    return [*tools, *commands, *denied]


def _named(name: str, verdict: Verdict) -> list[Rule]:
    """A name may mean a tool, a command or both (`rm`); what forbids or asks means both."""
    action = _ACTIONS.get(name, name)
    is_tool = action in _TOOLS or action == "*" or ("_" in action and " " not in action)
    rules = [Rule(action, "*", verdict)] if is_tool else []
    if name in ("bash", "shell", "*"):
        return rules
    if not is_tool or verdict != "allow":
        rules.append(Rule("bash", name, verdict))
    return rules


def _texts(written: Mapping[str, Any], key: str) -> list[str]:
    return [str(item) for item in cast("list[Any]", written.get(key) or [])]


def _wrong(key: str, value: object) -> ConfigError:
    return ConfigError(f"{key}: {value!r} is no verdict", hint="Write allow, ask or deny.")
