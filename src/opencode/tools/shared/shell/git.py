"""git in a shell line: what only reads, and whether the repository's config runs programs."""

import os
import re
from pathlib import Path

from opencode.tools.shared.shell.effects import (
    Effects,
    has_option,
    operands_of,
    option_values,
    options_of,
)
from opencode.tools.shared.shell.words import Word, names

_OVERRIDES = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.pager": "cat",
    "safe.bareRepository": "explicit",
    "submodule.recurse": "false",
    "log.showSignature": "false",
}

SAFE_GIT_ENV: dict[str, str] = {
    "GIT_CONFIG_COUNT": str(len(_OVERRIDES)),
    **{f"GIT_CONFIG_KEY_{i}": key for i, key in enumerate(_OVERRIDES)},
    **{f"GIT_CONFIG_VALUE_{i}": value for i, value in enumerate(_OVERRIDES.values())},
    "GIT_PAGER": "cat",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
}
"""Environment that keeps a repository's config from running programs when git only reads."""

_SHOWING = names(
    "-a -r -v -vv -n -l --all --list --show-current --merged --no-merged --remotes --verbose"
    " --contains --sort=-committerdate"
)
_READS = names(
    "status diff log show rev-parse rev-list ls-files ls-tree describe blame annotate shortlog"
    " merge-base name-rev for-each-ref show-ref grep whatchanged diff-tree diff-index diff-files"
    " count-objects check-ignore cat-file show-branch cherry range-diff version"
)
_UNSAFE_SHORT = {"grep": "O"}
_UNSAFE_LONG = (
    "output ext-diff textconv filters open-files-in-pager exec show-signature web man info"
)
_VALUED = names(
    "-c -C --git-dir --work-tree --namespace --exec-path --super-prefix --config-env --attr-source"
)
_QUIET = frozenset({"--no-pager", "--no-optional-locks", "--literal-pathspecs", "-P"})
_RUNS = re.compile(
    r"\[\s*(filter|alias|include|includeif|credential|gpg|pager|difftool|mergetool)\b"
    r"|fsmonitor|textconv|hookspath|sshcommand|\b(external|command|pager|editor|askpass|program"
    r"|driver|gitproxy|sshvariant|alternaterefscommand|showsignature)\s*=",
    re.IGNORECASE,
)


def split_git(rest: list[Word]) -> tuple[list[Word], list[Word]]:
    """git's own options, and the sub-command with what follows it."""
    own: list[Word] = []
    words = list(rest)
    while words and (words[0].lead.startswith("-") or not words[0].values):
        own.append(words.pop(0))
        if own[-1].value in _VALUED and words:
            own.append(words.pop(0))
    return own, words


def git_effects(rest: list[Word], folders: frozenset[str] | None) -> Effects:
    """What a git command does when started in one of `folders`."""
    own, words = split_git(rest)
    if [w.value for w in own] == ["--version"] and not words:
        return Effects(harmless=True)
    strange = [w.text for w in own if w.value not in _QUIET]
    if strange:
        return Effects(
            doubt=f"git {strange[0]} changes where it works or what it runs", may_leave=own
        )
    if not words or not words[0].value:
        return Effects(doubt="" if not words else "its sub-command is not known")
    command, rest = words[0].value, words[1:]
    reading = command in _READS or _lists(command, rest)
    bad = has_option(rest, _UNSAFE_SHORT.get(command, ""), _UNSAFE_LONG) if reading else ""
    outside = [w for w in operands_of(rest) if re.match(r"[/~]|\.\.(/|$)|.*/\.\.(/|$)", w.lead)]
    if bad:
        return Effects(
            doubt=f"git {command} may run or write something with {bad}", may_leave=outside
        )
    result = Effects(harmless=reading, may_leave=outside + option_values(rest))
    if reading:
        plain = folders is not None and all(config_is_plain(folder) for folder in folders)
        result.doubt = "" if plain else "the repository's own config may run programs"
        result.harmless = plain
    if command in ("diff", "show", "cat-file", "blame", "grep", "log"):
        result.reads = [w for w in operands_of(rest) if _may_be_secret(w)]
    return result


def _may_be_secret(word: Word) -> bool:
    return any(".env" in value for value in word.values)


def _lists(command: str, rest: list[Word]) -> bool:
    """Sub-commands that read in some of their forms only."""
    operands = [w.value for w in operands_of(rest)]
    options = {w.value for w in options_of(rest)}
    match command:
        case "branch" | "tag":
            listing = bool(options & {"--list", "-l", "--merged", "--no-merged", "--contains"})
            return options <= _SHOWING and (not operands or listing)
        case "remote":
            return options <= {"-v", "--verbose"} and (not operands or operands[0] == "get-url")
        case "stash" | "worktree" | "submodule" | "reflog":
            verbs = {"stash": ("list",), "worktree": ("list",), "reflog": ("show",)}
            return operands[:1] in [[verb] for verb in verbs.get(command, ())] or (
                command == "reflog" and not operands
            )
        case "config":
            wanted = {"--get", "--list", "-l", "--get-all", "--get-regexp", "--show-origin"}
            return bool(options & {"--get", "--list", "-l", "--get-all", "--get-regexp"}) and (
                options <= wanted
            )
        case _:
            return False


def config_is_plain(folder: str) -> bool:
    """Whether the repository around `folder` has no setting of its own that starts programs.
    True where there is no repository."""
    for at in (Path(folder), *Path(folder).parents):
        dot = at / ".git"
        if dot.exists() or ((at / "HEAD").is_file() and (at / "objects").is_dir()):
            return all(_is_plain(config) for config in _configs(dot if dot.exists() else at))
    return True


def _configs(git: Path) -> list[Path]:
    if git.is_file():
        match = re.match(r"gitdir:\s*(.+)", _text(git))
        if not match:
            return [git]
        git = git.parent / match[1].strip()
    common = git / "commondir"
    if common.is_file():
        git = git / _text(common).strip()
    modules = [path for path in (git / "modules").rglob("config") if path.is_file()]
    names = [git / "config", git / "config.worktree", git / "info" / "attributes"]
    return [path for path in names if path.is_file()] + modules


def _is_plain(path: Path) -> bool:
    return not path.is_symlink() and _RUNS.search(_text(path)) is None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "[include]"
