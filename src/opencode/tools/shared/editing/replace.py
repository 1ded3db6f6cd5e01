"""Replace text that a model remembers, perhaps inexactly, at the one place it can mean, or not."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from opencode.core.error import ToolError
from opencode.tools.shared.editing.clean import Variant, looks_escaped, variants
from opencode.tools.shared.editing.indent import indent_of
from opencode.tools.shared.editing.match import (
    BLANK_LINES,
    DRIFT,
    FOLDED,
    INDENT,
    INNER,
    TRAILING,
    Lines,
    Match,
    Step,
)
from opencode.tools.shared.editing.nearest import explain
from opencode.tools.shared.editing.substring import (
    Hit,
    exact_hits,
    folded_hits,
    splice_at,
    trimmed_hits,
)
from opencode.tools.shared.patches.hunk import rows_between, splices_for
from opencode.tools.shared.text import Document, Splice, normal

_SHOWN_LINES = 12


@dataclass(frozen=True)
class Replaced:
    """What a replacement did; `note` says how the text was found, "" when it stood there so."""

    document: Document
    note: str
    count: int


@dataclass(frozen=True)
class _Found:
    splices: list[Splice]
    note: str
    count: int


def replaced(document: Document, old: str, new: str, *, everywhere: bool = False) -> Replaced:
    """`old` made `new` at the one place where it stands (at each with `everywhere`).

    Steps of rising tolerance are tried in turn; a step counts only when it leaves one place.
    ToolError when there is none, when there are several, or when nothing would change."""
    old, new = normal(old).removeprefix("\ufeff"), normal(new).removeprefix("\ufeff")
    if old == new:
        raise ToolError("old_string and new_string are the same: nothing to change.")
    if not old:
        raise ToolError("old_string is empty. Quote the text to replace, or use write.")
    lines = Lines(document)
    for search in _searches(lines, document, old, new, everywhere):
        if search is not None:
            after = document.spliced(search.splices)
            if after.text == document.text:
                raise ToolError("The file already says that: nothing to change.")
            return Replaced(after, search.note, search.count)
    raise ToolError(f"old_string was not found. {explain(lines, _lines_of(old))}")


def _searches(
    lines: Lines, document: Document, old: str, new: str, everywhere: bool
) -> Iterator[_Found | None]:
    search = _Search(lines, document, everywhere)
    near = search.near(Variant(old, new, ""))
    if near and looks_escaped(new) and not looks_escaped(old):
        raise ToolError(
            "new_string has \\n where a line end seems to be meant. Send real line ends."
        )
    yield near
    for rivals in variants(old, new):
        yield search.among(rivals)
    yield search.trimmed(old, new)
    for step in (BLANK_LINES, INNER, DRIFT):
        yield search.lined(step, Variant(old, new, ""))


class _Search:
    """One question to one file."""

    def __init__(self, lines: Lines, document: Document, everywhere: bool) -> None:
        self.lines, self.document, self.everywhere = lines, document, everywhere

    def near(self, wanted: Variant) -> _Found | None:
        """As it stands; then but for trailing blanks, indentation, look-alikes."""
        old, new, note = wanted
        if not old.strip("\n"):
            return None
        return (
            self._hits(exact_hits(self.document.text, old), wanted, note)
            or self.lined(TRAILING, wanted)
            or self.lined(INDENT, wanted)
            or self._hits(
                folded_hits(self.lines, old), Variant(old, new, note), _note(note, FOLDED.note)
            )
            or self.lined(FOLDED, wanted)
        )

    def among(self, rivals: list[Variant]) -> _Found | None:
        """The one reading of the model's text that is found, when all found ones agree."""
        rivals = [wanted for wanted in rivals if wanted.old.strip()]
        exact = [wanted for wanted in rivals if exact_hits(self.document.text, wanted.old)]
        found = [result for wanted in exact or rivals if (result := self.near(wanted)) is not None]
        if len({tuple(result.splices) for result in found}) > 1:
            raise ToolError(
                "old_string is found only after taking escapes off, and new_string can then be "
                "read in two ways. Send both as they stand in the file, without added backslashes."
            )
        return found[0] if found else None

    def trimmed(self, old: str, new: str) -> _Found | None:
        """Part of one line, but for blanks at the edges."""
        hits = trimmed_hits(self.document.text, old, new)
        wanted = Variant(old.strip(), new.strip(), "")
        return self._hits(hits, wanted, "ignoring blanks at its edges")

    def lined(self, step: Step, wanted: Variant) -> _Found | None:
        """Whole lines, with the tolerance of `step`."""
        old, new = _line_pair(wanted.old, wanted.new)
        matches = self.lines.find(old, new, step)
        if not matches:
            return None
        self._one_place([match.first for match in matches], step.loose)
        if step in (INDENT, BLANK_LINES) and (core := _only_line(old)) and any(new):
            hits = [self._visible(match, old.index(core)) for match in matches]
            bare = Variant(core.rstrip(), "\n".join(new).strip("\n"), "")
            return self._hits(hits, bare, _note(wanted.note, step.note))
        rows = rows_between(old, new)
        splices: list[Splice] = []
        for match in matches:
            found = splices_for(self.lines, rows, match)
            if found is None:
                raise ToolError(
                    f"old_string stands in line {match.first + 1} only {step.note}, and "
                    "new_string does not fit there. Read these lines and quote them exactly."
                )
            splices += found
        self._apart([(match.first, match.last + 1) for match in matches])
        return _Found(splices, _note(wanted.note, step.note), len(matches))

    def _visible(self, match: Match, k: int) -> Hit:
        """Where the k-th line asked for stands, without the blanks around it."""
        row = match.rows[k]
        start, line = self.lines.start_of(row), self.lines.lines[row]
        return start + len(indent_of(line)), start + len(line.rstrip())

    def _hits(self, hits: list[Hit], wanted: Variant, note: str) -> _Found | None:
        if not hits:
            return None
        self._one_place([self.lines.row_at(start) for start, _ in hits])
        kept: list[Hit] = []
        for start, end in hits:
            if not kept or start >= kept[-1][1]:
                kept.append((start, end))
        splices = [splice_at(self.document.text, hit, wanted.old, wanted.new) for hit in kept]
        return _Found(splices, note, len(kept))

    def _one_place(self, rows: list[int], loose: bool = False) -> None:
        if len(rows) > 1 and (loose or not self.everywhere):
            shown = ", ".join(str(row + 1) for row in rows[:_SHOWN_LINES])
            more = ", …" if len(rows) > _SHOWN_LINES else ""
            other = "" if loose else ", or set replace_all"
            raise ToolError(
                f"old_string matches {len(rows)} places (lines {shown}{more}); nothing changed. "
                f"Add lines around it until it is unique{other}."
            )

    def _apart(self, spans: list[tuple[int, int]]) -> None:
        spans = sorted(spans)
        if any(before[1] > after[0] for before, after in pairwise(spans)):
            raise ToolError("The places of old_string overlap; quote them one by one.")


def _note(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _only_line(lines: list[str]) -> str:
    """The one line that is not blank, when it starts with its first letter; else ""."""
    filled = [line for line in lines if line.strip()]
    return filled[0] if len(filled) == 1 and not indent_of(filled[0]) else ""


def _lines_of(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


def _line_pair(old: str, new: str) -> tuple[list[str], list[str]]:
    """Both texts as whole lines: a line end that closes the old text closes the new one, too."""
    if not old.endswith("\n"):
        return old.split("\n"), new.split("\n")
    return _lines_of(old), _lines_of(new) if new else []
