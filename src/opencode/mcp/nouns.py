"""What servers offer, as plain data, and what a connection to one can do."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Literal, Protocol

from msgspec import Struct, field

from opencode.core.error import ServerStartError
from opencode.core.message import Part
from opencode.core.tool import ToolContext, ToolResult
from opencode.mcp.entry import Entry

State = Literal["waiting", "starting", "ready", "restarting", "login", "failed", "disabled"]


class LoginNeeded(ServerStartError):
    """The server wants somebody to log in first."""

    code = "server.login"


class NotInstalled(ServerStartError):
    """The command is not there; trying again cannot help."""

    code = "server.missing"


class NotTrusted(ServerStartError):
    """A program of the project that is named for it is not the one that was trusted."""

    code = "server.untrusted"


class Offer(Struct, frozen=True):
    """A tool of a server, under the server's own name for it."""

    name: str
    description: str
    schema: dict[str, Any]
    reads_only: bool = False
    """What the server says of it; it decides order, never permission."""


class Resource(Struct, frozen=True):
    """Something a server lets read."""

    uri: str
    name: str
    description: str = ""
    mime: str = ""


class PromptArgument(Struct, frozen=True):
    """A blank in a prompt."""

    name: str
    description: str = ""
    required: bool = False


class Prompt(Struct, frozen=True):
    """A prompt a server has ready."""

    name: str
    description: str = ""
    arguments: list[PromptArgument] = field(default_factory=list)


class Told(Struct, frozen=True):
    """All a server says of itself."""

    tools: list[Offer] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    templates: list[Resource] = field(default_factory=list)
    """Families of resources: `uri` has blanks in braces (RFC 6570)."""
    prompts: list[Prompt] = field(default_factory=list)
    instructions: str = ""
    version: str = ""


class Connection(Protocol):
    """A server that answers."""

    @property
    def told(self) -> Told:
        """What it offers now."""
        ...

    @property
    def changed(self) -> dict[str, float]:
        """Resources that were read and changed since, and when (seconds of the epoch)."""
        ...

    async def lost(self) -> str:
        """Return, with the reason, when the connection is gone."""
        ...

    async def call(self, tool: str, arguments: dict[str, Any], ctx: ToolContext) -> ToolResult:
        """Run a tool of it. ToolError with the reason."""
        ...

    async def read(self, uri: str) -> list[Part]:
        """A resource, for a message. ToolError with the reason."""
        ...

    async def prompt(self, name: str, arguments: dict[str, str]) -> str:
        """The text of a prompt. ToolError with the reason."""
        ...


class Opener(Protocol):
    """Opens connections; ServerStartError names the server and what was tried."""

    def __call__(
        self, entry: Entry, root: Path, changed: Callable[[], None]
    ) -> AbstractAsyncContextManager[Connection]:
        """`changed` is called when what the server offers became something else."""
        ...
