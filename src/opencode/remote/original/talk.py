"""Conversations on the original's server as far as they were heard, told as our events."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field

from opencode.core.delta import CallDelta, Drafting, ReasoningDelta, TextDelta
from opencode.core.event import (
    Event,
    FilesChanged,
    MessageAdded,
    MessageChunk,
    MessageFinished,
    MessageReset,
    MessageStarted,
    QueueChanged,
    SessionReplaced,
    ToolFinished,
    ToolProgress,
    ToolStarted,
)
from opencode.core.message import Message, Part, ReasoningPart, TextPart, ToolPart
from opencode.remote.original.plain import Json, inner, names
from opencode.remote.original.reading import call_of, folder_of, head_of, message_of, part_of
from opencode.remote.original.spelling import below


@dataclass
class Heard:
    """A message as it is known, part by part."""

    message: Message
    folder: str
    parts: dict[str, Part] = field(default_factory=dict[str, Part])
    closed: set[str] = field(default_factory=set[str])
    """Texts that came whole: pieces of them that come late are no news."""
    called: set[str] = field(default_factory=set[str])
    """Calls that were told of."""
    is_whole: bool = True
    """False when its beginning was not heard."""
    is_over: bool = False

    def now(self) -> Message:
        """A copy as it stands."""
        found = deepcopy(self.message)
        found.parts = [deepcopy(part) for part in self.parts.values()]
        return found


@dataclass
class Kept:
    """What is known of one session."""

    heard: dict[str, Heard] = field(default_factory=dict[str, Heard])
    given: set[str] = field(default_factory=set[str])
    """Messages that were read with the conversation and do not change any more."""
    fresh: dict[str, Heard] = field(default_factory=dict[str, Heard])
    """Prompts whose parts are still coming."""
    queued: dict[str, Heard] = field(default_factory=dict[str, Heard])
    """Prompts that wait for their answer."""


class Talk:
    """Reads messages and parts in the order they come."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}

    def of(self, session: str) -> Kept:
        """What is known of that session."""
        return self._kept.setdefault(session, Kept())

    def forget(self) -> None:
        """Events were missed."""
        self._kept.clear()

    def settle(self, event: Json, busy: set[str]) -> Iterator[Event]:
        """Prompts whose parts have come join the conversation, or wait while it is busy."""
        given: Json = inner(event, "properties")
        part: Json = inner(given, "part")
        info: Json = inner(given, "info")
        about = part.get("messageID") or info.get("id")
        for session, kept in [*self._kept.items()]:
            for name in [name for name in kept.fresh if name != about]:
                prompt = kept.fresh.pop(name)
                if not prompt.parts:
                    kept.given.add(name)  # a mark of the original's own
                elif session in busy and info.get("parentID") != name:
                    kept.queued[name] = prompt
                    yield QueueChanged(session, [one.now() for one in kept.queued.values()])
                else:
                    kept.heard[name] = prompt
                    yield MessageAdded(session, prompt.now())

    def join(self, session: str, upto: str = "") -> Iterator[Event]:
        """Waiting prompts are answered now: all, or those up to one."""
        kept = self.of(session)
        names = [*kept.queued]
        if upto:
            names = names[: names.index(upto) + 1] if upto in names else []
        for name in names:
            prompt = kept.heard[name] = kept.queued.pop(name)
            yield MessageAdded(session, prompt.now())
        if names:
            yield QueueChanged(session, [one.now() for one in kept.queued.values()])

    def prompted(self, info: Json) -> bool:
        """A person's message, whose parts follow; False when it was known."""
        kept, name = self.of(info["sessionID"]), info["id"]
        if any(name in known for known in (kept.given, kept.heard, kept.queued, kept.fresh)):
            return False
        kept.fresh[name] = Heard(head_of(info), folder_of(info))
        return True

    def answered(self, info: Json) -> Iterator[Event]:
        """An answer begins, ends, or says more about itself."""
        session, name = info["sessionID"], info["id"]
        kept = self.of(session)
        if name in kept.given:
            return
        heard, message = kept.heard.get(name), head_of(info)
        if heard is None:
            heard = kept.heard[name] = Heard(message, folder_of(info))
            if not message.summary:
                who = (message.agent, message.model)
                yield MessageStarted(session, name, *who, message.created)
        heard.message = message
        if message.ended and not heard.is_over:
            heard.is_over = True
            if message.summary:
                return
            yield MessageFinished(session, heard.now())
            if not heard.is_whole:
                yield SessionReplaced(session, "amended")

    def removed(self, session: str, message: str) -> None:
        """It is gone, or it never was."""
        kept = self.of(session)
        kept.given.discard(message)
        for place in (kept.heard, kept.fresh, kept.queued):
            place.pop(message, None)

    def begin(self, session: str) -> None:
        """Another run: what was said before it does not change any more."""
        kept = self.of(session)
        over = [name for name, one in kept.heard.items() if one.is_over]
        kept.given.update(over)
        for name in over:
            del kept.heard[name]

    def reset(self, session: str, reason: str, after: float, attempt: int) -> Iterator[Event]:
        """The answer is asked for again."""
        heard = next((h for h in reversed(self.of(session).heard.values()) if not h.is_over), None)
        if heard and heard.message.role == "assistant":
            heard.parts.clear()
            yield MessageReset(session, heard.message.id, reason, after, attempt)

    # Parts

    def part(self, one: Json) -> Iterator[Event]:
        """A part as it is now."""
        session, kept = one["sessionID"], self.of(one["sessionID"])
        if prompt := kept.fresh.get(one["messageID"]):
            if (read := part_of(one, prompt.folder)) is not None:
                prompt.parts[one["id"]] = read
            return
        heard = kept.heard.get(one["messageID"])
        if heard is None or heard.message.role == "user":
            return
        match one["type"]:
            case "text" | "reasoning":
                yield from self._text(session, heard, one)
            case "tool":
                yield from self._call(session, heard, one)
            case "patch":
                paths = [below(path, heard.folder) for path in names(one, "files")]
                yield FilesChanged(session, paths)
            case _:
                pass

    def delta(self, given: Json) -> Iterator[Event]:
        """A piece more of a text."""
        name, heard = given["partID"], self.of(given["sessionID"]).heard.get(given["messageID"])
        if heard is None or given["field"] != "text" or name in heard.closed:
            return
        part = heard.parts.get(name)
        if isinstance(part, TextPart | ReasoningPart):
            yield from _grown(given["sessionID"], heard, part, part.text + given["delta"])
        else:
            heard.is_whole = False

    def _text(self, session: str, heard: Heard, one: Json) -> Iterator[Event]:
        new = TextPart("") if one["type"] == "text" else ReasoningPart("")
        part = heard.parts.setdefault(one["id"], new)
        if isinstance(part, TextPart | ReasoningPart):
            yield from _grown(session, heard, part, one["text"])
        if inner(one, "time").get("end"):
            heard.closed.add(one["id"])

    def _call(self, session: str, heard: Heard, one: Json) -> Iterator[Event]:
        call, message = call_of(one, heard.folder), heard.message.id
        if call.status == "pending" and not call.input:
            yield _chunk(session, heard, Drafting(call.tool, 0))
            return
        before = heard.parts.get(one["id"])
        heard.parts[one["id"]] = call
        if call.id not in heard.called:
            heard.called.add(call.id)
            yield _chunk(session, heard, CallDelta(call.id, call.tool, call.input))
        was = before if isinstance(before, ToolPart) else None
        if call.status == "pending":
            return
        if was is None or was.status == "pending" or (call.child and not was.child):
            yield ToolStarted(session, message, _running(call))
        if call.is_open:
            told = str(inner(one["state"], "metadata").get("output") or "")
            yield from [ToolProgress(session, call.id, told)] if told else []
        elif was is None or was.is_open:
            yield ToolFinished(session, message, deepcopy(call))

    # A conversation that is read meanwhile

    def meet(self, session: str, entries: list[Json]) -> tuple[list[Message], list[Message]]:
        """What was said and which prompts wait, as the events that were heard so far have left
        it: what comes from now on fits behind it."""
        kept = self.of(session)
        found: list[Message] = []
        for entry in entries:
            name = entry["info"]["id"]
            if name in kept.fresh or name in kept.queued:
                continue
            if heard := kept.heard.get(name):
                found.append(heard.now())
            elif (message := message_of(entry)).role == "assistant" or message.parts:
                found.append(message)
                self._know(kept, entry, message)
        read = {entry["info"]["id"] for entry in entries}
        late = [one.now() for name, one in kept.heard.items() if name not in read]
        return [*found, *late], [one.now() for one in kept.queued.values()]

    def _know(self, kept: Kept, entry: Json, message: Message) -> None:
        info: Json = entry["info"]
        if message.role == "user" or message.ended:
            kept.given.add(message.id)
            return
        heard = kept.heard[message.id] = Heard(head_of(info), folder_of(info), is_whole=False)
        for one in entry["parts"]:
            if (part := part_of(one, heard.folder)) is not None:
                heard.parts[one["id"]] = part
            if isinstance(part, ToolPart):
                heard.called.add(part.id)
            if inner(one, "time").get("end"):
                heard.closed.add(one["id"])


def _grown(
    session: str, heard: Heard, part: TextPart | ReasoningPart, text: str
) -> Iterator[Event]:
    """The text is now this: what is new of it."""
    before, part.text = part.text, text
    if not text.startswith(before):
        heard.is_whole = False
    elif (new := text[len(before) :]) and not heard.message.summary:
        is_text = isinstance(part, TextPart)
        yield _chunk(session, heard, TextDelta(new) if is_text else ReasoningDelta(new))


def _chunk(
    session: str, heard: Heard, delta: TextDelta | ReasoningDelta | CallDelta | Drafting
) -> MessageChunk:
    return MessageChunk(session, heard.message.id, delta)


def _running(call: ToolPart) -> ToolPart:
    """The call as it began."""
    return ToolPart(
        call.id, call.tool, call.input, status="running", child=call.child, started=call.started
    )
