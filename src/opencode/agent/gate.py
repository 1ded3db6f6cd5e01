"""The one door every tool call passes: rules, grants, then the human."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any, Literal

from msgspec.structs import replace

from opencode.agent.inbox import Inbox
from opencode.core.agent import Agent
from opencode.core.ask import Ask, Reply
from opencode.core.display import Diff, Display, Text
from opencode.core.error import PermissionDenied
from opencode.core.ids import new_id
from opencode.core.layers import tool_request
from opencode.core.message import ToolPart
from opencode.core.permission import Judgement, Layer, Request, Rule, Scope, judge, rule_for
from opencode.core.session import Session

OnAsk = Literal["wait", "deny", "auto"]
"""What becomes of a question: it waits for a person, is refused, or is allowed."""

_NOBODY = "and nobody is here to be asked"
_LONG = 400
_STRICTNESS = ("allow", "ask", "deny")


async def _nothing(call: ToolPart, requests: list[Request]) -> list[str]:
    del call, requests
    return []


@dataclass(frozen=True)
class Gate:
    """Judges requests and asks where the rules say so. Handed its rules; keeps none itself."""

    inbox: Inbox
    layers: Callable[[Session, Agent], list[Layer]]
    remember: Callable[[Session, list[Rule], Scope], Awaitable[None]]
    sandboxed: Callable[[Agent, Request], bool]
    path: Callable[[Session], list[str]]
    """Titles from the root session down; empty for a root."""
    on_ask: Callable[[], OnAsk]
    ready: Callable[[], Awaitable[None]]
    """Returns when it is known which sandbox there is."""
    allow_irreversible: bool = False
    above: Callable[[Session], Sequence[Agent]] = lambda session: ()
    """The agents a sub-agent works for: none of them may be forbidden what it is allowed."""
    foresee: Callable[[ToolPart, list[Request]], Awaitable[list[str]]] = _nothing
    """What undo would not cover of a call, one sentence each; a person reads it before a yes."""

    def judge(self, session: Session, agent: Agent, requests: list[Request]) -> Judgement:
        """The rules' verdict, the strictest of those for the agent and all above it; asks
        nobody."""
        found = [
            judge(
                requests,
                self.layers(session, one),
                sandboxed=lambda request, one=one: self.sandboxed(one, request),
                allow_irreversible=self.allow_irreversible,
            )
            for one in (agent, *self.above(session))
        ]
        strictest = max(found, key=lambda judgement: _STRICTNESS.index(judgement.verdict))
        doubtful = strictest.verdict == "ask" and any(one.may_be_denied for one in found)
        return replace(strictest, may_be_denied=doubtful)

    async def require(
        self, session: Session, agent: Agent, call: ToolPart, requests: list[Request]
    ) -> None:
        """Return when the call may run; PermissionDenied with the reasons when not."""
        await self.ready()
        requests = tool_request(call.tool, requests)
        judgement = self.judge(session, agent, requests)
        if judgement.verdict == "allow":
            return
        because = self._because(session, agent, requests, judgement)
        reasons = "; ".join([why for _, why in because] or judgement.reasons)
        if judgement.verdict == "deny":
            raise PermissionDenied(f"Denied: {reasons}")
        policy = self.on_ask()
        final = any(r.irreversible for r in requests) and not self.allow_irreversible
        if policy == "auto" and not final and not judgement.may_be_denied:
            return
        if policy != "wait":
            raise PermissionDenied(
                f"Refused: this needs a person's permission ({reasons}), {_NOBODY}.",
                hint=""
                if judgement.may_be_denied
                else _allowed_by([r for r, _ in because] or requests, final=final),
            )
        await self._ask(session, agent, call, requests, judgement)

    async def _ask(
        self,
        session: Session,
        agent: Agent,
        call: ToolPart,
        requests: list[Request],
        judgement: Judgement,
    ) -> None:
        asking = self._because(session, agent, requests, judgement)
        ask = Ask(
            new_id("per"),
            session.id,
            "permission",
            tool=call.tool,
            call=call.id,
            text=_whole(call, requests),
            requests=requests,
            reasons=[why for _, why in asking] or judgement.reasons,
            rules=_lasting([one for one, _ in asking]),
            display=_preview(call),
            path=self.path(session),
            warnings=[*_warnings(call, requests), *await self.foresee(call, requests)],
        )
        reply = await self.inbox.ask(ask)
        if reply.verdict == "reject":
            told = f" They said: {reply.reason}" if reply.reason else ""
            raise PermissionDenied(f"The person refused this call.{told}")
        if reply.scope != "once" and ask.rules:
            await self.remember(session, ask.rules, reply.scope)
            self._judge_anew(session, agent)

    def _because(
        self, session: Session, agent: Agent, requests: list[Request], judgement: Judgement
    ) -> list[tuple[Request, str]]:
        """The requests that alone would be judged as all of them were, and why."""
        told = zip(requests, judgement.reasons, strict=True)
        verdict = judgement.verdict
        return [(r, why) for r, why in told if self.judge(session, agent, [r]).verdict == verdict]

    def _judge_anew(self, session: Session, agent: Agent) -> None:
        """A new grant may settle what else of this session waits."""
        for waiting in self.inbox.waiting:
            if not waiting.requests or waiting.session != session.id:
                continue  # a question, or one that rules do not settle
            if self.judge(session, agent, waiting.requests).verdict == "allow":
                self.inbox.answer(waiting.id, Reply("allow"))


def _allowed_by(requests: list[Request], *, final: bool) -> str:
    """What a person writes so that this call need not ask."""
    if final:
        return "No rule allows what cannot be undone: run with --auto --allow-irreversible."
    if any(request.unsure for request in requests):
        return "No rule allows what is not known for sure: run with --auto."
    if any(request.action == "bash" for request in requests):
        return (
            "Name the command in bash_allow of [permissions] in opencode.toml, or run with --auto."
        )
    return "Allow it with a rule in [permissions] of opencode.toml, or run with --auto."


def _lasting(requests: list[Request]) -> list[Rule]:
    """What an "always" would write; nothing when one of them may only be allowed once."""
    rules = [rule_for(request) for request in requests]
    if any(rule is None for rule in rules):
        return []
    return list(dict.fromkeys(rule for rule in rules if rule is not None))


def _whole(call: ToolPart, requests: list[Request]) -> str:
    command = call.input.get("command")
    if isinstance(command, str):
        return command
    return "\n".join(f"{request.action} {request.target}" for request in requests)


def _preview(call: ToolPart) -> list[Display]:
    """What the call would write, for people to read before they say yes."""
    if changes := _changes(call.input):
        return [*changes]
    for key in ("patch", "content", "new_string"):
        text = call.input.get(key)
        if isinstance(text, str) and text:
            return [Text(text, language="diff" if key == "patch" else "")]
    return []


def _changes(given: dict[str, Any]) -> list[Diff]:
    """Old and new texts of edits side by side; their lines count from one, as no file is read."""
    out: list[Diff] = []
    edits: Any = given.get("edits") or [given]
    for edit in edits:
        old, new = (edit.get(key) for key in ("old_string", "new_string"))
        if isinstance(old, str) and isinstance(new, str):
            rows = list(unified_diff(old.splitlines(), new.splitlines(), lineterm=""))[2:]
            added, removed = (sum(row[:1] == sign for row in rows) for sign in "+-")
            out.append(Diff(str(given.get("path", "")), "\n".join(rows), added, removed))
    return out


def _warnings(call: ToolPart, requests: list[Request]) -> list[str]:
    text = _whole(call, requests)
    found = [f"cannot be undone: {r.irreversible}" for r in requests if r.irreversible]
    found += [f"not fully understood: {r.unsure}" for r in requests if r.unsure]
    if len(text) > _LONG:
        found.append(f"long: {len(text)} characters")
    if any(not (c.isprintable() or c in "\n\t") for c in text):
        found.append("holds invisible or control characters")
    return list(dict.fromkeys(found))
