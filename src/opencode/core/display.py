"""What a person may see of a tool's result: plain data, never widgets; the faces draw it."""

from msgspec import Struct


class Text(Struct, frozen=True, tag="text"):
    """Prose or program output, shown as it is; `language` colours it."""

    text: str
    language: str = ""


class Diff(Struct, frozen=True, tag="diff"):
    """One file before and after, as a unified diff."""

    path: str
    patch: str
    added: int
    removed: int


class FileView(Struct, frozen=True, tag="file"):
    """Part of a file as it was read; `start` is the 1-based number of the first line."""

    path: str
    text: str
    start: int = 1


class Todos(Struct, frozen=True, tag="todos"):
    """The todo list as (text, status) pairs."""

    items: list[tuple[str, str]]


class Table(Struct, frozen=True, tag="table"):
    """Rows under headings; `title` names them ("12 matches in 3 files")."""

    headings: list[str]
    rows: list[list[str]]
    title: str = ""


Display = Text | Diff | FileView | Todos | Table
