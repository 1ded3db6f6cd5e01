"""Questions put to the person at the editor: permissions, and what a model wants to know."""

from pathlib import Path
from typing import Any, get_args

from acp import RequestError
from acp.interfaces import Client
from acp.schema import (
    AcceptElicitationResponse,
    AllowedOutcome,
    ElicitationFormSessionMode,
    PermissionOption,
    ToolCallUpdate,
)

from opencode.acp import calls
from opencode.acp.forms import answers_of, form_of
from opencode.core.ask import Ask, Question, Reply
from opencode.core.message import ToolPart
from opencode.core.permission import Scope

_SKIP = "skip"
_DONE = "done"


class Person:
    """Who answers, by means of the editor's dialogs."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.fills_forms = False
        """Whether the editor shows forms; it says so when the connection begins."""

    async def reply(self, thread: str, cwd: Path, ask: Ask, call: ToolPart) -> Reply:
        """Ask and wait. An editor that cannot ask is a no that says so."""
        try:
            if ask.kind == "permission":
                return await self._permission(thread, cwd, ask, call)
            if self.fills_forms:
                return await self._form(thread, ask)
            return await self._choices(thread, ask, call)
        except (RequestError, ConnectionError, ValueError) as error:  # an answer that is none, too
            return Reply("reject", reason=f"The editor could not ask: {error}")

    async def _permission(self, thread: str, cwd: Path, ask: Ask, call: ToolPart) -> Reply:
        update = ToolCallUpdate(
            tool_call_id=call.id,
            title=calls.title(call),
            kind=calls.kind(call.tool),
            status="pending",
            content=[*_about(ask), *calls.proposed(call, cwd)],
            locations=calls.locations(call, cwd),
            raw_input=call.input,
        )
        chosen = await self._pick(thread, update, _options(ask))
        if chosen in get_args(Scope):
            return Reply("allow", scope=chosen)
        return Reply("reject")

    async def _form(self, thread: str, ask: Ask) -> Reply:
        mode = ElicitationFormSessionMode(
            session_id=thread, tool_call_id=ask.call or None, requested_schema=form_of(ask)
        )
        text = "\n\n".join(question.text for question in ask.questions) or ask.text
        given = await self._client.create_elicitation(message=text, mode=mode)
        if not isinstance(given, AcceptElicitationResponse):
            return Reply("reject")
        filled: dict[str, Any] = dict(given.content or {})
        return Reply("allow", answers=answers_of(ask.questions, filled))

    async def _choices(self, thread: str, ask: Ask, call: ToolPart) -> Reply:
        """Without forms: one dialog a question, its answers standing where yes and no do."""
        answers: list[list[str]] = []
        for question in ask.questions:
            if not question.options:
                return Reply(
                    "reject",
                    reason="This editor shows choices only: ask in your answer, and end it there.",
                )
            answers.append(chosen := await self._chosen(thread, question, call))
            if not chosen:
                return Reply("reject")
        return Reply("allow", answers=answers)

    async def _chosen(self, thread: str, question: Question, call: ToolPart) -> list[str]:
        """One label, or one after the other until the person has all; none when they skip."""
        chosen: list[str] = []
        while left := [o for o in question.options if o.label not in chosen]:
            update = ToolCallUpdate(
                tool_call_id=call.id,
                title=question.text.partition("\n")[0],
                kind="other",
                status="pending",
                content=[calls.words(question.text)],
            )
            options = [
                PermissionOption(option_id=f"={one.label}", name=one.label, kind="allow_once")
                for one in left
            ]
            last = (_DONE, "That is all") if chosen else (_SKIP, "Skip")
            options.append(PermissionOption(option_id=last[0], name=last[1], kind="reject_once"))
            answer = await self._pick(thread, update, options)
            if not answer.startswith("="):
                return chosen if answer == _DONE else []
            chosen.append(answer[1:])
            if not question.multiple:
                return chosen
        return chosen

    async def _pick(
        self, thread: str, update: ToolCallUpdate, options: list[PermissionOption]
    ) -> Any:
        """The id of the option; "" when the dialog was closed."""
        answer = await self._client.request_permission(
            session_id=thread, tool_call=update, options=options
        )
        outcome = answer.outcome
        return outcome.option_id if isinstance(outcome, AllowedOutcome) else ""


def _options(ask: Ask) -> list[PermissionOption]:
    found = [PermissionOption(option_id="once", name="Allow once", kind="allow_once")]
    if ask.rules:
        rules = ", ".join(f"{rule.action} {rule.target}" for rule in ask.rules)
        for scope, where in (("session", "this session"), ("project", "this project")):
            name = f"Always allow in {where}: {rules}"
            found.append(PermissionOption(option_id=scope, name=name, kind="allow_always"))
    return [*found, PermissionOption(option_id="reject", name="Reject", kind="reject_once")]


def _about(ask: Ask) -> list[calls.Content]:
    lines = [calls.fenced(ask.text)] if ask.text else []
    lines += [f"⚠ {warning}" for warning in ask.warnings]
    if ask.path:
        lines.append(f"Asked by a sub-agent: {' › '.join(ask.path)}")
    return [calls.words("\n\n".join(lines))] if lines else []
