"""What an editor knows of code: places, diagnostics, symbols, and the Protocol that finds them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct, field

Severity = Literal["error", "warning", "info", "hint"]


class Location(Struct, frozen=True):
    """A place in a file; line and column count from 1, columns in characters."""

    path: Path
    line: int
    column: int
    text: str = ""
    """The line as it stands there."""


class Diagnostic(Struct, frozen=True):
    """What a language server finds wrong in a file."""

    path: Path
    line: int
    column: int
    severity: Severity
    message: str
    source: str = ""
    code: str = ""


class Diagnosis(Struct, frozen=True):
    """The diagnostics of one version of a file. Not `ready`: the server has not looked yet,
    which is not the same as clean."""

    ready: bool
    items: list[Diagnostic] = field(default_factory=list)


class Symbol(Struct, frozen=True):
    """Something with a name."""

    name: str
    kind: str
    location: Location
    container: str = ""


class ServerState(Struct, frozen=True):
    """One language server as lists show it."""

    name: str
    languages: list[str]
    state: Literal["missing", "off", "installed", "starting", "running", "failed"]
    root: str = ""
    detail: str = ""
    """The command, how to install it, or why it failed."""


class KnownServer(Struct, frozen=True):
    """One program of the table of language servers."""

    name: str
    languages: list[str]
    """Its `[lsp.NAME]`, and the protocol's names of what it reads."""
    files: list[str]
    """Endings (".py") and whole names of files."""
    state: Literal["missing", "off", "installed", "starting", "running", "failed"]
    root: str = ""
    install: str = ""
    is_chosen: bool = False
    """Whether it is the one that looks after such files here."""


class CodeIntel(Protocol):
    """The knowledge of language servers. They start when first asked about a file they know;
    ServerStartError, with what to install, when there is none; ToolError when one does not
    answer. Files are read from disk each time, so that answers are about what is there."""

    async def definition(self, path: Path, line: int, column: int) -> list[Location]:
        """Where the thing at that place is defined."""
        ...

    async def references(
        self, path: Path, line: int, column: int, among: Sequence[Path] = ()
    ) -> list[Location]:
        """Everywhere it is used, its definition too. `among` are files that may use it: a server
        that has not looked at the whole project yet looks at these first."""
        ...

    async def hover(self, path: Path, line: int, column: int) -> str:
        """Its type and documentation."""
        ...

    async def completion(self, path: Path, line: int, column: int) -> list[str]:
        """What could stand there."""
        ...

    async def rename(
        self, path: Path, line: int, column: int, name: str, among: Sequence[Path] = ()
    ) -> dict[Path, str]:
        """The new text of every file a rename would change; nothing is written. `among` as in
        `references`."""
        ...

    async def format(self, path: Path) -> str:
        """The file's text, formatted; nothing is written."""
        ...

    async def diagnostics(self, path: Path, wait: float) -> Diagnosis:
        """Of the file as it is now, waiting at most `wait` seconds for them."""
        ...

    async def symbols(self, path: Path) -> list[Symbol]:
        """What a file defines."""
        ...

    async def find_symbols(self, query: str, path: Path) -> list[Symbol]:
        """What the project of that file defines under such a name."""
        ...

    def changed(self, paths: list[Path]) -> None:
        """Tell running servers that files changed on disk."""
        ...

    async def soon(self, path: Path, wait: float) -> Diagnosis | None:
        """The diagnostics if they are there within `wait` seconds; never raises. A server is
        started by this only if it may start by itself; None when nobody looks after the file."""
        ...

    def states(self) -> list[ServerState]:
        """Every server there could be."""
        ...

    def known(self) -> list[KnownServer]:
        """The whole table, one row a program; one a root of those that were started."""
        ...

    def spoken_of(self) -> list[Path]:
        """The files that running servers were shown."""
        ...

    async def stop(self, name: str) -> bool:
        """End the servers of that name or language, and whether any ran. The next question about
        such a file starts one again."""
        ...

    async def close(self) -> None:
        """End every server."""
        ...
