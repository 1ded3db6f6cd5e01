"""The loop: think, act, until the model asks for nothing more."""

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from msgspec import Struct

from opencode.agent import structured
from opencode.agent.calls.arguments import no_tool, read_arguments, tool_named
from opencode.agent.calls.recover import recover
from opencode.agent.kit import Kit
from opencode.agent.repetition import Stop, unless_endless, watch
from opencode.core.agent import Agent
from opencode.core.delta import Retrying
from opencode.core.error import (
    ContextTooLong,
    PermissionDenied,
    ProviderError,
    RequestRefused,
    ToolError,
)
from opencode.core.event import (
    EndReason,
    MessageAdded,
    MessageChunk,
    MessageFinished,
    MessageReset,
    MessageStarted,
    QueueChanged,
    ToolFinished,
    ToolStarted,
)
from opencode.core.message import Fault, Message, TextPart, ToolPart, absorb, user_message
from opencode.core.session import Session
from opencode.core.tool import AnyTool

log = logging.getLogger(__name__)
_LONGEST_HINT = 400


class Ending(Struct, frozen=True):
    """Why a run is over, in one word and one sentence."""

    reason: EndReason
    detail: str = ""
    hint: str = ""


async def answer(session: Session, kit: Kit) -> Ending:
    """Answer what the person said last. Cancel the task to stop it: the history stays valid."""
    try:
        while True:
            if spent := kit.budget.spent(session):
                return Ending("limit", spent, kit.budget.hint)
            agent = kit.agent(session)
            await _tell_late(session, kit, errors_only=False)
            await kit.make_room(session, agent, is_refused=False)
            try:
                message = await think(session, agent, kit)
            except ContextTooLong:
                await kit.make_room(session, agent, is_refused=True)
                continue
            if message.calls:
                await kit.save(session, message)  # a question for a person may wait for days
            await act(session, agent, message, kit)
            await kit.save(session, message)
            if ended := await _ended(session, message, kit):
                return ended
    finally:
        touched = session.close_open_calls("cancelled", "Cancelled before it ended.")
        await asyncio.shield(kit.save(session, *touched, *session.messages[-1:], sync=True))


async def think(session: Session, agent: Agent, kit: Kit) -> Message:
    """One call to the model, streamed into a new message of the session."""
    request = await kit.compose(session, agent)
    message = session.begin_answer(agent.name, request.model)
    started = MessageStarted(session.id, message.id, agent.name, request.model, message.created)
    kit.emit(started)
    try:
        async for delta in unless_endless(kit.provider.stream(request), message):
            absorb(message, delta)
            if isinstance(delta, Retrying):
                reset = MessageReset(
                    session.id, message.id, delta.reason, delta.after, delta.attempt
                )
                kit.emit(reset)
            else:
                kit.emit(MessageChunk(session.id, message.id, delta))
    except asyncio.CancelledError:
        message.finish = "cancelled"
        raise
    except ProviderError as error:
        message.finish, message.error, message.usage = "error", error.message, error.usage
        message.fault = Fault(error.code, error.status)
        raise
    else:
        recover(message, kit.tools)
    finally:
        message.ended = message.ended or time.time()
        session.usage += message.usage
        kit.budget.count(message)
        kit.emit(MessageFinished(session.id, deepcopy(message)))
    return message


async def act(session: Session, agent: Agent, message: Message, kit: Kit) -> None:
    """Run the calls side by side; one with effects waits for those before it and holds those
    after it. Results keep the order of the calls."""
    for group in _groups(message.calls, kit):
        async with asyncio.TaskGroup() as tasks:
            for call in group:
                tasks.create_task(execute(session, agent, message, call, kit))


async def execute(
    session: Session, agent: Agent, message: Message, call: ToolPart, kit: Kit
) -> None:
    """Find, parse, ask, run. A tool's failure is an answer to the model, never the run's end."""
    if known := tool_named(call.tool, kit.tools):
        call.tool = known.name  # rules speak of it, whatever name the model gave it
    call.start()
    kit.emit(ToolStarted(session.id, message.id, deepcopy(call)))
    try:
        tool, args = prepare(call, kit.tools)
        if await kit.hooks.before_tool(session, call):
            tool, args = prepare(call, kit.tools)
        await kit.gate.require(session, agent, call, tool.requests(args, kit.place))
        if tool.has_effects(args, kit.place):
            await kit.save(session, message, sync=True)  # the intent, before the deed
        result = await tool.run(args, kit.context(session, agent, message, call))
        result = await kit.look(await kit.hooks.after_tool(session, call, result))
        call.close("completed", result.output, result.display, result.files)
    except asyncio.CancelledError:
        call.close("cancelled", "Cancelled before it ended.")
        raise
    except PermissionDenied as error:
        call.close("denied", error.message)
        call.meta.update({"hint": error.hint} if error.hint else {})
    except ToolError as error:
        call.close("error", _with_hint(error))
    except Exception as error:
        log.exception("tool %s failed", call.tool)
        call.close("error", f"{call.tool} failed unexpectedly ({type(error).__name__}: {error})")
    finally:
        kit.emit(ToolFinished(session.id, message.id, deepcopy(call)))


def _with_hint(error: ToolError) -> str:
    """The failure as the model reads it: what happened, then in one line what mends it."""
    hint = " ".join(error.hint.split())[:_LONGEST_HINT]
    return f"{error.message}\n{hint}" if hint and hint not in error.message else error.message


def prepare(call: ToolPart, tools: Mapping[str, AnyTool]) -> tuple[AnyTool, Any]:
    """The tool and its typed arguments; ToolError tells the model what to mend."""
    tool = tool_named(call.tool, tools)
    if tool is None:
        raise no_tool(call.tool, tools)
    return tool, read_arguments(tool, call)


async def join_queued(session: Session, kit: Kit) -> list[Message]:
    """Prompts typed while the run was busy join the conversation."""
    joined = session.take_queued()
    if joined:
        for message in joined:
            kit.emit(MessageAdded(session.id, message))
        kit.emit(QueueChanged(session.id, []))
        await kit.save(session, *joined)
    return joined


async def say(session: Session, kit: Kit, *parts: TextPart) -> None:
    """Tell the model something that no person typed."""
    message = user_message("", *parts)
    session.messages.append(message)
    kit.emit(MessageAdded(session.id, message))
    await kit.save(session, message)


def _groups(calls: list[ToolPart], kit: Kit) -> Iterator[list[ToolPart]]:
    group: list[ToolPart] = []
    for call in calls:
        if _has_effects(call, kit):
            if group:
                yield group
            yield [call]
            group = []
        else:
            group.append(call)
    if group:
        yield group


def _has_effects(call: ToolPart, kit: Kit) -> bool:
    try:
        tool, args = prepare(call, kit.tools)
    except ToolError:
        return False  # execute will tell the model
    return tool.has_effects(args, kit.place)


async def _ended(session: Session, message: Message, kit: Kit) -> Ending | None:
    """What the run ends with after that answer; None when it goes on."""
    if not message.calls:
        await kit.heard(session)
    if await join_queued(session, kit):
        return None
    if structured.answer_of(message) is not None:
        return Ending("done")
    warning = watch(session.messages) if message.calls or message.finish == "length" else None
    if isinstance(warning, Stop):
        hint = "Say what to do differently, or use another model."
        return Ending("limit", warning.text, hint)
    if warning:
        await say(session, kit, TextPart(warning.text, origin="nudge"))
    elif message.finish == "length" and kit.budget.may_continue():
        await say(session, kit, *_cut_off(message))
    elif not message.calls:
        if await _tell_late(session, kit, errors_only=True):
            return None
        if kit.wish().shape and message.finish == "stop":
            return await _ask_for_shape(session, message, kit)
        return _ending(session)
    return None


async def _ask_for_shape(session: Session, message: Message, kit: Kit) -> Ending | None:
    """Remind the model that a program reads its answer, as often as the program wants."""
    tries = structured.asked_again(session.messages)
    if tries < kit.wish().tries:
        await say(session, kit, TextPart(structured.AGAIN, origin="nudge"))
        return None
    message.error = structured.MISSING
    message.fault = Fault("structured", tries=tries)
    kit.emit(MessageFinished(session.id, deepcopy(message)))
    return Ending("limit", structured.MISSING, "Use another model, or a simpler shape.")


async def _tell_late(session: Session, kit: Kit, *, errors_only: bool) -> bool:
    if text := await kit.late(errors_only=errors_only):
        await say(session, kit, TextPart(text, origin="nudge"))
    return bool(text)


def _ending(session: Session) -> Ending:
    last = session.messages[-1]
    if last.finish == "refused":
        raise RequestRefused(
            "The model declined to answer.", hint="Rephrase, or use another model."
        )
    if last.finish == "length":
        why = "The answer was cut off at the model's output limit again and again."
        hint = "Ask for less at once, or use another model."
        return Ending("limit", why, hint)
    acted = next((m for m in reversed(session.messages[:-1]) if m.role == "user" or m.calls), None)
    denied = [call for call in acted.calls if call.status == "denied"] if acted else []
    if not denied:
        return Ending("done")
    return Ending("refused", denied[0].output, denied[0].meta.get("hint", ""))


def _cut_off(message: Message) -> list[TextPart]:
    where = " in a tool call; make smaller calls" if message.calls else "; go on where it stopped"
    return [TextPart(f"Your answer was cut off at the output limit{where}.", origin="nudge")]
