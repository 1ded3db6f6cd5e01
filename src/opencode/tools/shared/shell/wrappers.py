"""Commands that run other commands: what they run, as words or as another shell line."""

import re
import shlex
from itertools import pairwise
from typing import NamedTuple

from opencode.tools.shared.shell.words import UNKNOWN, Word, literal, names


class Wrapped(NamedTuple):
    """What a wrapper runs. Its own verdict is separate from that of what it runs."""

    commands: list[list[Word]]
    scripts: list[str]
    """Further shell lines, as text."""
    harmless: bool = False
    """Whether the wrapper adds nothing to what it runs."""
    doubt: str = ""
    settings: tuple[Word, ...] = ()
    """`NAME=value` words that hold for what it runs."""
    reads: str = ""
    """Why it cannot be judged, for one that runs what it reads from its input."""
    unseen: str = ""
    """Why what it runs is not in the line: it may be anything, also what a rule denies."""
    here: bool = False
    """Whether its lines run in this very shell, whose folder and variables they may change."""


class _Prefix(NamedTuple):
    valued: str = ""
    """Letters of options whose value is the next word."""
    operands: int = 0
    """Words of its own before the command (`timeout 5 …`)."""
    harmless: bool = False
    flags: str = ""
    """Letters of options known to change nothing of importance."""


_PREFIXES: dict[str, _Prefix] = {
    "nice": _Prefix("n", harmless=True, flags="n0123456789"),
    "nohup": _Prefix(harmless=True),
    "timeout": _Prefix("ks", 1, True, "ksv"),
    "time": _Prefix("fo", harmless=True, flags="pvq"),
    "stdbuf": _Prefix("ioe", harmless=True, flags="ioe0123456789L"),
    "command": _Prefix(harmless=True),
    "builtin": _Prefix(harmless=True),
    "env": _Prefix("uCS", harmless=True, flags="iu"),
    "xargs": _Prefix("adEeIiLlnPs", harmless=True, flags="0rtdInPLs123456789"),
    "setsid": _Prefix(),
    "exec": _Prefix("a"),
    "sudo": _Prefix("ughpCDRTUrtA"),
    "doas": _Prefix("uC"),
    "pkexec": _Prefix(),
    "runuser": _Prefix("ugG"),
    "ionice": _Prefix("cnpPu"),
    "chrt": _Prefix("TPD", 1),
    "taskset": _Prefix("", 1),
    "chroot": _Prefix("", 1),
    "unshare": _Prefix("RSG"),
    "nsenter": _Prefix("tSG"),
    "strace": _Prefix("eopsuIPSX"),
    "ltrace": _Prefix("eopsu"),
    "flock": _Prefix("wE", 1),
    "caffeinate": _Prefix("tw"),
    "unbuffer": _Prefix(),
    "busybox": _Prefix(),
    "toybox": _Prefix(),
    "proxychains": _Prefix("f"),
    "fakeroot": _Prefix("lsbiu"),
    "coproc": _Prefix(),
    "parallel": _Prefix("jIaNnLPS"),
    "npx": _Prefix("pc"),
    "uvx": _Prefix("p"),
    "entr": _Prefix(),
    "systemd-run": _Prefix("pEuH"),
}
_RUNNERS = frozenset({"uv", "poetry", "pdm", "hatch", "pipenv", "rye", "pixi", "bundle", "direnv"})
_SHELLS = names("bash sh zsh dash ksh ash fish rbash mksh pwsh powershell")
_LIKE_BASH = names("bash sh zsh dash ksh ash rbash mksh")
_EXEC = ("-exec", "-execdir", "-ok", "-okdir")
_LINES = frozenset({"eval", "watch", "trap"})
_SCRIPT_OPTION = frozenset({"su", "script", "flock", "runuser"})


def wrapped(words: list[Word]) -> Wrapped | None:
    """What the command runs besides itself; None when it is no wrapper."""
    name, rest = words[0].value.rpartition("/")[2], words[1:]
    if name in _SHELLS:
        return _shell(name, rest)
    if name in _LINES:
        return _line(name, rest)._replace(here=True)
    if name in ("source", "."):
        return _sourced(name, rest[:1])
    if name == "find":
        return _find(rest)
    if name == "ssh":
        operands = [w for w in rest if not w.lead.startswith("-")]
        return _joined(operands[1:], "")
    if name in _RUNNERS:
        at = next((i for i, w in enumerate(rest) if w.value in ("run", "exec")), len(rest))
        return Wrapped([_skip(rest[at + 1 :], _Prefix("pC"))], []) if rest[at + 1 :] else None
    if name in _SCRIPT_OPTION:
        for option, script in pairwise(rest):
            if option.value in ("-c", "--command"):
                return _joined([script], "what it runs is not known")
    return _prefixed(name, rest) if name in _PREFIXES else None


def _prefixed(name: str, rest: list[Word]) -> Wrapped | None:
    facts = _PREFIXES[name]
    if name == "command" and rest and rest[0].value in ("-v", "-V"):
        return Wrapped([], [], harmless=all(word.values for word in rest))
    inner = _skip(rest, facts)
    own = rest[: len(rest) - len(inner)]
    settings: list[Word] = []
    while name in ("env", "sudo", "doas") and inner and re.match(r"\w+=", inner[0].lead):
        settings.append(inner.pop(0))
    harmless = facts.harmless and all(_is_known(word, facts) for word in own)
    if name == "env":
        split = [w for w in own if re.match(r"-\w*S|--s|-\w*C|--c", w.lead)]
        if split:
            return Wrapped([inner], [], doubt=f"env {split[0].text} runs another line or elsewhere")
        harmless = harmless and bool(inner)
    if name == "parallel":
        cut = next((i for i, w in enumerate(inner) if w.lead.startswith(":::")), len(inner))
        inner = [*inner[:cut], UNKNOWN]
    if name == "xargs":
        inner = _fed(own, inner)
    return Wrapped([inner] if inner else [], [], harmless, settings=tuple(settings))


def _fed(own: list[Word], inner: list[Word]) -> list[Word]:
    """xargs puts what it reads after the words, or where its mark stands."""
    fed = Word(text="what xargs reads")
    marks = {after.value for option, after in pairwise(own) if option.value == "-I"}
    marks |= {w.value[2:] or "{}" for w in own if re.match(r"-[Ii].|-i$", w.value)}
    inner = inner or [literal("echo")]
    if not marks:
        return [*inner, fed]
    return [
        w if w.values and not any(mark in value for mark in marks for value in w.values) else fed
        for w in inner
    ]


def _skip(words: list[Word], facts: _Prefix) -> list[Word]:
    """The words from the inner command on."""
    at = 0
    while at < len(words) and words[at].lead.startswith("-"):
        option = words[at].value
        at += 1
        if option == "--":
            break
        valued = len(option) > 1 and option[1] != "-" and option[-1] in facts.valued
        if valued and (len(option) == 2 or option[1] not in facts.valued):
            at += 1
    return words[at + facts.operands :]


def _is_known(word: Word, facts: _Prefix) -> bool:
    if not word.values:
        return False
    if not word.lead.startswith("-") or word.value == "--":
        return True
    letters = word.value[1:]
    return bool(letters) and all(letter in facts.flags for letter in letters)


def _shell(name: str, rest: list[Word]) -> Wrapped:
    if len(rest) == 1 and rest[0].value == "--version":
        return Wrapped([], [], harmless=True)
    for at, word in enumerate(rest):
        if not word.lead.startswith("-"):
            break
        if re.match(r"-\w*c", word.value) or word.value in ("-Command", "--command"):
            following = [w for w in rest[at + 1 :] if not w.lead.startswith(("-", "+"))]
            return _joined(following[:1], f"what {name} {word.value} runs is not known")
    doubt = f"{name} runs what it reads from its input"
    if not all(word.values for word in rest):
        return Wrapped([], [], unseen=doubt)
    operands = _operands(rest)
    if any(word.value == "-s" for word in rest) or not operands or _is_input(operands[0]):
        return Wrapped([], [], reads=doubt, unseen="" if _is_plain(name, rest) else doubt)
    return Wrapped([], [], unseen=_piped(operands[0]))


def _operands(rest: list[Word]) -> list[Word]:
    found: list[Word] = []
    words = iter(rest)
    for word in words:
        if re.fullmatch(r"[-+]\w*[oO]|--(rcfile|init-file)", word.value) and not found:
            next(words, None)
        elif not word.lead.startswith(("-", "+")):
            found.append(word)
    return found


def _is_plain(name: str, rest: list[Word]) -> bool:
    """Whether it reads its input as bash would, and runs nothing before."""
    options = [word.value for word in rest if word.lead.startswith(("-", "+"))]
    known = r"[-+][seuxlvn]*|--|--no(rc|profile|editing)|--posix|--login"
    return name in _LIKE_BASH and all(re.fullmatch(known, option) for option in options)


def _sourced(name: str, file: list[Word]) -> Wrapped | None:
    if file and _is_input(file[0]):
        return Wrapped([], [], reads=f"{name} runs what it reads from its input", here=True)
    if file and (unseen := _piped(file[0])):
        return Wrapped([], [], unseen=unseen)
    return None


def _is_input(file: Word) -> bool:
    return file.value in ("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")


def _piped(file: Word) -> str:
    return "it runs what another command prints" if "/fd/" in file.lead else ""


def _line(name: str, rest: list[Word]) -> Wrapped:
    if name == "trap":
        script = [w for w in rest if w.value not in ("-p", "-l", "--")][:1]
        return _joined(script, "what it runs is not known")
    if name == "watch":
        rest = _skip(rest, _Prefix("nqx"))
    return _joined(rest, f"what {name} runs is not known")


def _joined(words: list[Word], doubt: str) -> Wrapped:
    """Words that together are another shell line."""
    if not words or not all(word.value for word in words):
        return Wrapped([], [], doubt=doubt)
    return Wrapped([], [" ".join(word.value for word in words)])


def _find(rest: list[Word]) -> Wrapped | None:
    commands: list[list[Word]] = []
    values = [word.value for word in rest]
    first = next((i for i, w in enumerate(rest) if w.lead[:1] in ("-", "(", "!")), len(rest))
    roots = [w for w in rest[:first] if w.values] or [literal(".")]
    at = next((i for i, v in enumerate(values) if v in _EXEC), 0)
    tests = values[first:at]
    files = "-type f" in " ".join(tests) and not {"!", "-not", "-o", "-or", ","} & set(tests)
    found = Word(text="what find finds")
    if files and not {"-L", "-follow"} & set(values) and all(not r.glob for r in roots):
        paths = tuple(value for root in roots for value in root.values)
        found = Word(paths, paths[0][:1], text="{}")
    for at, value in enumerate(values):
        if value in _EXEC:
            end = next((i for i in range(at, len(values)) if values[i] in (";", "+")), len(values))
            inner = rest[at + 1 : end]
            commands.append([_found(word, found) for word in inner])
    return Wrapped(commands, [], harmless=True) if commands else None


def _found(word: Word, found: Word) -> Word:
    if word.values == ("{}",):
        return found
    return Word(text=word.text) if any("{}" in value for value in word.values) else word


def line_of(words: list[Word]) -> str:
    """The words as a line for people and rules; unknown ones as they were written."""
    return " ".join(shlex.quote(w.value) if w.value else w.text for w in words)
