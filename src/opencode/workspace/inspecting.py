"""After an edit the model hears what the language server says of it, at once or a step later."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from opencode.core.code import CodeIntel, Diagnosis
from opencode.core.display import Diff
from opencode.core.place import Place
from opencode.core.tool import ToolResult

_WAIT = 1.0
_SHOWN = 20


@dataclass
class Inspector:
    """Looks at what one session's calls changed."""

    code: CodeIntel | None
    place: Place
    _late: list[Path] = field(default_factory=list[Path])
    """Changed files of which nothing was known in time."""

    async def look(self, result: ToolResult) -> ToolResult:
        """The result with what servers say of the files it changed, waited for a second at most,
        and of files changed earlier if that has come meanwhile."""
        if self.code is None:
            return result
        shown = [part.path for part in result.display if isinstance(part, Diff)]
        fresh = [self.place.real(path) for path in dict.fromkeys(shown)]
        late = [path for path in self._late if path not in fresh]
        if not fresh and not late:
            return result
        self.code.changed(fresh)
        told = await asyncio.gather(
            *(self.code.soon(path, _WAIT) for path in fresh),
            *(self.code.soon(path, 0.0) for path in late),
        )
        self._late = []
        notes: list[str] = []
        for path, found in zip([*fresh, *late], told, strict=True):
            if found is None:
                continue
            if not found.ready:
                self._late.append(path)
            if found.ready or path in fresh:
                notes.append(_words(self.place.show(path), found))
        output = "\n".join([result.output, *notes])
        return ToolResult(output, result.display, result.files)


def _words(name: str, found: Diagnosis) -> str:
    if not found.ready:
        return f"[{name}: the language server has not looked at it yet]"
    errors = [one for one in found.items if one.severity == "error"]
    warnings = sum(one.severity == "warning" for one in found.items)
    more = f", {warnings} warnings" if warnings else ""
    if not errors:
        return f"[{name}: no errors{more}]"
    lines = [f"  {one.line}:{one.column} {one.message}" for one in errors[:_SHOWN]]
    if len(errors) > _SHOWN:
        lines.append(f"  and {len(errors) - _SHOWN} more")
    return "\n".join([f"[{name}: {len(errors)} errors{more}]", *lines])
