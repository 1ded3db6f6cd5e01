"""OpenAI's endpoints, as its own clients call them."""

import hashlib
from typing import Any, cast

import msgspec
from msgspec import Struct
from starlette.responses import Response

from opencode.agent.context.history import sendable
from opencode.core.error import UsageError
from opencode.core.message import Message
from opencode.core.provider import ModelInfo, ModelRequest, ToolSpec
from opencode.server.errors import openai_error, sentences
from opencode.server.openai.caller import Caller
from opencode.server.openai.chat import Answering
from opencode.server.openai.completion import Pump, conversation, table
from opencode.server.openai.responses import Responding, messages_of
from opencode.server.protocol.translate import version
from opencode.server.route import Call, Route, json


class ChatBody(Struct):
    """What is read of a request; the rest is accepted and has no effect. Many clients send null
    for what they leave out."""

    model: str
    messages: list[dict[str, Any]]
    stream: bool | None = None
    stream_options: dict[str, Any] | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: dict[str, Any] | None = None
    reasoning_effort: str | None = None
    top_p: float | None = None
    stop: str | list[str] | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logit_bias: dict[str, float] | None = None


class ResponseBody(Struct):
    """What is read of a request to the Responses API; the rest has no effect."""

    model: str
    input: str | list[dict[str, Any]]
    instructions: str | None = None
    stream: bool | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    text: dict[str, Any] | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_output_tokens: int | None = None
    reasoning: dict[str, Any] | None = None
    metadata: dict[str, str] | None = None
    previous_response_id: str | None = None


class ModelCard(Struct):
    """A model as OpenAI lists it."""

    id: str
    created: int
    owned_by: str
    object: str = "model"


class ModelList(Struct):
    """All of them."""

    data: list[ModelCard]
    object: str = "list"


async def health(call: Call) -> dict[str, Any]:
    """Whether the server answers."""
    del call
    return {"status": "ok", "healthy": True, "version": version()}


async def models(call: Call) -> ModelList:
    """The aliases and every `provider/model` that can be asked."""
    return ModelList(await _cards(call))


async def model(call: Call) -> Any:
    """One of them."""
    wanted = call.path["model"]
    for card in await _cards(call):
        if card.id == wanted:
            return card
    return _unknown(wanted, "")


async def chat(call: Call) -> Response:
    """An answer, whole or as it comes."""
    body: ChatBody = call.body
    if call.state.completions.takes_any_name:
        body = ChatBody(body.model, body.messages, body.stream, body.stream_options)
    system, said = conversation(body.messages)
    tools = [] if body.tool_choice == "none" else _tools(body.tools or [])
    try:
        info = await _info(call, body.model)
    except UsageError as error:
        return _unknown(body.model, sentences(error.message, error.hint))
    request = ModelRequest(
        info.id,
        system,
        _sendable(call, said, info),
        tools,
        session=_talk(system, body.messages),
        max_tokens=body.max_completion_tokens or body.max_tokens,
        temperature=body.temperature,
        effort=body.reasoning_effort or "",
        options=_wishes(
            bool(tools),
            tool_choice=body.tool_choice,
            parallel_tool_calls=body.parallel_tool_calls,
            response_format=body.response_format,
            top_p=body.top_p,
            stop=body.stop,
            seed=body.seed,
            presence_penalty=body.presence_penalty,
            frequency_penalty=body.frequency_penalty,
            logit_bias=body.logit_bias,
        ),
    )
    answering = Answering(
        _caller(call, body.model, request),
        with_usage=bool((body.stream_options or {}).get("include_usage")),
    )
    return await (answering.stream() if body.stream else answering.whole())


async def respond(call: Call) -> Response:
    """The same in the Responses API's form. Nothing is stored: callers send the conversation."""
    body: ResponseBody = call.body
    if body.previous_response_id:
        raise UsageError("Nothing is stored here: send the whole conversation in `input`.")
    messages = messages_of(body.instructions or "", body.input)
    system, said = conversation(messages)
    given = [_as_in_chat(one) for one in body.tools or []]
    tools = [] if body.tool_choice == "none" else _tools(given)
    try:
        info = await _info(call, body.model)
    except UsageError as error:
        return _unknown(body.model, sentences(error.message, error.hint))
    request = ModelRequest(
        info.id,
        system,
        _sendable(call, said, info),
        tools,
        session=_talk(system, messages),
        max_tokens=body.max_output_tokens,
        temperature=body.temperature,
        effort=str((body.reasoning or {}).get("effort") or ""),
        options=_wishes(
            bool(tools),
            tool_choice=_choice_as_in_chat(body.tool_choice),
            parallel_tool_calls=body.parallel_tool_calls,
            response_format=_format_as_in_chat(body.text or {}),
            top_p=body.top_p,
        ),
    )
    head = {
        "model": body.model,
        "instructions": body.instructions or None,
        "metadata": body.metadata or {},
        "temperature": body.temperature,
        "max_output_tokens": body.max_output_tokens,
        "tools": body.tools or [],
        "tool_choice": body.tool_choice or "auto",
        "top_p": body.top_p,
        "reasoning": {"effort": None, "summary": None, **(body.reasoning or {})},
    }
    responding = Responding(_caller(call, body.model, request), head)
    return await (responding.stream() if body.stream else responding.whole())


def _sendable(call: Call, said: list[Message], info: ModelInfo) -> list[Message]:
    fit = call.state.door.rooms.media.fit
    return sendable(said, can_see=info.can_see, can_read_pdf=info.can_read_pdf, fit=fit)


def _wishes(has_tools: bool, **said: Any) -> dict[str, Any]:
    """What a caller asks for besides words, in chat completions' names; a provider that does not
    know one is asked without it."""
    if not has_tools or said["tool_choice"] in ("auto", "none"):
        del said["tool_choice"]
    if not has_tools:
        del said["parallel_tool_calls"]
    return {name: value for name, value in said.items() if value is not None}


def _choice_as_in_chat(choice: Any) -> Any:
    """A function that must be called; the words are the same."""
    if not isinstance(choice, dict):
        return choice
    named = cast("dict[str, Any]", choice)
    if named.get("type") != "function":
        return None
    return {"type": "function", "function": {"name": named.get("name")}}


def _format_as_in_chat(text: dict[str, Any]) -> dict[str, Any] | None:
    """The flat form of an answer's schema as chat completions nest it."""
    wanted = table(text.get("format"), "format")
    if wanted.get("type") != "json_schema":
        return wanted if wanted.get("type") == "json_object" else None
    schema = {key: value for key, value in wanted.items() if key != "type"}
    return {"type": "json_schema", "json_schema": schema}


def _as_in_chat(tool: dict[str, Any]) -> dict[str, Any]:
    """The flat form of a function as chat completions nest it."""
    if tool.get("type") != "function":
        raise UsageError(f"`tools` holds a {tool.get('type')!r}; only functions can be.")
    return {"type": "function", "function": tool}


def _caller(call: Call, name: str, request: ModelRequest) -> Caller:
    stream = call.state.door.rooms.provider.stream(request)
    seconds = call.state.completions.seconds
    pump = Pump(call.state.spawn, stream)
    return Caller(pump, call.request, name=name, served=request.model, seconds=seconds)


async def _cards(call: Call) -> list[ModelCard]:
    began = int(call.state.began)
    aliases = call.state.completions.aliases
    found = {info.id: info.provider for info in await call.state.door.models()}
    own = [ModelCard(name, began, "opencode") for name in aliases if name not in found]
    return [*own, *(ModelCard(name, began, owner) for name, owner in found.items())]


async def _info(call: Call, name: str) -> ModelInfo:
    """The model that answers to that name. UsageError when none does."""
    settings, door = call.state.completions, call.state.door
    chosen = settings.model or door.model
    if name in settings.aliases:
        return await door.rooms.provider.info(chosen)
    if settings.takes_any_name:
        known = {info.id for info in await door.models()}
        name = name if name in known else chosen
    elif "/" not in name:
        raise UsageError(f"There is no model {name!r}.", hint="GET /v1/models lists them.")
    return await door.rooms.provider.info(name)


def _talk(system: str, messages: list[dict[str, Any]]) -> str:
    """The same for all turns of one conversation, so that a provider's cache is met again."""
    first = msgspec.json.encode([system, messages[:1]])
    return f"chat_{hashlib.sha256(first).hexdigest()[:24]}"


def _unknown(name: str, why: str) -> Response:
    words = why.strip() or f"The model {name!r} does not exist."
    return json(openai_error(404, words, "model_not_found", "model"), 404)


def _tools(given: list[dict[str, Any]]) -> list[ToolSpec]:
    found: list[ToolSpec] = []
    for one in given:
        function = table(one.get("function"), "function")
        if one.get("type") != "function" or not function.get("name"):
            raise UsageError("`tools` holds something that is no function with a name.")
        schema = table(function.get("parameters"), "parameters")
        schema = schema or {"type": "object", "properties": {}}
        words = str(function.get("description") or "")
        found.append(ToolSpec(str(function["name"]), words, schema))
    return found


ROUTES = (
    Route("GET", "/health", health, "Whether the server answers."),
    Route("GET", "/v1/models", models, "Models that can be asked.", answer=ModelList),
    Route("GET", "/v1/models/{model:path}", model, "One model.", answer=ModelCard),
    Route("POST", "/v1/responses", respond, "The same, as responses.", ResponseBody),
    Route("POST", "/v1/chat/completions", chat, "An answer, whole or streamed.", ChatBody),
)
