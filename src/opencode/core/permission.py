"""What must be allowed: requests, rules in layers, and the verdict with its reasons. Pure."""

from typing import Literal

from msgspec import Struct, field

Verdict = Literal["allow", "ask", "deny"]
Scope = Literal["once", "session", "project", "user"]


class Request(Struct, frozen=True):
    """One thing a tool call needs to be allowed.

    Actions: `read`, `edit`, `rm` (target: path relative to the project, absolute when outside),
    `bash` (target: one simple command of the line, as text; `words`: the same, parsed),
    `outside` (target: an absolute path beyond the workspace; what is done there is `access`),
    `network` (target: URL), else the tool's own name.
    """

    action: str
    target: str
    words: tuple[str, ...] = ()
    access: Literal["read", "write", ""] = ""
    harmless: bool = False
    """bash: on the built-in read-only list, with options that neither run, write nor leave."""
    irreversible: str = ""
    """Why it cannot be undone; non-empty asks even when everything is allowed."""
    unsure: str = ""
    """Why it could not be understood fully; no rule may allow it, only a person."""


class Rule(Struct, frozen=True):
    """What somebody decided about an action. `*` in `target` stands for any characters;
    for bash the target's words must be the first words of the command."""

    action: str
    target: str = "*"
    verdict: Verdict = "ask"


class Layer(Struct, frozen=True):
    """The rules of one author, in order; inside a layer the last match speaks."""

    name: str
    """For reasons: "built-in", "user config", "project config", "agent plan", "grants"."""
    rules: list[Rule] = field(default_factory=list)
    tightens_only: bool = False
    """An untrusted project: its allow rules do not count."""


class Judgement(Struct, frozen=True):
    """The verdict on one call and, for each request, which rule of which layer spoke."""

    verdict: Verdict
    reasons: list[str] = field(default_factory=list)
