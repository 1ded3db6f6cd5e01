"""Answers questions about code by asking the language server that knows the file."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from opencode.core.code import (
    Diagnosis,
    Diagnostic,
    KnownServer,
    Location,
    ServerState,
    Severity,
    Symbol,
)
from opencode.core.error import ServerStartError, ToolError
from opencode.lsp.positions import apply_edits, indentation, path_of, to_column, to_units
from opencode.lsp.servers import Servers
from opencode.lsp.texts import Shown, Texts, text_of

if TYPE_CHECKING:  # what is loaded with the first server
    from lsprotocol import types

    from opencode.lsp.client import Client
    from opencode.lsp.document import Document

_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info", "hint")
_MOST = 200
_GRACE = 0.05
_LOOK = 1.0
"""Seconds a server has to look at a file of which it knew nothing."""


class Intel:
    """Implements `core.code.CodeIntel`."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._texts = Texts()

    async def definition(self, path: Path, line: int, column: int) -> list[Location]:
        """See CodeIntel."""
        client, document, at = await self._at(path, line, column)
        found = await client.definition(document, at)
        if not found:  # some servers answer before they have looked at a file just shown
            await document.problems(_LOOK)
            found = await client.definition(document, at)
        return await self._located(found, client.encoding)

    async def references(
        self, path: Path, line: int, column: int, among: Sequence[Path] = ()
    ) -> list[Location]:
        """See CodeIntel."""
        await self._show_all(path, among)
        client, document, at = await self._at(path, line, column)
        return await self._located(await client.references(document, at), client.encoding)

    async def hover(self, path: Path, line: int, column: int) -> str:
        """See CodeIntel."""
        client, document, at = await self._at(path, line, column)
        return await client.hover(document, at)

    async def completion(self, path: Path, line: int, column: int) -> list[str]:
        """See CodeIntel."""
        client, document, at = await self._at(path, line, column)
        items = await client.completion(document, at)
        return [" ".join(filter(None, (one.label.strip(), one.detail))) for one in items[:_MOST]]

    async def rename(
        self, path: Path, line: int, column: int, name: str, among: Sequence[Path] = ()
    ) -> dict[Path, str]:
        """See CodeIntel."""
        await self._show_all(path, among)
        client, document, at = await self._at(path, line, column)
        edits = await client.rename(document, at, name)
        return await asyncio.to_thread(_renamed, edits, client.encoding)

    async def format(self, path: Path) -> str:
        """See CodeIntel."""
        client, document, file = await self._shown(path)
        edits = await client.formatting(document, indentation(file.text))
        return apply_edits(file.text, edits, client.encoding)

    async def diagnostics(self, path: Path, wait: float) -> Diagnosis:
        """See CodeIntel."""
        client, document, file = await self._shown(path)
        found = await document.problems(wait)
        if found is None:
            return Diagnosis(ready=False)
        told = [_diagnostic(path, one, file.lines, client.encoding) for one in found]
        return Diagnosis(ready=True, items=told)

    async def symbols(self, path: Path) -> list[Symbol]:
        """See CodeIntel."""
        client, document, file = await self._shown(path)
        return [
            Symbol(
                one.name,
                one.kind,
                _location(path, one.at.range, file.lines, client.encoding),
                one.container,
            )
            for one in await client.symbols(document)
        ]

    async def find_symbols(self, query: str, path: Path) -> list[Symbol]:
        """See CodeIntel."""
        client, _, _ = await self._shown(path)
        found = (await client.find_symbols(query))[:_MOST]
        places = await self._located([one.at for one in found], client.encoding)
        pairs = zip(found, places, strict=True)
        return [Symbol(one.name, one.kind, at, one.container) for one, at in pairs]

    def changed(self, paths: list[Path]) -> None:
        """See CodeIntel."""
        for path in paths:
            self._texts.forget(path)
        for client in self._servers.all_running():
            client.files_changed(paths)

    async def soon(self, path: Path, wait: float) -> Diagnosis | None:
        """See CodeIntel. A start that takes longer goes on without us."""
        starts = self._servers.may_start and self._servers.knows(path)
        if not (self._servers.running(path) or starts) or not await asyncio.to_thread(path.is_file):
            return None
        try:
            async with asyncio.timeout(wait + _GRACE):
                return await self.diagnostics(path, wait)
        except (TimeoutError, ToolError):
            return Diagnosis(ready=False)
        except ServerStartError:
            return None

    def states(self) -> list[ServerState]:
        """See CodeIntel."""
        return self._servers.states()

    def known(self) -> list[KnownServer]:
        """See CodeIntel."""
        return self._servers.known()

    def spoken_of(self) -> list[Path]:
        """See CodeIntel."""
        return [path for client in self._servers.all_running() for path in client.shown]

    async def stop(self, name: str) -> bool:
        """See CodeIntel."""
        return await self._servers.stop(name)

    async def close(self) -> None:
        """See CodeIntel."""
        await self._servers.close()

    async def _show_all(self, path: Path, among: Sequence[Path]) -> None:
        """Show the files that the server of `path` looks after, too."""
        client, _ = await self._servers.client(path)
        for other in among:
            found = self._servers.running(other)
            if found and found[0] is client:
                with contextlib.suppress(ToolError):
                    client.show(other, found[1], (await self._texts.of(other)).text)

    async def _shown(self, path: Path) -> "tuple[Client, Document, Shown]":
        """The server for the file, and the file as it is now, which it has been shown."""
        client, kind = await self._servers.client(path)
        await self._freshen(client, path)
        file = await self._texts.of(path)
        return client, client.show(path, kind, file.text), file

    async def _freshen(self, client: "Client", path: Path) -> None:
        """Let it see what became of other files it was shown: by a checkout, an editor, a tool."""
        shown = [one for one in client.shown if one != path]
        changed = [one for one in shown if self._texts.has_changed(one)]
        for one in changed:
            with contextlib.suppress(ToolError):
                client.show(one, "", (await self._texts.of(one)).text)
        if changed:
            client.files_changed(changed)

    async def _at(
        self, path: Path, line: int, column: int
    ) -> "tuple[Client, Document, tuple[int, int]]":
        client, document, file = await self._shown(path)
        lines = file.lines
        if not 1 <= line <= len(lines):
            raise ToolError(f"{path.name} has {len(lines)} lines; there is no line {line}.")
        units = to_units(lines[line - 1], max(column - 1, 0), client.encoding)
        return client, document, (line - 1, units)

    async def _located(self, places: "Sequence[types.Location]", encoding: str) -> list[Location]:
        """Each place with the line that stands there; files that cannot be read have none."""
        known: dict[str, list[str]] = {}
        found: list[Location] = []
        for place in places:
            path = path_of(place.uri)
            if place.uri not in known:
                try:
                    known[place.uri] = (await self._texts.of(path)).lines
                except ToolError:
                    known[place.uri] = []
            found.append(_location(path, place.range, known[place.uri], encoding))
        return found


def _location(path: Path, span: "types.Range", lines: list[str], encoding: str) -> Location:
    at = span.start
    text = lines[at.line] if at.line < len(lines) else ""
    column = to_column(text, at.character, encoding)
    return Location(path, at.line + 1, column + 1, text.strip()[:200])


def _diagnostic(
    path: Path, found: "types.Diagnostic", lines: list[str], encoding: str
) -> Diagnostic:
    at = _location(path, found.range, lines, encoding)
    severity = _SEVERITIES[(found.severity or 1) - 1]
    code = "" if found.code is None else str(found.code)
    return Diagnostic(path, at.line, at.column, severity, found.message, found.source or "", code)


def _renamed(edits: "Mapping[str, Sequence[types.TextEdit]]", encoding: str) -> dict[Path, str]:
    found: dict[Path, str] = {}
    for uri, some in edits.items():
        path = path_of(uri)
        found[path] = apply_edits(text_of(path), some, encoding)
    return found
