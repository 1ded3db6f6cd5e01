"""litellm's chunks as Deltas: text as it comes, calls whole, usage in four classes. Pure."""

from collections.abc import Iterable
from typing import Any, Literal, cast

import msgspec
from msgspec.structs import replace

from opencode.core.delta import (
    CallDelta,
    Delta,
    Drafting,
    Finish,
    ReasoningDelta,
    TextDelta,
    Usage,
)
from opencode.core.ids import new_id
from opencode.providers.facts import Prices
from opencode.providers.wire.sealed import Sealed

Reason = Literal["stop", "tool_calls", "length", "refused"]
_DRAFTS = 0.25
_REASONS: dict[str, Reason] = {
    "length": "length",
    "max_tokens": "length",
    "content_filter": "refused",
    "refusal": "refused",
    "safety": "refused",
}


class _Draft:
    """A call that is being written."""

    def __init__(self, call_id: str, name: str) -> None:
        self.id, self.name = call_id, name
        self.pieces: list[str] = []
        self.size = 0


class Reader:
    """Reads one reply. Feed it every chunk, then `end` it. `taken` are the ids of the calls before
    it: some servers number the calls of each reply from 0 on, and an id must name one call."""

    def __init__(self, prices: Prices, taken: Iterable[str] = ()) -> None:
        self._prices = prices
        self._taken = set(taken)
        self._drafts: list[_Draft] = []
        self._at: dict[int, _Draft] = {}
        """The call that is written at each index of the wire."""
        self._reason = ""
        self._done = False
        self.ended: bool | None = None
        """Set by who knows better than the chunks whether the end has come."""
        self._usage: Usage | None = None
        self._told: float | None = None
        """The cost as the provider says it."""
        self._thoughts: list[dict[str, Any]] = []
        self._sealed = Sealed()
        self._drafted = 0.0
        self.events = 0
        """How much came that means something: comments, pings and line ends do not count."""

    @property
    def complete(self) -> bool:
        """Whether the provider said that this was all."""
        return bool(self._reason) or self._done if self.ended is None else self.ended

    def feed(self, chunk: Any, now: float) -> list[Delta]:
        """The pieces in one chunk; `now` is any clock in seconds, for the pace of Drafting."""
        if chunk is None:
            return []
        if isinstance(chunk, dict):  # litellm's other shape: line ends, comments, [DONE]
            self._done = self._done or bool(chunk.get("is_finished"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
            return []
        deltas: list[Delta] = []
        for choice in chunk.choices[:1]:
            self._read_choice(choice, deltas, now)
        usage = getattr(chunk, "usage", None)
        if usage is not None:
            self._usage = usage_of(usage)
            self._told = _cost_told(usage)
            self.events += 1
        self.events += len(deltas)
        return deltas

    def spent(self) -> Usage:
        """What the provider counted so far, with its price; nothing when it has not."""
        usage = self._usage or Usage()
        return replace(usage, cost=self._cost(usage))

    def _cost(self, usage: Usage) -> float | None:
        """By the prices; where they are unknown, what the provider says."""
        cost = self._prices.cost(usage)
        return self._told if cost is None else cost

    def end(self) -> list[Delta]:
        """The calls and the Finish. Call it when the stream is over and `complete`."""
        calls = [self._call(draft) for draft in self._drafts if draft.name]
        if calls:
            calls[0].meta.update(self._sealed.meta)
        reason: Reason = _REASONS.get(self._reason, "stop")
        if reason == "stop" and calls:
            reason = "tool_calls"
        usage = self._usage or Usage()
        cost = self._cost(usage) if self._usage else None
        return [*calls, Finish(reason, replace(usage, cost=cost))]

    def _call(self, draft: _Draft) -> CallDelta:
        unique = draft.id and draft.id not in self._taken
        call_id = draft.id if unique else new_id("call")
        self._taken.add(call_id)
        return _call(draft, call_id)

    def _read_choice(self, choice: Any, deltas: list[Delta], now: float) -> None:
        delta = choice.delta
        thought = getattr(delta, "reasoning_content", None) or getattr(
            delta, "reasoning_text", None
        )
        blocks = getattr(delta, "thinking_blocks", None)
        if thought or blocks:
            deltas.append(ReasoningDelta(thought or "", self._think(blocks or [])))
        self._sealed.read(delta)
        if delta.content:
            self._thoughts = []
            deltas.append(TextDelta(delta.content))
        pieces: list[Any] = delta.tool_calls or []
        for piece in pieces:
            self._thoughts = []
            self._draft(piece)
            self.events += 1
            if now - self._drafted >= _DRAFTS:
                self._drafted = now
                draft = self._drafts[-1]
                deltas.append(Drafting(draft.name, draft.size))
        if choice.finish_reason:
            self._reason = choice.finish_reason
            self.events += 1

    def _think(self, blocks: list[dict[str, Any]]) -> dict[str, Any]:
        """Whole blocks, as they must be echoed; none before the signature of one came."""
        for block in blocks:
            last = self._thoughts[-1] if self._thoughts else None
            text, signature = block.get("thinking") or "", block.get("signature") or ""
            if block.get("type") == "redacted_thinking":
                self._thoughts.append(dict(block))
            elif last is None or last.get("signature") or "data" in last:
                self._thoughts.append(
                    {"type": "thinking", "thinking": text, "signature": signature}
                )
            else:
                last["thinking"] += text
                last["signature"] = signature
        whole = [
            dict(block) for block in self._thoughts if block.get("signature") or "data" in block
        ]
        ends = any(block.get("signature") or "data" in block for block in blocks)
        return {"thinking_blocks": whole} if ends else {}

    def _draft(self, piece: Any) -> None:
        function = piece.function
        draft = self._at.get(piece.index or 0)
        # An index that starts over under another id is another call: some wires number per chunk.
        if draft is None or (piece.id and draft.id and piece.id != draft.id):
            draft = _Draft(piece.id or "", function.name or "")
            self._at[piece.index or 0] = draft
            self._drafts.append(draft)
        else:
            draft.id = draft.id or piece.id or ""
            draft.name = draft.name or function.name or ""
        if function.arguments:
            draft.pieces.append(function.arguments)
            draft.size += len(function.arguments)


def _call(draft: _Draft, call_id: str) -> CallDelta:
    raw = "".join(draft.pieces)
    if not raw.strip():
        return CallDelta(call_id, draft.name, {})
    try:
        given = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeEncodeError):
        given = None
    if isinstance(given, dict):
        return CallDelta(call_id, draft.name, given)  # pyright: ignore[reportUnknownArgumentType]
    return CallDelta(call_id, draft.name, None, raw)


def usage_of(usage: Any) -> Usage:
    """litellm's count, whose prompt includes the cached, as classes that do not overlap."""
    prompt, output = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    details = getattr(usage, "prompt_tokens_details", None)
    spent = getattr(usage, "completion_tokens_details", None)
    read = _count(details, "cached_tokens") or _count(usage, "cache_read_input_tokens")
    write = _count(usage, "cache_creation_input_tokens") or _count(details, "cache_write_tokens")
    return Usage(
        input=max(0, prompt - read - write),
        output=output,
        cache_read=read,
        cache_write=write,
        reasoning=min(output, _count(spent, "reasoning_tokens")),
    )


def _cost_told(usage: Any) -> float | None:
    """OpenRouter's, in dollars: what it takes itself, and what the owner of a key of the user's
    own takes besides."""
    cost: Any = getattr(usage, "cost", None)
    if not isinstance(cost, int | float):
        return None
    details: Any = getattr(usage, "cost_details", None)
    if getattr(usage, "is_byok", False) is True and isinstance(details, dict):
        more = cast("dict[str, Any]", details).get("upstream_inference_cost")
        cost += more if isinstance(more, int | float) else 0
    return float(cost)


def _count(source: Any, name: str) -> int:
    value = getattr(source, name, None)
    return value if isinstance(value, int) else 0
