"""One language server: its start, the files it was shown, and what it can be asked."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias, cast

from lsprotocol import types

from opencode.core.error import ServerStartError, ToolError
from opencode.lsp.answers import Named, flat, named, words
from opencode.lsp.document import Abilities, Document
from opencode.lsp.nouns import Start
from opencode.lsp.positions import path_of
from opencode.lsp.protocol import folder_of, introduction
from opencode.lsp.wire import Wire

_ANSWER = 20.0
_NOTHING = (
    types.WINDOW_WORK_DONE_PROGRESS_CREATE,
    types.WINDOW_SHOW_MESSAGE_REQUEST,
    types.WORKSPACE_SEMANTIC_TOKENS_REFRESH,
    types.WORKSPACE_INLAY_HINT_REFRESH,
    types.WORKSPACE_CODE_LENS_REFRESH,
    types.WORKSPACE_FOLDING_RANGE_REFRESH,
    types.WORKSPACE_INLINE_VALUE_REFRESH,
)
"""What servers ask and have nothing but an answer of."""
_SPOKEN = {
    "documentFormatting": "formatting",
    "documentSymbol": "symbols of a file",
    "workspaceSymbol": "symbols of a project",
}
_REFUSED = types.ApplyWorkspaceEditResult(
    applied=False, failure_reason="edits are made by request only"
)
_At: TypeAlias = tuple[int, int]
"""Line from 0, column in the server's units."""


class Client:
    """Speaks to one server. `on_end` hears when it is gone, wanted or not, `heard` of every file
    it finds faults in or none."""

    def __init__(
        self, start: Start, on_end: Callable[[], None], heard: Callable[[Path], None]
    ) -> None:
        self.start_as, self._heard = start, heard
        self.wire = Wire(on_end)
        self._abilities = Abilities(start.columns)
        self._documents: dict[Path, Document] = {}
        self._answer_questions()

    @property
    def encoding(self) -> str:
        """The unit of its columns."""
        return self._abilities.encoding

    @property
    def shown(self) -> list[Path]:
        """The files it sees as we show them."""
        return [*self._documents]

    async def start(self) -> None:
        """Start and initialize; ServerStartError with its own last words when it cannot."""
        start = self.start_as
        hello = introduction(start)
        try:
            await self.wire.start_io(*start.command, cwd=start.root, env=dict(start.env))
            answer = await self.wire.ask(types.INITIALIZE, hello, start.seconds)
            self._abilities.said = self.wire.read(answer["capabilities"], dict[str, Any])
        except (OSError, ToolError, LookupError, TypeError) as error:
            await asyncio.shield(self.wire.stop(politely=False))
            said = f"{error} {self.wire.last_words}".strip()
            comes = f"; it comes by: {start.install}" if start.install else ""
            raise ServerStartError(
                f"The language server {start.name} did not start: {said}",
                hint=f"Try it by hand: {' '.join(start.command)}{comes}",
            ) from error
        except asyncio.CancelledError:
            await asyncio.shield(self.wire.stop(politely=False))
            raise
        self.wire.tell(types.INITIALIZED, types.InitializedParams())
        if start.settings:  # empty ones would switch checks off in some servers
            told = types.DidChangeConfigurationParams(dict(start.settings))
            self.wire.tell(types.WORKSPACE_DID_CHANGE_CONFIGURATION, told)

    async def stop(self) -> None:
        """End it and everything it started."""
        for document in self._documents.values():
            document.leave()
        await self.wire.stop()

    def show(self, path: Path, kind: str, text: str) -> Document:
        """Make the server see the file with this text."""
        known = self._documents.get(path)
        if known is None:
            known = Document(self.wire, self._abilities, path.as_uri(), kind, text)
            known.on_answer = lambda: self._heard(path)
            self._documents[path] = known
        elif known.show(text):
            self._forget_answers()
        return known

    def files_changed(self, paths: Sequence[Path]) -> None:
        """Tell it that files changed on disk."""
        self._forget_answers()
        gone = {path for path in paths if not path.exists()}
        kinds = types.FileChangeType
        told = [
            types.FileEvent(path.as_uri(), kinds.Deleted if path in gone else kinds.Changed)
            for path in paths
        ]
        params = types.DidChangeWatchedFilesParams(told)
        self.wire.tell(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, params)
        for path in gone & self._documents.keys():
            self._documents.pop(path).close()

    async def definition(self, document: Document, at: _At) -> list[types.Location]:
        """Where it is defined."""
        params = types.DefinitionParams(*_place(document, at))
        return self._places(await self._ask(types.TEXT_DOCUMENT_DEFINITION, "definition", params))

    async def references(self, document: Document, at: _At) -> list[types.Location]:
        """Where it is used, its declaration among them."""
        context = types.ReferenceContext(include_declaration=True)
        params = types.ReferenceParams(context, *_place(document, at))
        return self._places(await self._ask(types.TEXT_DOCUMENT_REFERENCES, "references", params))

    async def hover(self, document: Document, at: _At) -> str:
        """What is said of it, mostly as markdown."""
        params = types.HoverParams(*_place(document, at))
        match await self._ask(types.TEXT_DOCUMENT_HOVER, "hover", params):
            case {"contents": contents}:
                return words(contents)
            case _:
                return ""

    async def completion(self, document: Document, at: _At) -> list[types.CompletionItem]:
        """What may stand there, the best first."""
        params = types.CompletionParams(*_place(document, at))
        found = await self._ask(types.TEXT_DOCUMENT_COMPLETION, "completion", params)
        match found:
            case {"items": items}:
                found = items
            case _:
                pass
        items = self.wire.readable(found, types.CompletionItem)
        return sorted(items, key=lambda item: item.sort_text or item.label)

    async def rename(
        self, document: Document, at: _At, name: str
    ) -> dict[str, list[types.TextEdit]]:
        """URI → the edits that a rename makes there."""
        asked, position = _place(document, at)
        params = types.RenameParams(asked, position, name)
        found = await self._ask(types.TEXT_DOCUMENT_RENAME, "rename", params)
        change = self.wire.read(found or {}, types.WorkspaceEdit)
        edits = {uri: list(some) for uri, some in (change.changes or {}).items()}
        for one in change.document_changes or ():
            if not isinstance(one, types.TextDocumentEdit):
                raise ToolError(f"The rename would {one.kind} files; do that part by hand.")
            for edit in one.edits:
                if isinstance(edit, types.SnippetTextEdit):
                    raise ToolError("The rename leaves open what to write; do it by hand.")
                some = edits.setdefault(one.text_document.uri, [])
                some.append(types.TextEdit(edit.range, edit.new_text))
        return edits

    async def formatting(self, document: Document, step: int) -> list[types.TextEdit]:
        """The edits that lay out the whole file, indented by so many spaces, or by tabs (0)."""
        options = types.FormattingOptions(step or 4, step > 0, trim_trailing_whitespace=True)
        asked = types.TextDocumentIdentifier(document.uri)
        params = types.DocumentFormattingParams(asked, options)
        found = await self._ask(types.TEXT_DOCUMENT_FORMATTING, "documentFormatting", params)
        return self.wire.read(found or [], list[types.TextEdit])

    async def symbols(self, document: Document) -> list[Named]:
        """What a file holds, outer before inner."""
        params = types.DocumentSymbolParams(types.TextDocumentIdentifier(document.uri))
        found = await self._ask(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, "documentSymbol", params)
        if _have(found, "location"):
            return [*map(named, self.wire.readable(found, types.SymbolInformation))]
        return flat(self.wire.readable(found, types.DocumentSymbol), document.uri, "")

    async def find_symbols(self, query: str) -> list[Named]:
        """What the project holds; those whose place the server tells at once."""
        params = types.WorkspaceSymbolParams(query)
        found = await self._ask(types.WORKSPACE_SYMBOL, "workspaceSymbol", params)
        return [*map(named, self.wire.readable(found, types.SymbolInformation))]

    async def _ask(self, method: str, what: str, params: object) -> Any:
        if not self._abilities.can(f"{what}Provider"):
            hint = "Run the project's formatter in bash." if what == "documentFormatting" else ""
            name = self.start_as.name
            raise ToolError(
                f"The language server {name} offers no {_SPOKEN.get(what, what)}.", hint=hint
            )
        return await self.wire.ask(method, params, _ANSWER)

    def _places(self, found: Any) -> list[types.Location]:
        items: Any = [found] if isinstance(found, dict) else found
        if not _have(items, "targetUri"):
            return self.wire.readable(items, types.Location)
        links = self.wire.readable(items, types.LocationLink)
        return [types.Location(one.target_uri, one.target_selection_range) for one in links]

    def _forget_answers(self) -> None:
        """What one file says may depend on any other."""
        for document in self._documents.values():
            document.forget_answer()

    def _answer_questions(self) -> None:
        """Be ready for what servers ask and tell."""
        on = self.wire.on
        on(types.WORKSPACE_CONFIGURATION, self._configuration)
        on(types.WORKSPACE_WORKSPACE_FOLDERS, lambda _: [folder_of(self.start_as.root)])
        on(types.CLIENT_REGISTER_CAPABILITY, self._register)
        on(types.CLIENT_UNREGISTER_CAPABILITY, self._unregister)
        on(types.WORKSPACE_DIAGNOSTIC_REFRESH, lambda _: self._forget_answers())
        on(types.WORKSPACE_APPLY_EDIT, lambda _: _REFUSED)
        on(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, self._published)
        on("tsserver/request", self._without_typescript)
        for method in _NOTHING:
            on(method, lambda _: None)

    def _configuration(self, params: Any) -> list[Any]:
        asked = self.wire.read(params, types.ConfigurationParams)
        return [self._setting(item.section or "") for item in asked.items]

    def _setting(self, section: str) -> Any:
        found: Any = self.start_as.settings
        for name in filter(None, section.split(".")):
            found = cast("dict[str, Any]", found).get(name) if isinstance(found, dict) else None
        return found

    def _register(self, params: Any) -> None:
        new = self.wire.read(params, types.RegistrationParams).registrations
        self._abilities.registered.update((one.id, one.method) for one in new)
        for document in self._documents.values():
            document.wake()

    def _unregister(self, params: Any) -> None:
        for one in self.wire.read(params, types.UnregistrationParams).unregisterations:
            self._abilities.registered.pop(one.id, None)

    def _published(self, params: Any) -> None:
        path = path_of(params["uri"])
        if document := self._documents.get(path):
            found = self.wire.readable(params.get("diagnostics"), types.Diagnostic)
            document.published(found, params.get("version"))
        self._heard(path)

    def _without_typescript(self, params: list[tuple[int, str, Any]]) -> None:
        """Vue's server asks another for types, by its client; without an answer it says nothing."""
        for number, *_ in params:
            self.wire.tell("tsserver/response", [[number, None]])


def _have(found: Any, name: str) -> bool:
    """Whether the items of a list are of the one of two types that has such a field."""
    items = cast("list[Any]", found if isinstance(found, list) else [])
    return any(isinstance(one, dict) and name in one for one in items)


def _place(document: Document, at: _At) -> tuple[types.TextDocumentIdentifier, types.Position]:
    return types.TextDocumentIdentifier(document.uri), types.Position(*at)
