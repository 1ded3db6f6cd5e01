"""Makes room in a conversation: when it is full, what leaves first, and that it truly shrinks."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import replace

from opencode.agent.context.fold import readable, summary_text
from opencode.agent.context.history import from_summary
from opencode.agent.context.measure import (
    Gauge,
    size_of,
    size_of_output,
    size_of_prefix,
    size_of_text,
)
from opencode.agent.errand import words_and_cost
from opencode.agent.hooks import Hooks, NoHooks
from opencode.agent.kit import Save
from opencode.agent.prompt import words_of
from opencode.core.agent import Agent
from opencode.core.delta import Usage
from opencode.core.error import ContextTooLong, ProviderError, SessionError
from opencode.core.event import Event, Notice, SessionReplaced
from opencode.core.ids import new_id
from opencode.core.message import Message, TextPart, ToolPart, user_message
from opencode.core.provider import ModelInfo, ModelRequest, Provider
from opencode.core.session import Prefix, Session

_SHARE = 0.7
"""What is left of the conversation may be at most this share of it, and of the room there is."""
_RESERVE = 20_000
_LEAST_ROOM = 1_000
_TAIL = 15_000
_SAID = 2_000
"""Tokens up to which a person's message stays word for word."""
_NEVER_PRUNED = ("skill", "question", "plan", "todo")
_OPTIONS = (
    "Switch to a model with a larger window, fork the session from an earlier message, "
    "or undo the longest one."
)


class _Room(NamedTuple):
    """Bytes: the conversation's size, and how much of the window is left for it (0: unknown)."""

    used: int
    free: int

    @property
    def goal(self) -> int:
        most = min(self.used, self.free) if self.free else self.used
        return int(most * _SHARE)


@dataclass(frozen=True)
class Compaction:
    """Makes room for one session. The workspace wires it; the loop calls `make_room` alone."""

    provider: Provider
    gauge: Gauge
    compose: Callable[[Session, Agent], Awaitable[ModelRequest]]
    save: Save
    emit: Callable[[Event], None]
    keep: Callable[[str, bytes], str]
    """Keep a text where the model may read it; returns the path."""
    running: Callable[[str], list[str]]
    """The session's background commands, one line each."""
    folded: Callable[[], None]
    """Told when what was said before must be told anew (rules of subfolders)."""
    hooks: Hooks = field(default_factory=NoHooks)
    folder: Agent = field(default_factory=lambda: Agent("compaction"))
    """Who writes the notes: its model, words and options, where it has some."""

    async def make_room(self, session: Session, agent: Agent, *, is_refused: bool) -> bool:
        """Prune, then fold, if the next request would not fit (or the provider refused it).

        False when there was room. ContextTooLong, with figures, when the window is smaller than
        what goes with every request, or when two tries did not shrink the conversation by the
        set share; then only old outputs are pruned."""
        model = agent.model or session.model
        info = await self.provider.info(model)
        prefix = session.prefix or await self._first(session, agent)
        if is_refused and not session.messages[-1].parts:
            session.messages.pop()  # the answer that never came
        room = self._room(session, model, info, prefix)
        if not is_refused and (not room.free or room.used < room.free):
            return False
        start = len(session.messages) - len(from_summary(session.messages))
        pruned = prune(session.messages, start, room.goal)
        if pruned and self._used(session) <= room.goal:
            await self._done(session, room, "old outputs left the requests", pruned)
            return True
        await self._fold(session, model, room, info, "")
        return True

    async def compact(self, session: Session, agent: Agent, focus: str) -> None:
        """Fold because a person asks for it; `focus` says what matters most to them. SessionError
        when there is nothing to fold."""
        model = agent.model or session.model
        info = await self.provider.info(model)
        prefix = session.prefix or await self._first(session, agent)
        room = self._room(session, model, info, prefix)
        if len(from_summary(session.messages)) < 2:
            raise SessionError("There is nothing to fold in this session yet.")
        try:
            await self._fold(session, model, room, info, focus)
        except ContextTooLong as error:
            if not room.free or room.used >= room.free:
                raise
            said = "Folding would not make this conversation shorter; nothing was changed."
            raise SessionError(said) from error

    async def _first(self, session: Session, agent: Agent) -> Prefix:
        """The prefix of a session that has sent nothing yet."""
        await self.compose(session, agent)
        assert session.prefix is not None
        return session.prefix

    def _room(self, session: Session, model: str, info: ModelInfo, prefix: Prefix) -> _Room:
        sent = from_summary(session.messages)
        self.gauge.learn(model, prefix, sent)
        if not info.window:
            return _Room(self.gauge.size_of(sent), 0)
        window = self.gauge.size(info.window - _reserve(info), model)
        fixed = size_of_prefix(prefix)
        if window - fixed < self.gauge.size(_LEAST_ROOM, model):
            tokens = self.gauge.tokens(fixed, model)
            rules = self.gauge.tokens(size_of_text(prefix.system), model)
            raise ContextTooLong(
                f"{info.id} reads {info.window} tokens, of which {_reserve(info)} are for its "
                f"answer; instructions ({rules}) and tools ({tokens - rules}) alone take {tokens}.",
                hint=f"{info.advice or 'Use a model with a larger window.'} Or shorten AGENTS.md, "
                "or switch tools off ([tools] NAME = false).",
            )
        return _Room(self.gauge.size_of(sent), window - fixed)

    def _used(self, session: Session) -> int:
        return self.gauge.size_of(from_summary(session.messages))

    async def _fold(
        self, session: Session, model: str, room: _Room, info: ModelInfo, focus: str
    ) -> None:
        """One summary for all but the newest messages; a second try keeps less."""
        writer = await self.provider.info(self.folder.model) if self.folder.model else info
        await self.hooks.before_compaction(session)
        self.emit(Notice(session.id, "info", "compaction.start", "Folding the conversation."))
        space = room.free or room.used
        for tail, said in (
            (min(space // 4, self.gauge.size(_TAIL, model)), _SAID),
            (0, _SAID // 8),
        ):
            start = len(session.messages) - len(from_summary(session.messages))
            at = _cut(session.messages, start, tail)
            if tail == 0:
                prune(session.messages, at, space // 4)
            if at <= start:
                continue
            notes, usage = await self._notes(session, writer, session.messages[start:at], focus)
            session.usage += usage
            text = await asyncio.to_thread(
                summary_text,
                notes,
                session,
                session.messages[:at],
                self.gauge.size(said, model),
                lambda name, text: self.keep(name, text.encode("utf-8", "replace")),
                self.running(session.id),
            )
            summary = _summary(text, model, usage)
            session.messages.insert(at, summary)
            if notes and self._used(session) <= room.goal:
                await self._done(
                    session, room, focus or "folded", [summary, *session.messages[at:]]
                )
                self.folded()
                return
            session.messages.remove(summary)
        used, free = (self.gauge.tokens(size, model) for size in room)
        if free and used < free:
            why = (
                f"The model refused about {used} tokens as too long, though its window is set to "
                f"{info.window}."
            )
            raise ContextTooLong(why, hint=_OPTIONS)
        goal = f" to fit into {free}" if free else ""
        raise ContextTooLong(
            f"The conversation of about {used} tokens could not be folded{goal}.", hint=_OPTIONS
        )

    async def _notes(
        self, session: Session, info: ModelInfo, messages: Sequence[Message], focus: str
    ) -> tuple[str, Usage]:
        """What the model writes down of them. What it reads is cut until it fits its window."""
        most = self.gauge.size((info.window or 100_000) * 0.6, info.id)
        text = await asyncio.to_thread(readable, messages, most)
        asked = f"\n\nThe person asks to keep above all: {focus}" if focus else ""
        request = ModelRequest(
            info.id,
            self.folder.prompt or words_of("compact"),
            [user_message(f"<conversation>\n{text}\n</conversation>\nFold it now.{asked}")],
            temperature=self.folder.temperature,
            effort=self.folder.effort,
            options=self.folder.options,
        )
        try:
            notes, usage = await words_and_cost(self.provider, request)
        except ProviderError as error:
            session.usage += error.usage
            raise
        return notes.strip(), usage

    async def _done(
        self, session: Session, room: _Room, what: str, touched: Sequence[Message]
    ) -> None:
        if session.prefix:
            breaks = [*session.prefix.breaks, "compaction"]
            session.prefix = replace(session.prefix, breaks=breaks)
        await asyncio.shield(self.save(session, *touched, sync=True))
        model = session.model
        before, after = (self.gauge.tokens(n, model) for n in (room.used, self._used(session)))
        detail = f"{what}: about {before} → {after} tokens"
        self.emit(SessionReplaced(session.id, "compaction", detail))
        notice = f"Made room: {before} → {after} tokens."
        self.emit(Notice(session.id, "info", "compaction", notice))


def prune(messages: list[Message], start: int, most: int) -> list[Message]:
    """Take old tool outputs out of the requests, newest kept up to a third of `most` bytes, and
    up to all of it those that no model has read yet; what is small or can never be asked for
    again stays. From `start` on; returns the messages that have replaced what they were."""
    kept = 0
    touched: list[Message] = []
    newest = max((n for n, one in enumerate(messages) if one.role == "assistant"), default=0)
    for place in range(len(messages) - 1, start - 1, -1):
        gone: list[ToolPart] = []
        limit = most if place >= newest else most // 3
        for call in reversed(messages[place].calls):
            size = size_of_output(call)
            if call.is_open or call.pruned or call.tool in _NEVER_PRUNED or size < 400:
                continue
            kept += size
            if kept > limit:
                gone.append(call)
        if gone:
            messages[place] = _without(messages[place], gone)
            touched.append(messages[place])
    return touched


def _without(message: Message, gone: list[ToolPart]) -> Message:
    """Old messages are replaced, never changed: see `Settled`."""
    parts = [
        replace(part, pruned=True)
        if isinstance(part, ToolPart) and any(part is one for one in gone)
        else part
        for part in message.parts
    ]
    return replace(message, parts=parts)


def _cut(messages: Sequence[Message], start: int, most: int) -> int:
    """Where the tail begins that stays as it is: as much as fits into `most` bytes, and always
    the newest message, answered or not."""
    at, size = max(len(messages) - 1, start), 0
    for index in range(len(messages) - 1, start, -1):
        size += size_of(messages[index : index + 1])
        if size > most:
            break
        at = index
    return at


def _summary(text: str, model: str, usage: Usage) -> Message:
    part = TextPart(text, origin="compaction")
    return Message(
        new_id("msg"),
        "assistant",
        [part],
        agent="compaction",
        model=model,
        usage=usage,
        finish="stop",
        summary=True,
    )


def _reserve(info: ModelInfo) -> int:
    """Tokens kept free for the answer."""
    return min(info.max_output or _RESERVE, _RESERVE, info.window // 4)
