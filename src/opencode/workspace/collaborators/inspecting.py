"""After an edit the model hears what the language server says of it, at once or a step later."""

import asyncio
from dataclasses import dataclass, replace
from itertools import starmap
from pathlib import Path

from opencode.core.code import CodeIntel, Diagnosis
from opencode.core.display import Diff, Display, Table
from opencode.core.place import Place
from opencode.core.tool import ToolResult
from opencode.workspace.collaborators.joining import Joining

_WAIT = 1.0
_SHOWN = 20
_LAST_CHANCE = 5.0


def patience(joining: Joining) -> float:
    """Seconds for what comes late; more where nobody may prompt again."""
    return _LAST_CHANCE if joining.is_one_shot else 0.0


@dataclass
class Inspector:
    """Looks at what one session's calls changed."""

    code: CodeIntel | None
    place: Place
    pending: list[Path]
    """Changed files of which nothing was known in time; kept with the session from run to run."""
    patience: float = 0.0
    """Seconds a run that ends waits for what is still to come: there may be no next prompt."""

    async def look(self, result: ToolResult) -> ToolResult:
        """The result with what servers say of the files it changed, waited for a second at most,
        and of files changed earlier if that has come meanwhile."""
        if self.code is None:
            return result
        shown = [part.path for part in result.display if isinstance(part, Diff)]
        fresh = [self.place.real(path) for path in dict.fromkeys(shown)]
        self.pending[:] = [path for path in self.pending if path not in fresh]
        if not fresh and not self.pending:
            return result
        self.code.changed(fresh)
        told = await asyncio.gather(*(self.code.soon(path, _WAIT) for path in fresh))
        known: list[tuple[str, Diagnosis]] = []
        for path, found in zip(fresh, told, strict=True):
            if found is None:
                continue
            if not found.ready:
                self.pending.append(path)
            known.append((self.place.show(path), found))
        known += await self._came([path for path in self.pending if path not in fresh])
        output = "\n".join([result.output, *starmap(_words, known)])
        return replace(result, output=output, display=[*result.display, *_table(known)])

    async def late(self, *, errors_only: bool) -> str:
        """What has come since of files of which nothing was known in time; "" when nothing has.
        With `errors_only` good news waits for another occasion."""
        wait = self.patience if errors_only else 0.0
        known = await self._came(list(self.pending), errors_only=errors_only, wait=wait)
        return "\n".join(starmap(_words, known))

    async def _came(
        self, paths: list[Path], *, errors_only: bool = False, wait: float = 0.0
    ) -> list[tuple[str, Diagnosis]]:
        if self.code is None or not paths:
            return []
        told = await asyncio.gather(*(self.code.soon(path, wait) for path in paths))
        known: list[tuple[str, Diagnosis]] = []
        for path, found in zip(paths, told, strict=True):
            is_bad = bool(found and any(one.severity == "error" for one in found.items))
            if found and (not found.ready or (errors_only and not is_bad)):
                continue
            self.pending.remove(path)
            if found:
                known.append((self.place.show(path), found))
        return known


def _words(name: str, found: Diagnosis) -> str:
    if not found.ready:
        return f"[{name}: the language server has not looked at it yet]"
    errors = [one for one in found.items if one.severity == "error"]
    warnings = sum(one.severity == "warning" for one in found.items)
    more = f", {_counted(warnings, 'warning')}" if warnings else ""
    if not errors:
        return f"[{name}: no errors{more}]"
    lines = [f"  {one.line}:{one.column} {one.message}" for one in errors[:_SHOWN]]
    if len(errors) > _SHOWN:
        lines.append(f"  and {len(errors) - _SHOWN} more")
    return "\n".join([f"[{name}: {_counted(len(errors), 'error')}{more}]", *lines])


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _table(known: list[tuple[str, Diagnosis]]) -> list[Display]:
    """The errors as a person sees them."""
    rows = [
        [f"{name}:{one.line}:{one.column}", one.severity, one.message]
        for name, found in known
        for one in found.items
        if one.severity == "error"
    ]
    if not rows:
        return []
    title = _counted(len(rows), "error")
    return [Table(["place", "severity", "message"], rows[:_SHOWN], title)]
