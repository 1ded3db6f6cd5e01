"""The words of a shell line as bash would make them, as far as that is known before it runs."""

import re
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Node

_MOST = 32
"""Alternatives of one word that are followed; more make it unknown."""

_GLOB = re.compile(r"(?<!\\)[*?\[]")
_BRACES = re.compile(r"([^{}]*)\{([^{}]*,[^{}]*)\}([^{}]*)")
_RANGE = re.compile(r"\{(-?\d+)\.\.(-?\d+)(\.\.-?\d+)?\}")
_EXPANSION = re.compile(
    r"\$\{#?([A-Za-z_]\w*|[0-9@*#?$!-])((:?[-+?]|##?|%%?|//?|\^\^?|,,?)[^@\[!]*)?\}", re.DOTALL
)
_ARRAY = re.compile(r"\$\{#?[A-Za-z_]\w*\[(@|\*|\d+)\]\}")
_NUMBERS = frozenset("?#$!")


class Word(NamedTuple):
    """One word. `values` are the texts it may become; none when that is not known."""

    values: tuple[str, ...] = ()
    lead: str = ""
    """The beginning that is certain, also when the rest is not."""
    glob: bool = False
    """Whether the values are patterns that bash expands to file names."""
    text: str = ""
    """As it was written."""

    @property
    def value(self) -> str:
        """The one text it is; "" when it is unknown or may be several."""
        return self.values[0] if len(self.values) == 1 and not self.glob else ""

    @property
    def may_be_option(self) -> bool:
        """Whether it might turn out to begin with a dash."""
        if self.values and not self.glob:
            return any(value.startswith("-") for value in self.values)
        return not self.lead or self.lead.startswith("-")


UNKNOWN = Word()


def literal(text: str) -> Word:
    """A word that is exactly this text."""
    return Word((text,), text, text=text)


class Reader:
    """Turns nodes into words. What bash would evaluate behind our back is noted in `doubts`."""

    def __init__(self) -> None:
        self.names: dict[str, Word] = {"HOME": literal(str(Path.home()))}
        """Variables whose value is known from the line itself."""
        self.doubts: list[str] = []

    def read(self, node: "Node") -> Word:
        """The word this node stands for."""
        return self._read(node)._replace(text=text_of(node))

    def _read(self, node: "Node") -> Word:
        text = text_of(node)
        match node.type:
            case "word" | "number" | "regex" | "variable_name" | "test_operator":
                return _unquoted(text)
            case "string" | "translated_string" | "concatenation" | "command_name":
                return self._joined(node)
            case "simple_expansion" | "expansion":
                return _split(self._variable(text))
            case "arithmetic_expansion":
                self.arithmetic(text)
                return Word(("0",), "0") if text[-1] == ")" else UNKNOWN
            case kind if kind in _FIXED:
                return _FIXED[kind](text)
            case kind:
                self.doubts.append(f"{kind.replace('_', ' ')} is not understood: {text}")
                return UNKNOWN

    def _joined(self, node: "Node") -> Word:
        quoted = node.type in ("string", "translated_string")
        source, at = text_of(node).encode(), node.start_byte
        pieces: list[Word] = []
        here = at
        for child in node.children:
            if child.start_byte > here:
                pieces.append(_text(source[here - at : child.start_byte - at].decode(), quoted))
            here = child.end_byte
            if quoted and child.type in ('"', '$"'):
                continue
            if quoted and child.type in ("simple_expansion", "expansion"):
                pieces.append(self._variable(text_of(child)))
            elif child.is_named and child.type != "string_content":
                pieces.append(self._read(child))
            else:
                pieces.append(_text(text_of(child), quoted))
        whole = _join(pieces)
        if node.type in ("concatenation", "command_name") and _BRACES.search(text_of(node)):
            plain = all(c.type in ("word", "number") or not c.is_named for c in node.children)
            return _braced(text_of(node)) if plain else Word(lead=whole.lead.split("{")[0])
        return whole

    def _variable(self, text: str) -> Word:
        bare = re.fullmatch(r"\$\{?(\w+|[@*#?$!-])\}?", text)
        if bare:
            name = bare[1]
            return Word(("0",), "0") if name in _NUMBERS else self.names.get(name, UNKNOWN)
        if not (_EXPANSION.fullmatch(text) or _ARRAY.fullmatch(text)):
            self.doubts.append(f"{text} may evaluate what its variable holds")
        return UNKNOWN

    def arithmetic(self, text: str) -> None:
        """Note a doubt when a variable takes part: bash evaluates its value, substitutions too."""
        for name in re.findall(r"[A-Za-z_]\w*", re.sub(r"0[xX][0-9a-fA-F]+", "0", text)):
            known = self.names.get(name, UNKNOWN)
            if not known.values or not all(re.fullmatch(r"-?\d+", v) for v in known.values):
                self.doubts.append(f"arithmetic evaluates what {name} holds")
        if re.search(r"[\[$`'\"]", re.sub(r"^\$?\(\(|^\$\[", "", text)):
            self.doubts.append(f"arithmetic evaluates expansions: {text}")


def names(text: str) -> frozenset[str]:
    """The names a table lists, separated by blanks."""
    return frozenset(text.split())


def text_of(node: "Node") -> str:
    """The source text of a node."""
    return (node.text or b"").decode(errors="replace")


def descendants(node: "Node", kinds: frozenset[str]) -> Iterator["Node"]:
    """The outermost nodes of these kinds below `node`."""
    for child in node.children:
        if child.type in kinds:
            yield child
        else:
            yield from descendants(child, kinds)


def _text(text: str, quoted: bool) -> Word:
    if quoted:
        return literal(re.sub(r"\\([\"$`\\\n])", lambda m: m[1].strip("\n"), text))
    return _unquoted(text)


def _split(word: Word) -> Word:
    """An unquoted variable is split at blanks and its file names are matched once more."""
    joined = "".join(word.values)
    if re.search(r"\s", joined) or (word.glob and "/" in joined):
        return UNKNOWN
    if not word.glob and _GLOB.search(joined):
        return UNKNOWN
    return word._replace(lead="" if word.glob else word.lead)


def _unquoted(text: str) -> Word:
    if _BRACES.search(text):
        return _braced(text)
    glob = bool(_GLOB.search(text))
    value = re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
    if text.startswith("~"):
        user, slash, rest = value.partition("/")
        if user not in ("~", "~+", "~-"):
            return UNKNOWN
        value = str(Path.home()) + slash + rest if user == "~" else ""
        if not value:
            return UNKNOWN
    lead = _GLOB.split(text)[0].replace("\\", "") if glob else value
    return Word((value,), lead, glob)


def _braced(text: str) -> Word:
    numbers = _RANGE.fullmatch(text)
    if numbers:
        return Word((numbers[1], numbers[2]), numbers[1][:1] if numbers[1] == numbers[2] else "0")
    match = _BRACES.fullmatch(text)
    if not match:
        return Word(lead=re.split(r"[{*?\[\\]", text)[0])
    words = [_unquoted(match[1] + option + match[3]) for option in match[2].split(",")]
    if not all(word.values for word in words):
        return UNKNOWN
    values = tuple(value for word in words for value in word.values)
    return Word(values, match[1], any(word.glob for word in words))


def _join(pieces: list[Word]) -> Word:
    lead = ""
    for piece in pieces:
        lead += piece.lead
        if not piece.values or piece.glob or len(piece.values) > 1:
            break
    values: tuple[str, ...] = ("",)
    for piece in pieces:
        values = tuple(a + b for a, b in product(values, piece.values))
        if len(values) > _MOST:
            return Word(lead=lead)
    return Word(values, lead, any(piece.glob for piece in pieces))


def _ansi(text: str) -> Word:
    return UNKNOWN if "\\" in text else literal(text[2:-1])


_FIXED: dict[str, Callable[[str], Word]] = {
    "raw_string": lambda text: literal(text[1:-1]),
    "ansi_c_string": _ansi,
    "brace_expression": _braced,
    "process_substitution": lambda text: literal("/dev/fd/63"),
    "command_substitution": lambda text: UNKNOWN,
}
