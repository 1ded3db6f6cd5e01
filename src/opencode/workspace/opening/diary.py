"""What happens, as lines of the log for whoever looks for a fault: names, counts and times, never
what was said, read or written."""

import logging

from opencode.core.event import (
    AskAnswered,
    AskRaised,
    Event,
    MessageFinished,
    MessageReset,
    Notice,
    RunFinished,
    RunStarted,
    ServerChanged,
    ToolFinished,
    ToolStarted,
)

log = logging.getLogger("opencode.diary")


def note(event: Event) -> None:
    """Write one line, at INFO for a run that failed, else at DEBUG; pieces leave none."""
    if isinstance(event, RunFinished) and event.reason == "error":
        log.info("%s: the run failed (%s): %s", event.session, event.code or "error", event.detail)
    elif log.isEnabledFor(logging.DEBUG) and (words := _of_run(event) or _of_call(event)):
        log.debug("%s: %s", event.session or "here", words)


def _of_run(event: Event) -> str:
    match event:
        case RunStarted():
            return f"run begins: {event.agent}, {event.model}"
        case RunFinished():
            why = f" ({event.detail})" if event.detail else ""
            return f"run ends: {event.reason}{why}, {event.steps} steps, {event.seconds:.2f} s"
        case MessageFinished(message=message):
            used = message.usage
            return (
                f"{message.model} answered: {used.prompt} in, {used.output} out, {message.finish}"
            )
        case MessageReset():
            return f"try {event.attempt} in {event.after:.1f} s: {event.reason}"
        case Notice():
            return f"{event.level} {event.code}: {event.text}"
        case _:
            return ""


def _of_call(event: Event) -> str:
    match event:
        case ToolStarted(call=call):
            return f"{call.tool} begins ({call.id})"
        case ToolFinished(call=call):
            seconds = (call.ended or 0.0) - (call.started or call.ended or 0.0)
            return f"{call.tool} ends ({call.id}): {call.status}, {seconds:.2f} s"
        case AskRaised(ask=ask):
            return f"{ask.tool or ask.kind} asks ({ask.id})"
        case AskAnswered():
            return f"answered ({event.id}): {event.reply.verdict} {event.reply.scope}"
        case ServerChanged():
            return f"{event.kind} server {event.name}: {event.state} {event.detail}".rstrip()
        case _:
            return ""
