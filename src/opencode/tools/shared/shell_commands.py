"""What a command does with its words: which only read, which options run or write, which paths."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from opencode.tools.shared.shell_words import Word, literal


@dataclass
class Effects:
    """What one simple command does, as far as its words tell."""

    harmless: bool = False
    doubt: str = ""
    """Why nobody can say what it does; no rule may allow it then."""
    reads: list[Word] = field(default_factory=list[Word])
    writes: list[Word] = field(default_factory=list[Word])
    removes: list[Word] = field(default_factory=list[Word])
    may_leave: list[Word] = field(default_factory=list[Word])
    """Words that need not be paths; they matter when they lead outside."""
    below: bool = False
    """Whether whole folders are read."""
    links: bool = False
    """Whether links found on the way are followed."""


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
    " dirname sleep tty locale getconf lscpu lsb_release sw_vers which type cal ps tr exit return"
    " break continue wait jobs times logname w who numfmt factor"
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
    "jq": Reading(1),
    "date": Reading(-1, "s", "set"),
}
_SEARCH = frozenset({"grep", "egrep", "fgrep", "rg"})
_LINK_OPTIONS = {"grep": "R", "egrep": "R", "fgrep": "R", "rg": "L", "du": "L", "tree": "l"}
_LINK_LONG = ("dereference-recursive", "follow", "dereference")

_VERSIONED = frozenset(
    "python python3 node npm npx pnpm yarn bun deno go cargo rustc rustup java javac gcc g++ clang"
    " make cmake git pip pip3 uv poetry docker kubectl terraform ruby perl php bash zsh tmux vim"
    " curl wget jq rg sed awk tar ruff mypy pytest tsc gh".split()
)
_VERSION = frozenset({"--version", "-V", "-version", "version"})

WRITERS: dict[str, tuple[int, str]] = {
    **dict.fromkeys(
        "touch mkdir tee install ln truncate mkfifo mktemp split".split(), (0, "write")
    ),
    **dict.fromkeys("rm rmdir unlink shred".split(), (0, "remove")),
    **dict.fromkeys("chmod chown chgrp setfacl".split(), (1, "write")),
    "mv": (0, "write"),
    "cp": (0, "copy"),
    "rsync": (0, "copy"),
    "scp": (0, "copy"),
}

_SED = re.compile(
    r"\s*(\d+|\$|/[^/\n]*/)?(,\s*(\+?\d+|\$|/[^/\n]*/))?\s*!?\s*"
    r"([pdqPDgGhHnNx=l]|s/([^/\\\n]|\\.)*/([^/\\\n]|\\.)*/[gpiI0-9]*)?\s*"
)
_AWK = re.compile(r"system|[|>@]|getline|ENVIRON|ARGV|printf?\s*[(]?.*>", re.DOTALL)


def effects(words: list[Word]) -> Effects:
    """What the command does. Its first word must be known; wrappers and git are not for here."""
    name, rest = words[0].value, words[1:]
    if len(rest) == 1 and name in _VERSIONED and rest[0].value in _VERSION:
        return Effects(harmless=rest[0].value != "version" or name in ("go", "git"))
    special = _SPECIAL.get(name)
    if special:
        return special(rest)
    if name in READING:
        return _reading(name, rest)
    if name in WRITERS:
        return _writing(name, rest)
    return Effects(may_leave=[w for w in rest if re.match(r"[/~]|\.\.(/|$)|.*/\.\.(/|$)", w.lead)])


def options_of(words: list[Word]) -> list[Word]:
    """The words before `--` that begin with a dash."""
    before = words[: _end(words)]
    return [w for w in before if w.lead.startswith("-") and w.value != "-"]


def operands_of(words: list[Word]) -> list[Word]:
    """The words that are no options; values of options that stand alone count as operands."""
    end = _end(words)
    before = [w for w in words[:end] if not w.lead.startswith("-") or w.value == "-"]
    return before + words[end + 1 :]


def _end(words: list[Word]) -> int:
    return next((i for i, word in enumerate(words) if word.value == "--"), len(words))


def has_option(words: list[Word], short: str, long: str) -> str:
    """The first option that is, abbreviates or may turn out to be one of these; "" when none."""
    names = long.split()
    for word in words[: _end(words)]:
        for value in word.values or (word.lead,):
            if value.startswith("--"):
                name = value[2:].partition("=")[0]
                if any(known.startswith(name) for known in names):
                    return value
            elif value.startswith("-") and any(letter in short for letter in value[1:]):
                return value
        if (short or long) and word.may_be_option and not (word.values and not word.glob):
            return word.text
    return ""


def option_values(words: list[Word]) -> list[Word]:
    """What is glued to options (`--file=x`, `-fx`), where it may be a path."""
    found: list[Word] = []
    for option in options_of(words):
        for value in option.values or (option.lead,):
            glued = value.partition("=")[2] if value.startswith("--") else value[2:]
            if not option.values and ("=" in value or not value.startswith("--")):
                found.append(Word(text=option.text))
            elif "/" in glued or glued.startswith("~") or glued == "..":
                tail = glued[glued.index("/") :] if "/" in glued else glued
                found += [literal(glued), literal(tail)] if glued[0] != "/" else [literal(glued)]
    return found


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
    skipped = operands[:first] if first > 0 else []
    result = Effects(harmless=True, reads=files, may_leave=option_values(rest) + skipped[:0])
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
        return Effects(removes=operands, writes=glued)
    if kind == "copy" and len(operands) > 1 and not has_option(rest, "t", "target-directory"):
        remote = [w for w in operands if re.match(r"[\w.@-]+:", w.lead)]
        reads = [w for w in operands[:-1] if w not in remote]
        return Effects(reads=reads, writes=[w for w in (*operands[-1:], *glued) if w not in remote])
    return Effects(writes=operands + glued)


def _sed(rest: list[Word]) -> Effects:
    operands = operands_of(rest)
    in_place = any(re.match(r"-[a-zA-Z]*i|--in", o.lead) for o in options_of(rest))
    known = all(re.fullmatch(r"-[nErsuz]+|--(quiet|silent|regexp-extended|posix|sandbox)", o.value)
                or (in_place and re.fullmatch(r"-[nEr]*i[.\w]*", o.value))
                for o in options_of(rest) if o.value != "-e")  # fmt: skip
    script = [
        w for w, before in zip(rest, [None, *rest], strict=False) if before and before.value == "-e"
    ]
    scripts = script or operands[:1]
    files = [w for w in operands if w not in scripts]
    plain = bool(scripts) and all(
        w.value
        and all(_SED.fullmatch(part) for part in re.split(r"[;\n](?![^/]*/[a-z]*$)", w.value))
        for w in scripts
    )
    if not known or not plain:
        doubt = "" if in_place and plain else "its script may run commands or write files"
        return Effects(doubt=doubt, reads=files, may_leave=option_values(rest))
    return Effects(writes=files) if in_place else Effects(harmless=True, reads=files)


def _awk(rest: list[Word]) -> Effects:
    operands: list[Word] = []
    words = iter(rest)
    for word in words:
        if not operands and word.value in ("-F", "-v"):
            next(words, None)
        elif not operands and re.fullmatch(r"-[Fv].+", word.value):
            continue
        else:
            operands.append(word)
    program = operands[0] if operands else Word()
    files = [w for w in operands[1:] if not re.match(r"[A-Za-z_]\w*=", w.lead)]
    if not program.value or program.value.startswith("-") or _AWK.search(program.value):
        return Effects(doubt="its program may run commands or write files", may_leave=operands[1:])
    return Effects(harmless=True, reads=files)


def _find(rest: list[Word]) -> Effects:
    """The walk alone; what `-exec` runs is read with the wrappers."""
    first = next((i for i, w in enumerate(rest) if w.lead[:1] in ("-", "(", "!", "")), len(rest))
    roots = rest[:first]
    while roots and re.fullmatch(r"-[HLPO]\d?", roots[0].value):
        roots.pop(0)
    starts = roots or [literal(".")]
    tests = {w.value for w in rest[first:]}
    if any(not w.value and not w.values for w in rest):
        return Effects(doubt="a part of it is not known before it runs", may_leave=starts)
    result = Effects(harmless=True, reads=starts, links=bool(tests & {"-L", "-H", "-follow"}))
    if tests & {"-fprint", "-fprint0", "-fprintf", "-fls", "-files0-from"}:
        result = Effects(doubt="find writes a file", reads=starts)
    if "-delete" in tests:
        result.harmless, result.removes = False, starts
    news = ("-newer", "-anewer", "-cnewer", "-samefile")
    result.may_leave = [w for w, b in zip(rest[1:], rest, strict=False) if b.value in news]
    return result


def _test(rest: list[Word]) -> Effects:
    for word in rest:
        if word.value in ("-v", "-R") or not word.values:
            return Effects(doubt="test may evaluate what a word holds")
    return Effects(harmless=True, may_leave=[w for w in rest if "/" in "".join(w.values)])


def _set(rest: list[Word]) -> Effects:
    known = {"-e", "-u", "-x", "-o", "-eu", "-ex", "-eux", "-euo", "-euxo", "+e", "+x", "+u",
             "pipefail", "errexit", "nounset", "+o", "-f"}  # fmt: skip
    return Effects(harmless=bool(rest) and all(w.value in known for w in rest))


def _read(rest: list[Word]) -> Effects:
    names = [w for w in rest if not w.lead.startswith("-")]
    if not all(re.fullmatch(r"[A-Za-z_]\w*", w.value) and not is_loaded(w.value) for w in names):
        return Effects(doubt="read may evaluate the name it is given")
    plain = all(re.fullmatch(r"-[rs]+", w.value) for w in options_of(rest))
    return Effects(harmless=plain)


_SPECIAL = {
    "sed": _sed,
    "awk": _awk,
    "gawk": _awk,
    "mawk": _awk,
    "find": _find,
    "test": _test,
    "set": _set,
    "read": _read,
}

_LOADED = re.compile(
    r"PATH|LD_.*|DYLD_.*|GIT_.*|BASH.*|ENV|IFS|SHELLOPTS|PROMPT_COMMAND|PS[0-4]|CDPATH|HOME|SHELL"
    r"|GLOBIGNORE|FUNCNEST|EXECIGNORE|TMPDIR|GCONV_PATH|LOCPATH|NLSPATH|HOSTALIASES|MALLOC_.*"
)
_QUIET = re.compile(r"LANG|LANGUAGE|LC_[A-Z]+|TZ|NO_COLOR|FORCE_COLOR|CLICOLOR\w*|CI|COLUMNS|LINES")
_PROGRAM = re.compile(
    r".*(PAGER|EDITOR|OPTIONS|_OPTS|_FLAGS|PROXY|_RSH|_COMMAND|CONFIG\w*|STARTUP|PRELOAD|BROWSER)"
    r"|(PYTHON|PERL|RUBY|NODE_|LESS|JAVA|JDK|SSH_|DOCKER|KUBE|AWS_|NPM_|RIPGREP|GREP|TERM|DISPLAY"
    r"|VISUAL|MAKE|CC|CXX|RUSTC|CARGO).*"
)


def is_loaded(name: str) -> bool:
    """Whether setting this variable changes what any later word runs or means."""
    return _LOADED.fullmatch(name) is not None


def is_quiet(name: str, before_command: bool) -> bool:
    """Whether setting it changes nothing that could run or write; stricter before a command,
    where the value reaches a program."""
    if before_command:
        return _QUIET.fullmatch(name) is not None
    return not is_loaded(name) and _PROGRAM.fullmatch(name.upper()) is None
