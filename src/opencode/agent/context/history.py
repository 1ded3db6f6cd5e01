"""Builds every request from history, so that no provider ever rejects one for its shape."""

import re
from collections.abc import Iterable, Sequence
from operator import attrgetter, is_
from typing import Any, cast

import msgspec
from msgspec.structs import replace

from opencode.agent.context.media import Fit, Media, files_of, note_of, too_old
from opencode.agent.context.settled import old, same
from opencode.core.message import (
    FilePart,
    Message,
    OpaquePart,
    Part,
    ReasoningPart,
    TextPart,
    ToolPart,
)

PRUNED = "[This output was removed to make room. Call the tool again if you need it.]"
_EMPTY = "(no output)"
_INTERRUPTED = "Interrupted before it ended; there is no result."
_BEGINNING = "(The conversation goes on from here.)"
_GO_ON = "Go on."
_NAME = re.compile(r"[^A-Za-z0-9_-]")
_IS_SUMMARY = attrgetter("summary")
_SURROGATE = re.compile("[\ud800-\udfff]")


def sendable(
    messages: Sequence[Message],
    *,
    limit: int = 0,
    can_see: bool = True,
    can_read_pdf: bool = True,
    fit: Fit | None = None,
    sound: "Sound | None" = None,
) -> list[Message]:
    """The messages of the next request. The input is never changed; what needs no repair is
    passed on as it is, so the result must not be changed either.

    From the newest summary on; at most `limit` messages (0: all), cut only at a person's message.
    Every call has one outcome, a name and an id of its own; empty messages and parts, parts of
    newer versions and dangling thoughts are gone; neighbours of one role are one message; the
    first message is the user's and the last one wants an answer; media the model cannot read or
    no provider takes (`fit`, by default `Media().fit`) are notes.

    The same history gives the same bytes: a longer one begins with what a shorter one gave, but
    for the breaks that are meant (summary, limit, pruned output, media beyond the budget).

    `sound` remembers what the old messages became; keep one as long as the session.
    """
    chosen = _limited(from_summary(messages), limit)
    look = _Look(can_see, can_read_pdf, fit or Media().fit)
    sound = Sound() if sound is None else sound
    sound.follow(chosen, look)
    names, made = sound.names.copy(), [*sound.made]
    for message in chosen[len(sound.source) :]:
        _join(made, _repaired(message, names, look))
    if made and made[-1].role == "assistant" and not made[-1].calls:
        made.append(Message("msg_go_on", "user", [TextPart(_GO_ON)], created=0.0))
    return made


class Sound:
    """What the old messages of one conversation became, so that a request costs what is new."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self.source: list[Message] = []
        self.made: list[Message] = []
        self.names = _Names()
        self._look: _Look | None = None
        self._with_files: list[Message] = []

    def follow(self, chosen: Sequence[Message], look: "_Look") -> None:
        """Go on with what is old now; begin anew where it is not what it was, or is looked at
        with other eyes. Tells `look` which files are too old."""
        settled = old(chosen)
        known = len(self.source)
        if known > len(settled) or same(self.source, settled) < known:
            self._begin()
        look.too_old = too_old([*self._with_files, *chosen[len(self.source) :]])
        if self._look is not None and not self._look.sees_alike(look, self._with_files):
            self._begin()
            look.too_old = too_old(chosen)
        self._look = look
        for message in settled[len(self.source) :]:
            if any(call.is_open for call in message.calls):
                break  # not old yet, whatever came after it
            _join(self.made, _repaired(message, self.names, look))
            self.source.append(message)
            if any(files_of([message])):
                self._with_files.append(message)


def from_summary(messages: Sequence[Message]) -> Sequence[Message]:
    """What requests are made of: everything from the newest fold on."""
    return messages[max(bytes(map(_IS_SUMMARY, messages)).rfind(1), 0) :]


def _limited(messages: Sequence[Message], limit: int) -> Sequence[Message]:
    """The longest tail of at most `limit` messages that begins with a person's; when the newest
    run alone is longer, that run. A summary at the head always stays."""
    if limit <= 0 or len(messages) <= limit:
        return messages
    head = messages[:1] if messages[0].summary else messages[:0]
    prompts = [i for i, m in enumerate(messages) if m.role == "user" and m.text.strip()]
    if not prompts:
        return messages
    inside = [index for index in prompts if len(messages) - index + len(head) <= limit]
    start = inside[0] if inside else prompts[-1]
    return [*head, *messages[max(start, len(head)) :]]


class _Names:
    """Gives calls ids of their own: providers reject a history that uses one twice."""

    def __init__(self, used: dict[str, int] | None = None) -> None:
        self._used = used or {}
        """How often each was given: some servers call every call the same."""

    def copy(self) -> "_Names":
        return _Names(self._used.copy())

    def of(self, call: ToolPart, message: Message) -> str:
        wanted = name = call.id or f"call_{message.id}"
        while name in self._used:
            self._used[wanted] += 1
            name = f"{wanted}_{self._used[wanted]}"
        self._used[name] = 1
        return name


class _Look:
    """What this model can be shown."""

    def __init__(self, can_see: bool, can_read_pdf: bool, fit: Fit) -> None:
        self.can_see, self.can_read_pdf, self.fit = can_see, can_read_pdf, fit
        self.too_old: set[int] = set()

    def sees_alike(self, other: "_Look", messages: Sequence[Message]) -> bool:
        """Whether the other one shows the files of these messages in the same way."""
        files = set(map(id, files_of(messages)))
        return (self.can_see, self.can_read_pdf, self.fit, self.too_old & files) == (
            *(other.can_see, other.can_read_pdf, other.fit),
            other.too_old & files,
        )

    def show(self, file: FilePart) -> FilePart | str:
        """The file as it may be sent, or the note that stands for it."""
        if file.mime.startswith("image/") and not self.can_see:
            return note_of(file, "this model cannot see images")
        if file.mime == "application/pdf" and not self.can_read_pdf:
            return note_of(file, "this model cannot read PDFs")
        if id(file) in self.too_old:
            return note_of(file, "left out to make room")
        return self.fit(file)


def _repaired(message: Message, names: _Names, look: _Look) -> Message:
    parts: list[Part] = []
    for part in message.parts:
        parts.extend(_repaired_part(part, message, names, look))
    role = "user" if message.summary else message.role
    if role == "assistant":
        parts = _without_dangling_thoughts(parts, is_cut=message.finish in ("error", "cancelled"))
    else:
        parts = [part for part in parts if not isinstance(part, ToolPart | ReasoningPart)]
    is_whole = len(parts) == len(message.parts) and all(map(is_, parts, message.parts))
    if is_whole and role == message.role:
        return message
    return replace(message, parts=parts, role=role)


def _repaired_part(part: Part, message: Message, names: _Names, look: _Look) -> Iterable[Part]:
    match part:
        case TextPart():
            text = _clean(part.text)
            if text.strip():
                yield part if text is part.text else replace(part, text=text)
        case ReasoningPart():
            text = _clean(part.text)
            if text.strip() or part.meta:
                yield part if text is part.text else replace(part, text=text)
        case FilePart():
            shown = look.show(part)
            yield TextPart(shown) if isinstance(shown, str) else shown
        case ToolPart():
            yield _repaired_call(part, names.of(part, message), look)
        case OpaquePart():
            pass


def _repaired_call(call: ToolPart, name: str, look: _Look) -> ToolPart:
    changes: dict[str, Any] = {}
    output, files = _outcome(call, look)
    if output != call.output:
        changes["output"] = output
    if len(files) != len(call.files) or not all(map(is_, files, call.files)):
        changes["files"] = files
    if call.is_open:
        changes["status"] = "cancelled"
    if name != call.id:
        changes["id"] = name
    tool = _NAME.sub("_", call.tool)[:64] or "unknown"
    if tool != call.tool:
        changes["tool"] = tool
    given = _clean_input(call.input)
    if given is not call.input:
        changes["input"] = given
    return replace(call, **changes) if changes else call


def _outcome(call: ToolPart, look: _Look) -> tuple[str, list[FilePart]]:
    if call.pruned:
        return PRUNED, []
    shown = [look.show(file) for file in call.files]
    files = [file for file in shown if isinstance(file, FilePart)]
    notes = [note for note in shown if isinstance(note, str)]
    text = _INTERRUPTED if call.is_open and not call.output else _clean(call.output)
    whole = "\n".join([text, *notes]) if notes else text
    return (whole if whole.strip() else _EMPTY), files


def _without_dangling_thoughts(parts: list[Part], *, is_cut: bool) -> list[Part]:
    """Thoughts that lead to nothing are refused by providers, and so are those of a cut answer
    that lack their signature."""
    end = len(parts)
    while end and isinstance(parts[end - 1], ReasoningPart):
        end -= 1
    kept = parts[:end]
    if is_cut:
        kept = [part for part in kept if not isinstance(part, ReasoningPart) or part.meta]
    return kept


def _join(made: list[Message], message: Message) -> None:
    """Neighbours of one role become one; answers with calls have their results between them. The
    first one is a person's."""
    if not message.parts:
        return
    last = made[-1] if made else None
    if last is None and message.role == "assistant":
        made.append(Message("msg_beginning", "user", [TextPart(_BEGINNING)], created=0.0))
    if last is not None and last.role == message.role and not last.calls:
        made[-1] = replace(last, parts=[*last.parts, *message.parts])
    else:
        made.append(message)


def _clean(text: str) -> str:
    """The text without characters that cannot be sent; the same object when there are none."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = _SURROGATE.sub("�", text)
    return text.replace("\0", "�") if "\0" in text else text


def _clean_input(given: dict[str, Any]) -> dict[str, Any]:
    try:
        clean = b"\\u0000" not in msgspec.json.encode(given)  # nearly always, and ten times faster
    except UnicodeEncodeError:
        clean = False
    return given if clean else _clean_tree(given)


def _clean_tree(value: Any) -> Any:
    match value:
        case str():
            return _clean(value)
        case dict():
            given = cast("dict[str, Any]", value)
            cleaned = {_clean(key): _clean_tree(held) for key, held in given.items()}
            is_clean = all(map(_is_same, cleaned.items(), given.items()))
            return given if is_clean and len(cleaned) == len(given) else cleaned
        case list():
            items = cast("list[Any]", value)
            found = [_clean_tree(item) for item in items]
            return items if all(map(is_, found, items)) else found
        case _:
            return value


def _is_same(one: tuple[str, Any], other: tuple[str, Any]) -> bool:
    return one[0] is other[0] and one[1] is other[1]
