"""One file as a language server knows it: its text, and what the server finds wrong in it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lsprotocol import types

from opencode.lsp.positions import to_units
from opencode.lsp.wire import Wire

_ANSWER = 20.0
_MORE = 0.15
"""Seconds a server may take to send its diagnostics in further pieces."""


@dataclass
class Abilities:
    """What a server can do, as it said at the start and since."""

    columns: str = ""
    """See Start."""
    said: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Its capabilities as JSON: what counts is which are there, and lsprotocol cannot read those
    of every server."""
    registered: dict[str, str] = field(default_factory=dict[str, str])
    """Id → method."""

    def can(self, what: str) -> bool:
        """Whether it offers a capability ("renameProvider")."""
        return self.said.get(what) not in (None, False)  # options may be empty

    @property
    def encoding(self) -> str:
        """The unit of its columns."""
        return self.columns or self.said.get("positionEncoding") or "utf-16"

    @property
    def is_pulled(self) -> bool:
        """Whether diagnostics are asked for; some servers say so only when they have started."""
        asked = types.TEXT_DOCUMENT_DIAGNOSTIC
        return self.can("diagnosticProvider") or asked in self.registered.values()

    @property
    def takes_pieces(self) -> bool:
        """Whether it wants to hear of a change what changed."""
        match self.said.get("textDocumentSync"):
            case {"change": int(kind)} | int(kind):
                return kind == types.TextDocumentSyncKind.Incremental
            case _:
                return False


class Document:
    """Open from its creation until `close`."""

    def __init__(self, wire: Wire, abilities: Abilities, uri: str, kind: str, text: str) -> None:
        self._wire, self._abilities, self.uri = wire, abilities, uri
        self._version, self._text = 1, text
        self._published: list[types.Diagnostic] | None = None
        self._published_for = 0
        """Version the published diagnostics are about, as far as can be told."""
        self._pull: asyncio.Task[list[types.Diagnostic]] | None = None
        self._pulled_for = 0
        self._news = asyncio.Event()
        self.on_answer: Callable[[], None] | None = None
        """Hears when the server answered what is wrong in it."""
        item = types.TextDocumentItem(uri, kind, 1, text)
        wire.tell(types.TEXT_DOCUMENT_DID_OPEN, types.DidOpenTextDocumentParams(item))

    def show(self, text: str) -> bool:
        """Tell the server the text as it is now; whether it is another."""
        if text == self._text:
            return False
        change: types.TextDocumentContentChangeEvent
        if self._abilities.takes_pieces:
            change = difference(self._text, text, self._abilities.encoding)
        else:
            change = types.TextDocumentContentChangeWholeDocument(text)
        self._version, self._text = self._version + 1, text
        document = types.VersionedTextDocumentIdentifier(self._version, self.uri)
        changed = types.DidChangeTextDocumentParams(document, [change])
        self._wire.tell(types.TEXT_DOCUMENT_DID_CHANGE, changed)
        saved = types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(self.uri))
        self._wire.tell(types.TEXT_DOCUMENT_DID_SAVE, saved)
        return True

    def close(self) -> None:
        """Nobody asks about it any more."""
        gone = types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(self.uri))
        self._wire.tell(types.TEXT_DOCUMENT_DID_CLOSE, gone)
        self.leave()

    def leave(self) -> None:
        """Wait for nothing more."""
        if self._pull:
            self._pull.cancel()

    def forget_answer(self) -> None:
        """What is wrong in it may have changed by another file."""
        if self._pull and self._pull.done():
            self._pull = None

    def wake(self) -> None:
        """Something happened on which a wait for diagnostics may depend."""
        self._news.set()

    def published(self, problems: list[types.Diagnostic], version: int | None) -> None:
        """Take the diagnostics that the server sent by itself."""
        self._published = problems
        self._published_for = self._version if version is None else version
        self.wake()

    async def problems(self, wait: float) -> list[types.Diagnostic] | None:
        """The diagnostics of the text shown last; None when they are not there in time."""
        deadline = asyncio.get_running_loop().time() + wait
        while self._abilities.is_pulled or not self._is_told:
            if self._abilities.is_pulled:
                left = deadline - asyncio.get_running_loop().time()
                return await self._pulled(max(left, 0.0))
            if not await self._something_new(deadline):
                return None
        end = min(deadline, asyncio.get_running_loop().time() + _MORE)
        while await self._something_new(end):
            pass
        return self._published

    @property
    def _is_told(self) -> bool:
        """Whether the diagnostics of this version were published."""
        return self._published is not None and self._published_for >= self._version

    async def _something_new(self, deadline: float) -> bool:
        self._news.clear()
        try:
            async with asyncio.timeout_at(deadline):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    async def _pulled(self, wait: float) -> list[types.Diagnostic] | None:
        """Asks once a version; an answer that comes late is there the next time."""
        pull = self._pull
        if pull is None or self._pulled_for != self._version:
            self.leave()
            pull = self._pull = asyncio.create_task(self._ask())
            self._pulled_for = self._version
        await asyncio.wait([pull], timeout=wait)
        if not pull.done() or pull.cancelled():
            return None
        if pull.exception():
            self._pull = None  # it is asked anew the next time
            return None
        return pull.result()

    async def _ask(self) -> list[types.Diagnostic]:
        params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(self.uri))
        answer = await self._wire.ask(types.TEXT_DOCUMENT_DIAGNOSTIC, params, _ANSWER)
        if self.on_answer:
            self.on_answer()
        match answer:
            case {"items": items}:
                return self._wire.readable(items, types.Diagnostic)
            case _:
                return []


def difference(old: str, new: str, encoding: str) -> types.TextDocumentContentChangePartial:
    """The one change that makes `new` of `old`: what differs between the common ends."""
    most = min(len(old), len(new))
    head = _alike(old, new, most)
    tail = _alike(old[::-1], new[::-1], most - head)
    end = len(old) - tail
    if head > 0 and old[head - 1] == "\r":
        head -= 1  # a line end is never cut in two
    if end < len(old) and old[end] == "\n" and end and old[end - 1] == "\r":
        end += 1
        tail -= 1
    span = types.Range(_position(old, head, encoding), _position(old, end, encoding))
    return types.TextDocumentContentChangePartial(span, new[head : len(new) - tail])


def _alike(one: str, other: str, most: int) -> int:
    """How far two texts begin alike, by halves: a loop over characters takes a megabyte's time."""
    sure = 0
    while sure < most:
        middle = (sure + most + 1) // 2
        if one[sure:middle] == other[sure:middle]:
            sure = middle
        else:
            most = middle - 1
    return sure


def _position(text: str, offset: int, encoding: str) -> types.Position:
    before = text[:offset]
    line = before.count("\n") + before.count("\r") - before.count("\r\n")
    last = before[max(before.rfind("\n"), before.rfind("\r")) + 1 :]
    return types.Position(line, to_units(last, len(last), encoding))
