"""Answers questions about code by asking the language server that knows the file."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

from opencode.core.code import Diagnosis, Diagnostic, Location, ServerState, Severity, Symbol
from opencode.core.error import ServerStartError, ToolError
from opencode.lsp.client import Client
from opencode.lsp.positions import apply_edits, path_of, to_column, to_units
from opencode.lsp.protocol import (
    KINDS,
    Completion,
    Completions,
    Edit,
    Link,
    Named,
    Place,
    Problem,
    Range,
    WorkspaceEdit,
)
from opencode.lsp.servers import Servers
from opencode.lsp.texts import Shown, Texts, text_of

_SPOKEN = {
    "documentFormatting": "formatting",
    "documentSymbol": "symbols of a file",
    "workspaceSymbol": "symbols of a project",
}
_T = TypeVar("_T")
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
        client, params = await self._at(path, line, column, "definitionProvider")
        found = await client.ask("textDocument/definition", params)
        if not found:  # some servers answer before they have looked at a file just shown
            await client.problems(params["textDocument"]["uri"], _LOOK)
            found = await client.ask("textDocument/definition", params)
        return await self._locations(client, found)

    async def references(
        self, path: Path, line: int, column: int, among: Sequence[Path] = ()
    ) -> list[Location]:
        """See CodeIntel."""
        await self._show_all(path, among)
        client, params = await self._at(path, line, column, "referencesProvider")
        params["context"] = {"includeDeclaration": True}
        return await self._locations(client, await client.ask("textDocument/references", params))

    async def hover(self, path: Path, line: int, column: int) -> str:
        """See CodeIntel."""
        client, params = await self._at(path, line, column, "hoverProvider")
        found = await client.ask("textDocument/hover", params)
        return _words(found.get("contents")) if found else ""

    async def completion(self, path: Path, line: int, column: int) -> list[str]:
        """See CodeIntel."""
        client, params = await self._at(path, line, column, "completionProvider")
        found = await client.ask("textDocument/completion", params)
        if isinstance(found, dict):
            items = _read(found, Completions).items
        else:
            items = _read(found or [], list[Completion])
        items.sort(key=lambda item: item.sort_text or item.label)
        return [" ".join(filter(None, (one.label, one.detail))) for one in items[:_MOST]]

    async def rename(
        self, path: Path, line: int, column: int, name: str, among: Sequence[Path] = ()
    ) -> dict[Path, str]:
        """See CodeIntel."""
        await self._show_all(path, among)
        client, params = await self._at(path, line, column, "renameProvider")
        params["newName"] = name
        found = _read(await client.ask("textDocument/rename", params) or {}, WorkspaceEdit)
        edits = {uri: list(some) for uri, some in (found.changes or {}).items()}
        for change in found.document_changes or []:
            if change.text_document is None:
                raise ToolError(f"The rename would {change.kind} files; do that part by hand.")
            edits.setdefault(change.text_document.uri, []).extend(change.edits)
        return await asyncio.to_thread(_renamed, edits, client.encoding)

    async def format(self, path: Path) -> str:
        """See CodeIntel."""
        client, uri, file = await self._shown(path)
        _must(client, "documentFormattingProvider")
        options = {
            "tabSize": 4,
            "insertSpaces": "\n\t" not in file.text,
            "trimTrailingWhitespace": True,
        }
        params = {"textDocument": {"uri": uri}, "options": options}
        edits = _read(await client.ask("textDocument/formatting", params) or [], list[Edit])
        return apply_edits(file.text, edits, client.encoding)

    async def diagnostics(self, path: Path, wait: float) -> Diagnosis:
        """See CodeIntel."""
        client, uri, file = await self._shown(path)
        found = await client.problems(uri, wait)
        if found is None:
            return Diagnosis(False)
        lines = file.lines
        return Diagnosis(True, [_diagnostic(path, one, lines, client.encoding) for one in found])

    async def symbols(self, path: Path) -> list[Symbol]:
        """See CodeIntel."""
        client, uri, file = await self._shown(path)
        _must(client, "documentSymbolProvider")
        params = {"textDocument": {"uri": uri}}
        found = _read(await client.ask("textDocument/documentSymbol", params) or [], list[Named])
        return _flat(found, path, file.lines, client.encoding, "")

    async def find_symbols(self, query: str, path: Path) -> list[Symbol]:
        """See CodeIntel."""
        client, _, _ = await self._shown(path)
        _must(client, "workspaceSymbolProvider")
        answer = await client.ask("workspace/symbol", {"query": query})
        found = [one for one in _read(answer or [], list[Named]) if one.location]
        places = [one.location for one in found[:_MOST] if one.location]
        at = await self._located(places, client.encoding)
        pairs = zip(found, at, strict=False)
        return [Symbol(n.name, _kind(n.kind), where, n.container_name or "") for n, where in pairs]

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
            return Diagnosis(False)
        except ServerStartError:
            return None

    def states(self) -> list[ServerState]:
        """See CodeIntel."""
        return self._servers.states()

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

    async def _shown(self, path: Path) -> tuple[Client, str, Shown]:
        """The server for the file, which has been shown the file as it is now."""
        client, kind = await self._servers.client(path)
        file = await self._texts.of(path)
        return client, client.show(path, kind, file.text), file

    async def _at(
        self, path: Path, line: int, column: int, what: str
    ) -> tuple[Client, dict[str, Any]]:
        client, uri, file = await self._shown(path)
        _must(client, what)
        lines = file.lines
        if not 1 <= line <= len(lines):
            raise ToolError(f"{path.name} has {len(lines)} lines; there is no line {line}.")
        units = to_units(lines[line - 1], max(column - 1, 0), client.encoding)
        position = {"line": line - 1, "character": units}
        return client, {"textDocument": {"uri": uri}, "position": position}

    async def _locations(self, client: Client, found: Any) -> list[Location]:
        items = cast("list[Any]", found if isinstance(found, list) else [found] if found else [])
        places = [_place(one) for one in items]
        return await self._located(places, client.encoding)

    async def _located(self, places: list[Place], encoding: str) -> list[Location]:
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


def _must(client: Client, what: str) -> None:
    if not client.can(what):
        name, verb = client.start_as.name, what.removesuffix("Provider")
        hint = "Run the project's formatter in bash." if verb == "documentFormatting" else ""
        raise ToolError(
            f"The language server {name} offers no {_SPOKEN.get(verb, verb)}.", hint=hint
        )


def _read(found: Any, kind: type[_T]) -> _T:
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise ToolError(f"The language server answered in an unknown form: {error}") from None


def _place(found: Any) -> Place:
    if "targetUri" in found:
        link = _read(found, Link)
        return Place(link.target_uri, link.target_selection_range)
    return _read(found, Place)


def _location(path: Path, span: Range, lines: list[str], encoding: str) -> Location:
    at = span.start
    text = lines[at.line] if at.line < len(lines) else ""
    column = to_column(text, at.character, encoding)
    return Location(path, at.line + 1, column + 1, text.strip()[:200])


def _diagnostic(path: Path, found: Problem, lines: list[str], encoding: str) -> Diagnostic:
    at = _location(path, found.range, lines, encoding)
    severity = _SEVERITIES[(found.severity or 1) - 1] if (found.severity or 1) <= 4 else "info"
    code = "" if found.code is None else str(found.code)
    return Diagnostic(path, at.line, at.column, severity, found.message, found.source or "", code)


def _flat(
    found: list[Named], path: Path, lines: list[str], encoding: str, inside: str
) -> list[Symbol]:
    symbols: list[Symbol] = []
    for one in found:
        span = one.selection_range or one.range or (one.location.range if one.location else None)
        if span:
            at = _location(path, span, lines, encoding)
            container = inside or one.container_name or ""
            symbols.append(Symbol(one.name, _kind(one.kind), at, container))
        symbols += _flat(one.children or [], path, lines, encoding, one.name)
    return symbols


def _kind(number: int) -> str:
    return KINDS[number - 1] if 1 <= number <= len(KINDS) else ""


def _renamed(edits: Mapping[str, list[Edit]], encoding: str) -> dict[Path, str]:
    found: dict[Path, str] = {}
    for uri, some in edits.items():
        path = path_of(uri)
        found[path] = apply_edits(text_of(path), some, encoding)
    return found


def _words(contents: Any) -> str:
    """Hover contents in any of their four forms."""
    match contents:
        case str():
            return contents.strip()
        case {"language": str(language), "value": str(value)}:
            return f"```{language}\n{value.strip()}\n```"
        case {"value": str(value)}:
            return value.strip()
        case list():
            return "\n\n".join(filter(None, map(_words, cast("list[Any]", contents))))
        case _:
            return ""
