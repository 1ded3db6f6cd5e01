"""The few shapes of the Language Server Protocol that we read."""

from typing import Any

from msgspec import Struct, field


class Position(Struct, frozen=True):
    """Line and unit of its encoding, both from 0."""

    line: int
    character: int


class Range(Struct, frozen=True):
    """From the first position up to (not with) the second."""

    start: Position
    end: Position


class Place(Struct, frozen=True):
    """A Location."""

    uri: str
    range: Range


class Link(Struct, frozen=True, rename="camel"):
    """A LocationLink."""

    target_uri: str
    target_selection_range: Range


class Edit(Struct, frozen=True, rename="camel"):
    """A TextEdit."""

    range: Range
    new_text: str


class Document(Struct, frozen=True):
    """A TextDocumentIdentifier."""

    uri: str


class DocumentEdit(Struct, frozen=True, rename="camel"):
    """A TextDocumentEdit; file operations have no edits."""

    text_document: Document | None = None
    edits: list[Edit] = field(default_factory=list)
    kind: str = ""


class WorkspaceEdit(Struct, frozen=True, rename="camel"):
    """What a rename changes, in either of its two forms."""

    changes: dict[str, list[Edit]] | None = None
    document_changes: list[DocumentEdit] | None = None


class Problem(Struct, frozen=True):
    """A Diagnostic."""

    range: Range
    message: str
    severity: int | None = None
    source: str | None = None
    code: Any = None


class Published(Struct, frozen=True):
    """PublishDiagnosticsParams."""

    uri: str
    diagnostics: list[Problem] = field(default_factory=list)
    version: int | None = None


class Report(Struct, frozen=True):
    """A DocumentDiagnosticReport."""

    kind: str = "full"
    items: list[Problem] = field(default_factory=list)


class Named(Struct, frozen=True, rename="camel"):
    """A DocumentSymbol or a SymbolInformation."""

    name: str
    kind: int = 0
    range: Range | None = None
    selection_range: Range | None = None
    location: Place | None = None
    container_name: str | None = None
    children: list["Named"] | None = None


class Completion(Struct, frozen=True, rename="camel"):
    """A CompletionItem."""

    label: str
    detail: str | None = None
    sort_text: str | None = None


class Completions(Struct, frozen=True):
    """A CompletionList."""

    items: list[Completion]


KINDS = (
    *("file", "module", "namespace", "package", "class", "method", "property", "field"),
    *("constructor", "enum", "interface", "function", "variable", "constant", "string"),
    *("number", "boolean", "array", "object", "key", "null", "enum-member", "struct"),
    *("event", "operator", "type-parameter"),
)
"""SymbolKind 1 and up."""

CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-8", "utf-16", "utf-32"]},
    "workspace": {
        "configuration": True,
        "workspaceFolders": True,
        "didChangeConfiguration": {"dynamicRegistration": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
        "workspaceEdit": {"documentChanges": True},
        "symbol": {},
        "diagnostics": {"refreshSupport": True},
    },
    "window": {"workDoneProgress": True},
    "textDocument": {
        "synchronization": {"didSave": True},
        "publishDiagnostics": {"versionSupport": True},
        "diagnostic": {"dynamicRegistration": True},
        "definition": {"linkSupport": True},
        "references": {},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "completion": {"completionItem": {"snippetSupport": False}},
        "rename": {"prepareSupport": False},
        "formatting": {},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
    },
}
"""What we can do, as told to servers."""
