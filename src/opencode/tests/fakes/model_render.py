"""A turn of a script as the events of the wire that was asked."""

from typing import Any

from opencode.tests.fakes.model_wires import Wire
from opencode.tests.fakes.wires_clouds import bedrock, cohere
from opencode.tests.fakes.wires_openai import chat, responses
from opencode.tests.fakes.wires_others import anthropic, gemini, ollama


def wire_of(path: str) -> Wire | None:
    """Which wire a path belongs to."""
    endings: tuple[tuple[str, Wire], ...] = (
        ("/chat/completions", "chat"),
        ("/responses", "responses"),
        ("/messages", "anthropic"),
        (":streamGenerateContent", "gemini"),
        (":streamRawPredict", "anthropic"),
        ("/converse-stream", "bedrock"),
        ("/v2/chat", "cohere"),
        ("/api/chat", "ollama"),
    )
    return next((wire for ending, wire in endings if path.endswith(ending)), None)


def frames(wire: Wire, turn: dict[str, Any], body: Any) -> list[bytes | float]:
    """The events of a turn as they go out; numbers are seconds to wait."""
    render = {
        "chat": chat,
        "responses": responses,
        "anthropic": anthropic,
        "gemini": gemini,
        "ollama": ollama,
        "cohere": cohere,
        "bedrock": bedrock,
    }[wire]
    model = body.get("model", "") if isinstance(body, dict) else ""
    return list(render(turn, model))
