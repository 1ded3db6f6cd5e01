"""What is laid over the rows of the conversation: the selection, what was found, the cursor."""

from dataclasses import dataclass, field

from rich.segment import Segment
from rich.style import Style

from opencode.tui.looks.lines import Line
from opencode.tui.looks.text import width_of
from opencode.tui.widgets.finder import Finder
from opencode.tui.widgets.page import Page
from opencode.tui.widgets.pointer import Pointer
from opencode.tui.widgets.selection import overlaid


@dataclass
class Marks:
    """The rows of a page as they are painted."""

    page: Page
    mouse: Pointer
    finder: Finder
    cursor: str = field(default="")
    """The block keys act on."""

    def row(self, y: int) -> list[Segment]:
        """Row `y` of the view."""
        page, found = self.page, self.page.line(y)
        place = page.at(page.top + y)
        if place is None:
            return found.segments
        block = page.blocks[place[0]]
        segments = self._found(found, (block.id, place[1]))
        if self.mouse.selection and (span := self.mouse.selection.span(*place)):
            segments = overlaid(segments, span[0], span[1], page.look.selection)
        if block.id == self.cursor and place[1] == block.gap:
            segments = overlaid(segments, 0, None, Style(bold=True, reverse=True))
        return segments

    def _found(self, row: Line, place: tuple[str, int]) -> list[Segment]:
        """With every piece that is looked for marked, the one found last more than others."""
        query, segments = self.finder.query, row.segments
        if not query:
            return segments
        look, text = self.page.look, row.text.casefold()
        style = look.selection if place == self.finder.place else look.match
        at = text.find(query)
        while at >= 0:
            start = row.x + width_of(row.text[:at])
            segments = overlaid(segments, start, start + width_of(query), style)
            at = text.find(query, at + len(query))
        return segments
