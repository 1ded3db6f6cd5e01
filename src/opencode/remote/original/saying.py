"""A prompt as the original's server takes it: commands, mentions, attachments, who answers."""

import mimetypes
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from msgspec import Struct

from opencode.core.agent import Agent
from opencode.core.door import Along
from opencode.core.error import OpenCodeError, UsageError
from opencode.core.mention import FileMention, agent_prefix, file_mentions
from opencode.core.message import FilePart, Part, TextPart
from opencode.remote.original.plain import Json, inner
from opencode.remote.original.reading import effort_of, model_of
from opencode.remote.original.wire import Wire

_FOLDER = "application/x-directory"


class Who(Struct, frozen=True):
    """Who answers; "" leaves it to the server."""

    agent: str = ""
    model: str = ""
    effort: str = ""

    def body(self) -> Json:
        """In a prompt."""
        found: Json = {"agent": self.agent} if self.agent else {}
        if self.model:
            found["model"] = named(self.model)
        return found | ({"variant": self.effort} if self.effort else {})


def who_of(session: Json) -> Who:
    """Who answered last in a session."""
    model: Json = inner(session, "model")
    return Who(session.get("agent") or "", model_of(model), effort_of(model))


def named(model: str, key: str = "modelID") -> Json:
    """`provider/model` in two."""
    provider, _, name = model.partition("/")
    return {"providerID": provider, key: name}


def called(text: str, commands: Iterable[str]) -> tuple[str, str]:
    """A command's name and its words when the prompt calls one, else ("", "")."""
    name, _, words = text.removeprefix("/").partition(" ")
    return (name, words.strip()) if text.startswith("/") and name in commands else ("", "")


async def body_of(
    wire: Wire, text: str, parts: Sequence[Part], agents: Sequence[Agent]
) -> tuple[str, list[Json]]:
    """The agent that is named in front ("" when none is) and the parts to send."""
    agent, words = agent_prefix(text, {one.name: one for one in agents})
    sent: list[Json] = [{"type": "text", "text": words}] if words else []
    sent.extend(map(_part, parts))
    helping = {one.name for one in agents if one.mode != "primary"}
    for mention in file_mentions(words):
        if mention.path in helping:
            sent.append({"type": "agent", "name": mention.path})
        elif found := await _file(wire, mention):
            sent.append(found)
    return agent, sent


def along_of(along: Along) -> Json:
    """What programs send with it."""
    found: Json = {"messageID": along.id} if along.id else {}
    if along.wish and along.wish.system:
        found["system"] = along.wish.system
    if along.wish and along.wish.tools:
        found["tools"] = along.wish.tools
    return found if along.wants_answer else {**found, "noReply": True}


async def _file(wire: Wire, mention: FileMention) -> Json | None:
    """The server's own file or folder of that name; None when it has none."""
    above, _, name = mention.path.rstrip("/").rpartition("/")
    try:
        entries: list[Json] = await wire.get("/file", {"path": above or "."})
    except OpenCodeError:
        return None
    found = next((one for one in entries if one["name"] == name), None)
    if found is None:
        return None
    is_folder = found["type"] == "directory"
    lines = f"?start={mention.first}&end={mention.last}" if mention.first else ""
    return {
        "type": "file",
        "mime": _FOLDER if is_folder else _mime(name),
        "filename": mention.path,
        "url": _url(str(found["absolute"])) + lines,
    }


def _url(path: str) -> str:
    """Of a file there, whatever system that is."""
    plain = path.replace("\\", "/") if path[1:2] == ":" else path
    return f"file://{'' if plain.startswith('/') else '/'}{quote(plain, safe='/:')}"


def _mime(name: str) -> str:
    kind = mimetypes.guess_type(name)[0] or ""
    return kind if kind.startswith("image/") or kind == "application/pdf" else "text/plain"


def _part(part: Part) -> Json:
    match part:
        case FilePart():
            url = (
                f"data:{part.mime};base64,{part.data}"
                if part.data
                else f"file://{quote(part.path)}"
            )
            return {"type": "file", "mime": part.mime, "filename": part.name, "url": url}
        case TextPart():
            return {"type": "text", "text": part.text, "synthetic": bool(part.origin)}
        case _:
            raise UsageError("Only text and files can be sent to the original's server.")
