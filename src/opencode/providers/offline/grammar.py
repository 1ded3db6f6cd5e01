"""What a form of instruction is made of: patterns with named operands, and the plan it means.

Patterns are regular expressions in shorthand: a space is any white space, `[x]` is optional,
`{x|y}` is a choice, `<name:kind>` an operand (kinds below), `<name=x|y>` a choice with a name."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from opencode.core.message import ToolPart

_OPENING = "\"'`“‘"
_QUOTED = r"\"[^\"\n]*\"|'[^'\n]*'|`[^`\n]*`|“[^”\n]*”|‘[^’\n]*’"
_OPERANDS = {
    "text": f"(?:{_QUOTED})",
    "path": rf"(?:{_QUOTED}|[^\s\"'`,;:“”‘’]+(?::[\\/][^\s\"'`,;:“”‘’]*)?)",
    "name": rf"(?:{_QUOTED}|[A-Za-z_$][\w$.]*)",
    "token": rf"(?:{_QUOTED}|[^\s\"'`,;“”‘’]+)",
    "number": r"\d+",
    "kind": r"\.?[A-Za-z][\w+#]*",
    "glob": r"[^\s\"'`]*\*[^\s\"'`]*",
    "url": r"https?://[^\s\"'`<>]+",
    "slug": r"[\w-]+",
    "branch": r"[\w./-]+",
    "file": r"[\w./-]+\.\w+",
    "rest": r"\S.*",
}
_SLOT = re.compile(r"<(?P<name>\w+)(?::(?P<kind>\w+)|=(?P<choice>[^>]+))>")
_SHORTHAND = {" ": r"\s+", "[": "(?:", "]": ")?", "{": "(?:", "}": ")"}
_PATHLIKE = re.compile(
    r"(?:\./|\.\./|~/|/|[A-Za-z]:[\\/]).+|.*[\w)][/\\].*|\.?[\w@+-]+(?:\.[\w+-]+)+|\.\w+"
)
_CODE = re.compile(r"[_\d.()\[\]/$=:<>@#+*-]|[a-z][A-Z]")
_FILES_WITHOUT_DOT = re.compile(
    "makefile|readme|licen[sc]e|dockerfile|changelog|authors|contributing|notice|copying|procfile|"
    "gemfile|rakefile|vagrantfile|jenkinsfile|justfile|codeowners",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Call:
    """One tool call an instruction asks for."""

    tool: str
    input: dict[str, Any]


@dataclass(frozen=True)
class Context:
    """What earlier messages tell: "this file" and "that URL" mean something only through it."""

    file: str = ""
    url: str = ""


@dataclass(frozen=True)
class Plan:
    """What to do about one instruction: the first calls and, from their outcome, the next."""

    calls: list[Call] = field(default_factory=list[Call])
    then: "Callable[[list[ToolPart]], list[Call] | Plan] | None" = None
    """Given the outcome of `calls`; a plan may go on itself."""
    nothing: str = ""
    """Said when `then` finds no further call, or when there is no call at all."""
    left: str = ""
    """The part of the instruction that only a model could do ("explain what it does")."""


Build = Callable[[dict[str, str], Context], Plan | None]


@dataclass(frozen=True)
class Form:
    """One kind of instruction. `patterns` must match the whole of it; `build` may still say no."""

    tool: str
    examples: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    build: Build
    raw: bool = False
    """Matched against the message exactly as typed: commands and file bodies."""


def form(tool: str, examples: str | tuple[str, ...], *patterns: str, build: Build) -> Form:
    """A form in shorthand."""
    shown = (examples,) if isinstance(examples, str) else examples
    compiled = tuple(re.compile(_spelled_out(p), re.IGNORECASE) for p in patterns)
    return Form(tool, shown, compiled, build)


def raw_form(tool: str, examples: str | tuple[str, ...], *patterns: str, build: Build) -> Form:
    """A form of plain regular expressions over the message exactly as it was typed."""
    shown = (examples,) if isinstance(examples, str) else examples
    compiled = tuple(re.compile(p, re.IGNORECASE | re.DOTALL) for p in patterns)
    return Form(tool, shown, compiled, build, raw=True)


def _spelled_out(pattern: str) -> str:
    pieces: list[str] = []
    position = 0
    for slot in _SLOT.finditer(pattern):
        pieces.append(_long(pattern[position : slot.start()]))
        inner = _OPERANDS[slot["kind"]] if slot["kind"] else _long(slot["choice"])
        pieces.append(f"(?P<{slot['name']}>{inner})")
        position = slot.end()
    return "".join([*pieces, _long(pattern[position:])])


def _long(pattern: str) -> str:
    return "".join(_SHORTHAND.get(character, character) for character in pattern)


def one(tool: str, /, **values: Any) -> Plan:
    """A plan of one call."""
    return Plan([Call(tool, values)])


def is_quoted(operand: str) -> bool:
    """Whether the person marked where the operand begins and ends."""
    return len(operand) > 1 and operand[0] in _OPENING


def unquoted(operand: str) -> str:
    """The operand without its quotes; a mention's `@` is not part of a path."""
    return operand[1:-1] if is_quoted(operand) else operand.removeprefix("@")


def is_path(operand: str) -> bool:
    """Whether the operand can only mean a file or folder: quoted, with a slash or an ending."""
    if is_quoted(operand):
        return bool(unquoted(operand).strip())
    bare = operand.removeprefix("@")
    if "://" in bare:
        return False
    return bool(_PATHLIKE.fullmatch(bare) or _FILES_WITHOUT_DOT.fullmatch(bare))


def is_explicit(operand: str) -> bool:
    """Whether the operand can only be meant literally: quoted, or spelled as no prose is.
    `replace tabs with spaces` names no text, `replace old_name with newName` does."""
    return is_quoted(operand) or bool(_CODE.search(operand))
