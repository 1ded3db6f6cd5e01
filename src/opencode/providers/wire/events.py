"""No event of a stream is lost: litellm passes over those it cannot read, and takes any in which
`[DONE]` is quoted for the end."""

import json
from collections.abc import Callable
from typing import Any

from opencode.core.error import Unavailable

_END = "[DONE]"


def heed_each(chunks: Any, provider: str) -> None:
    """Let one that is no JSON raise Unavailable, on the wires where litellm says nothing: those
    of OpenAI and their like, and Ollama's."""
    source: Any = getattr(chunks, "streaming_response", None)
    process: Callable[[str], Any] | None = getattr(source, "_process_chunk", None)
    own: Callable[[str], Any] | None = getattr(chunks, "_handle_string_chunk", None)

    def processed(data: str) -> Any:
        assert process is not None
        found = process(data)
        if found is None and data.strip() not in ("", _END):
            _read(data, provider)
        return found

    def handled(str_line: str) -> Any:
        assert own is not None
        data = str_line.removeprefix("data:").strip()
        if data == _END:
            return own(str_line)
        if not str_line.startswith(("data:", "{")) or not data:
            return own("")
        found = _read(data, provider)
        return chunks.chunk_parser(found) if found else own("")

    if process:
        source._process_chunk = processed
    elif own:
        chunks._handle_string_chunk = handled


def _read(data: str, provider: str) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        raise Unavailable(f"{provider} sent an event that cannot be read") from None
