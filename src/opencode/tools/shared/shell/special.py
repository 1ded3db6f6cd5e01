"""Commands whose words are programs of their own, or that read only in some of their forms."""

import re

from opencode.tools.shared.shell.effects import Effects, operands_of, option_values, options_of
from opencode.tools.shared.shell.variables import is_loaded
from opencode.tools.shared.shell.words import Word, literal

_SED = re.compile(
    r"\s*(\d+|\$|/[^/\n]*/)?(,\s*(\+?\d+|\$|/[^/\n]*/))?\s*!?\s*"
    r"([pdqPDgGhHnNx=l]|s/([^/\\\n]|\\.)*/([^/\\\n]|\\.)*/[gpiI0-9]*)?\s*"
)
_AWK = re.compile(r"system|[|>@]|getline|ENVIRON|ARG[VC]|SYMTAB|FUNCTAB|PROCINFO")


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


def _ps(rest: list[Word]) -> Effects:
    """`ps e` shows the environment of other processes, with their keys."""
    shown = [w for w in rest if not w.values or re.match(r"-.*E|[^-]*[eE]", w.lead)]
    return Effects(harmless=not shown)


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


SPECIAL = {
    "sed": _sed,
    "awk": _awk,
    "gawk": _awk,
    "mawk": _awk,
    "find": _find,
    "test": _test,
    "set": _set,
    "read": _read,
    "ps": _ps,
}
