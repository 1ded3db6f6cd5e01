"""A question to the human and the reply: permissions and the questions a model asks."""

from typing import Literal

from msgspec import Struct, field

from opencode.core.display import Display
from opencode.core.permission import Request, Rule, Scope


class Option(Struct, frozen=True):
    """One of the answers offered."""

    label: str
    description: str = ""


class Question(Struct, frozen=True):
    """What a model wants to know; free text is always possible besides the options."""

    text: str
    header: str = ""
    options: list[Option] = field(default_factory=list)
    multiple: bool = False
    draft: str = ""
    """What is asked about, when the person may also send it back changed as their answer."""


class Ask(Struct, frozen=True):
    """Something that waits for a person. Sub-agents' asks reach the root; `path` says whose."""

    id: str
    session: str
    kind: Literal["permission", "question"]
    tool: str = ""
    call: str = ""
    text: str = ""
    """The whole of what would run."""
    requests: list[Request] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    """What an "always" would write; empty when it may only be allowed once."""
    scopes: tuple[Scope, ...] = ("session", "project", "user")
    """How far an "always" may reach."""
    display: list[Display] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    """Titles from the root session down to the asking one; empty in the root."""
    warnings: list[str] = field(default_factory=list)
    """What deserves a second look: long or odd text, what undo will not cover."""


class Reply(Struct, frozen=True):
    """The answer to an Ask. `scope` matters for allow; `reason` is told to the model on reject."""

    verdict: Literal["allow", "reject"]
    scope: Scope = "once"
    reason: str = ""
    answers: list[list[str]] = field(default_factory=list)
    """For questions: the chosen labels or free text, one list a question."""
