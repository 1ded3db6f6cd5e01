"""A file as text that goes back to the same bytes: encoding, mark and every line end are kept."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import NamedTuple

from opencode.tools.shared.encodings import Undecodable, detect

_LINE_END = re.compile("\r\n|\n|\r")
_ALIGNABLE = 4_000_000
"""Lines before times lines after up to which line ends are carried over by comparing lines."""


class Splice(NamedTuple):
    """Replace text[start:end] by `new`."""

    start: int
    end: int
    new: str


class Unencodable(Exception):
    """The text has a character which the file's encoding lacks; the message names it."""


@dataclass(frozen=True)
class Document:
    """Text with `\\n` for every line end, and what it takes to write the rest as it was."""

    text: str
    ends: str | list[str] = "\n"
    """The kind of every line end in turn, or the one kind that all have."""
    encoding: str = "utf-8"
    bom: bytes = b""

    @property
    def lines(self) -> list[str]:
        """The lines without their ends; a final line end opens no further line."""
        found = self.text.split("\n")
        if not found[-1]:
            found.pop()
        return found

    def raw(self) -> str:
        """The text with its own line ends."""
        if isinstance(self.ends, str):
            return self.text if self.ends == "\n" else self.text.replace("\n", self.ends)
        parts = self.text.split("\n")
        return "".join(a + b for a, b in zip(parts, [*self.ends, ""], strict=True))

    def encode(self) -> bytes:
        """The bytes; raises Unencodable."""
        try:
            return self.bom + self.raw().encode(self.encoding)
        except UnicodeEncodeError as error:
            char = error.object[error.start]
            raise Unencodable(f"{self.encoding} has no {char!a} (U+{ord(char):04X})") from error

    def spliced(self, splices: Iterable[Splice]) -> "Document":
        """With these regions replaced (none may overlap); what is outside keeps its bytes."""
        ordered = sorted(splices)
        pieces: list[str] = []
        done = 0
        for start, end, new in ordered:
            pieces += self.text[done:start], new
            done = end
        pieces.append(self.text[done:])
        ends = self.ends if isinstance(self.ends, str) else self._ends_after(self.ends, ordered)
        return replace(self, text="".join(pieces), ends=ends)

    def rewritten(self, content: str) -> "Document":
        """With other content. Content that names its own line ends (\\r) keeps them."""
        content = content.removeprefix("\ufeff") if self.bom else content
        if "\r" in content:
            text, ends = _normal(content)
            return replace(self, text=text, ends=ends)
        return self.spliced([Splice(0, len(self.text), content)])

    def _ends_after(self, ends: list[str], splices: list[Splice]) -> list[str]:
        usual = Counter(ends).most_common(1)[0][0]
        result: list[str] = []
        passed = position = 0
        for start, end, new in splices:
            upto = passed + self.text.count("\n", position, start)
            result += ends[passed:upto]
            passed = upto + self.text.count("\n", start, end)
            near = result[-1] if result else ends[passed] if passed < len(ends) else usual
            result += _inherited(self.text[start:end], ends[upto:passed], new, near)
            position = end
        return result + ends[passed:]


def _inherited(old: str, ends: list[str], new: str, near: str) -> list[str]:
    """Line ends for `new`: lines that stay keep theirs, others take their neighbour's."""
    before, after = old.split("\n")[:-1], new.split("\n")[:-1]
    if not ends:
        return [near] * len(after)
    result: list[str] = []
    if len(before) * len(after) > _ALIGNABLE:
        blocks = [("replace", 0, len(before), 0, len(after))]
    else:
        blocks = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for _, i1, i2, j1, j2 in blocks:
        paired = ends[i1:i2][: j2 - j1]
        result += paired
        fill = result[-1] if result else ends[0]
        result += [fill] * (j2 - j1 - len(paired))
    return result


def normal(text: str) -> str:
    """The text with `\\n` for every line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _normal(raw: str) -> tuple[str, str | list[str]]:
    if "\r" not in raw:
        return raw, "\n"
    kinds = _LINE_END.findall(raw)
    return normal(raw), kinds[0] if len(set(kinds)) == 1 else kinds


def decode(data: bytes) -> Document:
    """The document in `data`; raises Undecodable when strict decoding is not possible."""
    bom, codec = detect(data)
    text, ends = _normal(data[len(bom) :].decode(codec))
    return Document(text, ends, codec, bom)


__all__ = ["Document", "Splice", "Undecodable", "Unencodable", "decode", "normal"]
