"""What an agent can do: a tool has a name, words for the model, typed arguments and a run."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from opencode.core.agent import Agent
from opencode.core.ask import Question
from opencode.core.code import CodeIntel
from opencode.core.delegate import Delegates
from opencode.core.display import Display
from opencode.core.error import PermissionDenied, ToolError
from opencode.core.files import Files
from opencode.core.message import FilePart, Message, ToolPart
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.provider import ModelRequest, ToolSpec
from opencode.core.schema import schema_of
from opencode.core.session import Session
from opencode.core.shell import Shell

Input = TypeVar("Input")

Secret = Callable[[str], str]
"""The value of a variable (EXA_API_KEY): of the environment or a stored key; "" when unset."""

NEEDS = {
    "websearch": "a search service: EXA_API_KEY, TAVILY_API_KEY, BRAVE_API_KEY or SEARXNG_URL, or "
    "[search] in opencode.toml",
    "question": "somebody who can answer: decide, and say what was assumed",
    "skill": "skills (SKILL.md folders)",
    "lsp": "language servers, which are switched off ([lsp])",
}
"""What tools that are not there by themselves need."""


@dataclass(frozen=True)
class ToolResult:
    """What came of a call: `output` for the model (bounded), `display` for the person."""

    output: str
    display: list[Display] = field(default_factory=list[Display])
    files: list[FilePart] = field(default_factory=list[FilePart])


@dataclass(frozen=True)
class Spawned:
    """What came of a sub-agent's run in a session of its own."""

    session: str
    """Its id, by which it can be asked again."""
    agent: str
    text: str
    """What it said last."""
    reason: str = "done"
    """As in `run.end`: done, limit, refused, cancelled or error; background: it goes on there,
    where a person sent it, and its report comes as a note."""
    detail: str = ""


async def _nobody(agent: str, prompt: str, session: str) -> Spawned:
    del agent, prompt, session
    raise ToolError("There are no sub-agents here.")


async def _no_model(request: ModelRequest) -> Message:
    del request
    raise ToolError("There is no model here.")


async def _refused(requests: list[Request]) -> None:
    raise PermissionDenied("Nothing more than was asked for can be allowed here.")


@dataclass(frozen=True)
class ToolContext:
    """All a tool may reach. Capabilities are handed down; nothing here knows a screen."""

    place: Place
    session: Session
    agent: Agent
    call: ToolPart
    files: Files
    shell: Shell
    ask: Callable[[list[Question]], Awaitable[list[list[str]]]]
    """The human; ToolError when nobody is there to answer."""
    run_tool: Callable[[str, dict[str, Any]], Awaitable[ToolPart]]
    """Another tool, through the same gate; its failure is in the part, never raised."""
    progress: Callable[[str], None]
    """Output so far, for people watching; never blocks."""
    rules_near: Callable[[str], str]
    """Rules files (AGENTS.md) nearer to that path than those already told; "" when none are new."""
    scratch: Callable[[str, bytes], str]
    """Keep a long output on disk under this name; returns the path the model may read."""
    output_lines: int = 2000
    """Lines of one output the model is shown at most; the whole goes to `scratch`."""
    output_bytes: int = 50_000
    """The same in bytes of UTF-8; less for a model that reads little."""
    secret: Secret = lambda variable: ""
    """Keys and addresses of services that tools call."""
    code: CodeIntel | None = None
    """What language servers know; None where there are none."""
    changed: Callable[[], None] = lambda: None
    """Tell everyone who watches that the session's todos, plan or agent are others now."""
    spawn: Callable[[str, str, str], Awaitable[Spawned]] = _nobody
    """Have a sub-agent (by name) work on a prompt, in a new session or the one with this id.
    ToolError when there is no such agent or session; cancelling cancels its run."""
    ask_model: Callable[[ModelRequest], Awaitable[Message]] = _no_model
    """One answer of a model (the session's where the request names none), outside of the
    conversation and paid by it. ToolError when there is none."""
    may_read: Callable[[Path], bool] = lambda path: True
    """Whether no rule forbids to read this file: searches of whole folders leave the others out.
    Pure; may be called in threads."""
    require: Callable[[list[Request]], Awaitable[None]] = _refused
    """What the call turns out to need beyond its `requests` (the files of a rename), through the
    same gate. PermissionDenied when it is refused."""
    delegates: Delegates | None = None
    """Sub-agents that need not be waited for; None where there are none."""


@cache
def _schema_of(kind: type[Any]) -> dict[str, Any]:
    return schema_of(kind)  # every step asks, for every tool; nobody changes it


class Tool(ABC, Generic[Input]):
    """One thing an agent can do. A new file in tools/ with a subclass is a new tool."""

    name: str
    description: str
    """For the model, in English, short: every token is paid at every step."""
    input: type[Any]
    """A msgspec Struct; the model's schema is derived from it."""
    aliases: ClassVar[dict[str, str]] = {}
    """Other names models use for parameters: {"file_path": "path"}."""
    other_inputs: ClassVar[tuple[type[Any], ...]] = ()
    """Structs it takes besides: other programs' shapes, which models know and are not told of."""
    effects: ClassVar[bool] = False
    """Whether a call may change something; such calls wait for those before them."""

    def spec(self) -> ToolSpec:
        """The tool as the model sees it."""
        return ToolSpec(self.name, self.description, _schema_of(self.input))

    def shape(self, given: dict[str, Any]) -> type[Any]:
        """What the arguments are meant as: another shape when all it requires is there."""
        for other in self.other_inputs:
            if given.keys() >= set(_schema_of(other)["required"]):
                return other
        return self.input

    def schema(self, given: dict[str, Any]) -> dict[str, Any]:
        """What the arguments must fit."""
        shape = self.shape(given)
        return self.spec().schema if shape is self.input else _schema_of(shape)

    def parse(self, arguments: dict[str, Any]) -> Input:
        """The typed arguments; msgspec.ValidationError when they do not fit."""
        return msgspec.convert(arguments, self.shape(arguments))

    def is_usable(self, secret: Secret) -> bool:
        """Whether what it needs is there; else it is offered only when switched on by name."""
        del secret
        return True

    def requests(self, args: Input, place: Place) -> list[Request]:
        """What must be allowed before `run`. Pure."""
        del args, place
        return []

    def has_effects(self, args: Input, place: Place) -> bool:
        """Whether this call may change something."""
        del args, place
        return self.effects

    @abstractmethod
    async def run(self, args: Input, ctx: ToolContext) -> ToolResult:
        """Do it. Raise ToolError for what the model should know and may mend."""


AnyTool = Tool[Any]
