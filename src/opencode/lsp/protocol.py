"""lsprotocol's types as servers fill them: what we tell of ourselves, how answers are read."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import cattrs
from lsprotocol import converters, types

from opencode.lsp.nouns import Start

ODD = (LookupError, TypeError, AttributeError, ValueError, cattrs.StructureHandlerNotFoundError)
"""What comes of reading a message that is not of the form specified."""

_READ: dict[type, tuple[str, ...]] = {
    types.Diagnostic: ("range", "message", "severity", "source", "code"),
    types.CompletionItem: ("label", "detail", "sortText"),
    types.DocumentSymbol: ("name", "kind", "range", "selectionRange", "children"),
    types.SymbolInformation: ("name", "kind", "location", "containerName"),
}
"""The fields we use; what a server says in the others can neither cost time nor the answer."""
_Number = TypeVar("_Number", types.DiagnosticSeverity, types.SymbolKind)


def new_converter() -> cattrs.Converter:
    """Between lsprotocol's types and JSON. Takes some milliseconds, and more at its first use."""
    converter = converters.get_converter(cattrs.Converter(detailed_validation=False))
    for numbers in (types.DiagnosticSeverity, types.SymbolKind):
        converter.register_structure_hook(numbers, _number)
    for kind, names in _READ.items():
        _read_only(converter, kind, names)
    return converter


def _read_only(converter: cattrs.Converter, kind: type, names: tuple[str, ...]) -> None:
    whole = converter.get_structure_hook(kind)

    def read(found: Mapping[str, Any], _: type) -> Any:
        return whole({name: found[name] for name in names if name in found}, kind)

    converter.register_structure_hook(kind, read)


def _number(found: Any, kind: type[_Number]) -> Any:
    """Numbers of a later specification than lsprotocol's are as good as none."""
    return next((one for one in kind if one == found), None)


def introduction(start: Start) -> types.InitializeParams:
    """What a server is told first."""
    return types.InitializeParams(
        _abilities([start.columns] if start.columns else list(types.PositionEncodingKind)),
        process_id=os.getpid(),
        client_info=types.ClientInfo("opencode"),
        root_uri=start.root.as_uri(),
        root_path=str(start.root),
        workspace_folders=[folder_of(start.root)],
        initialization_options=dict(start.options),
    )


def folder_of(root: Path) -> types.WorkspaceFolder:
    """The one folder that a server of ours looks after."""
    return types.WorkspaceFolder(root.as_uri(), root.name)


def _abilities(encodings: Sequence[str]) -> types.ClientCapabilities:
    return types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=encodings),
        window=types.WindowClientCapabilities(work_done_progress=True),
        workspace=types.WorkspaceClientCapabilities(
            configuration=True,
            workspace_folders=True,
            did_change_configuration=types.DidChangeConfigurationClientCapabilities(
                dynamic_registration=True
            ),
            did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(
                dynamic_registration=True
            ),
            workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True),
            symbol=types.WorkspaceSymbolClientCapabilities(),
            diagnostics=types.DiagnosticWorkspaceClientCapabilities(refresh_support=True),
        ),
        text_document=types.TextDocumentClientCapabilities(
            synchronization=types.TextDocumentSyncClientCapabilities(did_save=True),
            publish_diagnostics=types.PublishDiagnosticsClientCapabilities(version_support=True),
            diagnostic=types.DiagnosticClientCapabilities(dynamic_registration=True),
            definition=types.DefinitionClientCapabilities(link_support=True),
            references=types.ReferenceClientCapabilities(),
            hover=types.HoverClientCapabilities(
                content_format=[types.MarkupKind.Markdown, types.MarkupKind.PlainText]
            ),
            completion=types.CompletionClientCapabilities(
                completion_item=types.ClientCompletionItemOptions(snippet_support=False)
            ),
            rename=types.RenameClientCapabilities(prepare_support=False),
            formatting=types.DocumentFormattingClientCapabilities(),
            document_symbol=types.DocumentSymbolClientCapabilities(
                hierarchical_document_symbol_support=True
            ),
        ),
    )
