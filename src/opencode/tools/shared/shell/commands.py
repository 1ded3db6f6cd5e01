"""What a command does with its words: which only read, which options run or write, which paths."""

import re
from typing import NamedTuple

from opencode.tools.shared.shell.effects import (
    Effects,
    has_option,
    operands_of,
    option_values,
    options_of,
)
from opencode.tools.shared.shell.special import SPECIAL
from opencode.tools.shared.shell.words import Word, literal, names


class Reading(NamedTuple):
    """A command that only reads. `files` is the first operand that is a path, -1 for none."""

    files: int = 0
    short: str = ""
    """Letters of the options that write, run or leave; with any of them it is not harmless."""
    long: str = ""
    """The same for long options; abbreviations are seen."""
    operands: int = 99
    """More operands than this mean something else (`uniq in out` writes)."""


_PLAIN = (
    "cat head tail tac nl wc cut paste comm join fold fmt expand unexpand od hexdump strings"
    " base64 base32 md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum sum stat"
    " df ls dir vdir realpath readlink cmp diff column rev pr look"
)
_WITHOUT_FILES = (
    "pwd echo true false : whoami id groups uname arch nproc free uptime seq expr basename"
    " dirname sleep tty locale getconf lscpu lsb_release sw_vers which type cal tr exit return"
    " break continue wait jobs times logname numfmt factor"
)
READING: dict[str, Reading] = {
    **dict.fromkeys(_PLAIN.split(), Reading()),
    **dict.fromkeys(_WITHOUT_FILES.split(), Reading(-1)),
    "printf": Reading(-1, "v"),
    "hostname": Reading(-1, "Fb", "file boot", operands=0),
    "du": Reading(0),
    "sort": Reading(0, "oT", "output compress-program temporary-directory"),
    "uniq": Reading(0, operands=1),
    "xxd": Reading(0, "r", "revert", operands=1),
    "shuf": Reading(0, "o", "output"),
    "file": Reading(0, "CzZ", "compile uncompress uncompress-noreport no-sandbox"),
    "tree": Reading(0, "oR", "output"),
    "grep": Reading(1),
    "egrep": Reading(1),
    "fgrep": Reading(1),
    "rg": Reading(1, "z", "pre pre-glob hostname-bin search-zip"),
    "jq": Reading(1, "fL", "from-file library-path"),
    "date": Reading(-1, "sf", "set file"),
}
_SEARCH = frozenset({"grep", "egrep", "fgrep", "rg"})
_LINK_OPTIONS = {
    "grep": "R",
    "egrep": "R",
    "fgrep": "R",
    "rg": "L",
    "du": "L",
    "tree": "l",
    "diff": "r",
}
_LINK_LONG = ("dereference-recursive", "follow", "dereference", "recursive")

_VERSIONED = names(
    "python python3 node npm npx pnpm yarn bun deno go cargo rustc rustup java javac gcc g++ clang"
    " make cmake git pip pip3 uv poetry docker kubectl terraform ruby perl php bash zsh tmux vim"
    " curl wget jq rg sed awk tar ruff mypy pytest tsc gh"
)
_VERSION = frozenset({"--version", "-V", "-version", "version"})

WRITERS: dict[str, tuple[int, str]] = {
    **dict.fromkeys(names("touch mkdir tee install ln truncate mkfifo mktemp split"), (0, "write")),
    **dict.fromkeys(names("rm rmdir unlink shred"), (0, "remove")),
    **dict.fromkeys(names("chmod chown chgrp setfacl"), (1, "write")),
    "mv": (0, "write"),
    "cp": (0, "copy"),
    "rsync": (0, "copy"),
    "scp": (0, "copy"),
}

_JQ = re.compile(r"\b(import|include|env)\b|\$ENV|input_filename")


def effects(words: list[Word]) -> Effects:
    """What the command does. Its first word must be known; wrappers and git are not for here."""
    name, rest = words[0].value, words[1:]
    if len(rest) == 1 and name in _VERSIONED and rest[0].value in _VERSION:
        return Effects(harmless=rest[0].value != "version" or name in ("go", "git"))
    special = SPECIAL.get(name)
    if special:
        return special(rest)
    if name in READING:
        return _reading(name, rest)
    if name in WRITERS:
        return _writing(name, rest)
    return Effects(may_leave=[w for w in rest if re.match(r"[/~]|\.\.(/|$)|.*/\.\.(/|$)", w.lead)])


def _reading(name: str, rest: list[Word]) -> Effects:
    facts = READING[name]
    bad = has_option(rest, facts.short, facts.long)
    if bad:
        return Effects(doubt=f"{name} may run or write something with {bad}", may_leave=rest)
    operands = operands_of(rest)
    if len(operands) > facts.operands or (
        facts.operands == 1 and any(not w.value for w in operands)
    ):
        return Effects(doubt=f"{name} may write with these operands", may_leave=operands)
    first = facts.files
    if name in _SEARCH and (has_option(rest, "ef", "regexp file") or has_option(rest, "", "files")):
        first = 0
    if name == "date" and any(not w.lead.startswith("+") for w in operands):
        return Effects(doubt="", harmless=_date(rest))
    files = operands[first:] if first >= 0 else []
    result = Effects(
        harmless=True, reads=files, may_leave=option_values(rest) + [w for w in rest if w.glob]
    )
    if name == "jq" and any(_JQ.search(w.text) for w in operands):
        result.harmless = False
    result.links = bool(has_option(rest, _LINK_OPTIONS.get(name, ""), "")) or any(
        o.value[2:] in _LINK_LONG for o in options_of(rest)
    )
    result.below = name in _SEARCH and bool(
        has_option(rest, "rRu" if name != "rg" else "u.", "recursive hidden unrestricted no-ignore")
    )
    if result.below and not files:
        result.reads = [literal(".")]
    return result


def _date(rest: list[Word]) -> bool:
    """`date -d TEXT` and `-r FILE` only print; a bare operand sets the clock."""
    known = [word.value for word in rest]
    free = [v for i, v in enumerate(known) if not v.startswith(("-", "+"))
            and (i == 0 or known[i - 1] not in ("-d", "--date", "-r", "-v", "-f"))]  # fmt: skip
    return all(known) and not free and "-f" not in known


def _writing(name: str, rest: list[Word]) -> Effects:
    skip, kind = WRITERS[name]
    operands, glued = operands_of(rest)[skip:], option_values(rest)
    if kind == "remove":
        return Effects(removes=operands, writes=glued, writes_by_name=True)
    if kind == "copy" and len(operands) > 1 and not has_option(rest, "t", "target-directory"):
        remote = [w for w in operands if re.match(r"[\w.@-]+:", w.lead)]
        reads = [w for w in operands[:-1] if w not in remote]
        writes = [w for w in (*operands[-1:], *glued) if w not in remote]
        return Effects(reads=reads, writes=writes, writes_by_name=True)
    return Effects(writes=operands + glued, writes_by_name=True)
