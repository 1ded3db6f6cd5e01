"""The keyless default as a Provider: the same request gives the same stream, at no cost."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from opencode.core.delta import CallDelta, Delta, Finish, TextDelta
from opencode.core.error import UsageError
from opencode.core.message import Message, TextPart, ToolPart
from opencode.core.provider import ModelInfo, ModelRequest
from opencode.core.tool import NEEDS
from opencode.providers.keyless import INFO, MODEL
from opencode.providers.offline.asking import offered
from opencode.providers.offline.forms import nearest, understand
from opencode.providers.offline.grammar import Call, Context, Plan
from opencode.providers.offline.reading import MOST_FILES
from opencode.providers.offline.report import Say, fact, tell

_CONNECT = (
    "For a real model set ANTHROPIC_API_KEY, OPENAI_API_KEY or GOOGLE_API_KEY, or start Ollama "
    "(`ollama serve`), and choose it with `--model provider/model`."
)
_WHO = (
    "No model is configured. I am a rule-based interpreter: I can run explicit instructions such "
    "as `Read src/main.py`, `Find all TODO comments`, `Replace old_name with new_name in main.py` "
    "or `Run the tests`. I cannot reason about or write code."
)


class OfflineProvider:
    """Explicit English instructions become tool calls through the same loop and permissions as
    any model's. Whatever matches no form is refused with the nearest forms, never guessed.

    `say` puts a sentence of ours into the language of the person; what tools said stays."""

    def __init__(self, say: Say = str) -> None:
        self._say = say

    async def stream(self, request: ModelRequest) -> AsyncIterator[Delta]:
        """Text, then the calls of the next step if there is one, then Finish. Never fails."""
        text, calls = _reply(request, self._say)
        for paragraph in text.splitlines(keepends=True):
            yield TextDelta(paragraph)
        for index, call in enumerate(calls):
            yield CallDelta(_call_id(request, index), call.tool, call.input)
        yield Finish("tool_calls" if calls else "stop")

    async def models(self) -> list[ModelInfo]:
        """The one there is."""
        return [INFO]

    async def info(self, model: str) -> ModelInfo:
        """What is known of it; UsageError for every other name."""
        if model != MODEL:
            raise UsageError(f"There is no model {model!r} here.", hint=f"The only one is {MODEL}.")
        return INFO


@dataclass
class _Instruction:
    """One thing a person said, its plan, and the steps already taken for it."""

    text: str
    plan: Plan | None
    steps: list[list[ToolPart]] = field(default_factory=list[list[ToolPart]])

    def wanted(self) -> list[Call]:
        """The calls of the next step, none when it is done."""
        if self.plan is None or any(_is_over(call) for step in self.steps for call in step):
            return []
        plan = self.plan
        for step in self.steps:
            found = plan.then(step) if plan.then else []
            plan = found if isinstance(found, Plan) else Plan(found)
        return plan.calls


def _is_over(call: ToolPart) -> bool:
    return call.status in ("denied", "cancelled")


def _reply(request: ModelRequest, say: Say) -> tuple[str, list[Call]]:
    if not request.tools and not request.session:
        return "", []  # a title or a summary is asked for: that is a model's work
    names = frozenset(tool.name for tool in request.tools)
    said: list[str] = [] if _has_spoken(request.messages) else [_together(say(_WHO), say(_CONNECT))]
    told: list[str] = []
    for instruction in _instructions(request.messages):
        calls = instruction.wanted()
        known = [found for call in calls if (found := offered(call, names))]
        if known:
            return "\n\n".join(said) + "\n\n" * bool(said), known
        told.append(_outcome(instruction, calls, say, is_first=bool(said)))
    return "\n\n".join([*said, *told]), []


def _has_spoken(messages: list[Message]) -> bool:
    return any(message.role == "assistant" for message in messages)


def _instructions(messages: list[Message]) -> list[_Instruction]:
    """What was said in this run, with the steps already taken for each, in order. Prompts that
    were queued while a command ran stand after its step and are answered after it."""
    start = _start_of_run(messages)
    context = _context(messages[:start])
    steps = [m.calls for m in messages[start:] if m.role == "assistant" and m.calls]
    found: list[_Instruction] = []
    for text in _own_words(messages[start:]):
        instruction = _Instruction(text, understand(text, context))
        while steps and instruction.wanted():
            instruction.steps.append(steps.pop(0))
        found.append(instruction)
    return found


def _start_of_run(messages: list[Message]) -> int:
    """The index after the last answer before the newest prompt that ended a run: one of words
    only, or one that was cut short."""
    prompts = [i for i, message in enumerate(messages) if any(_own_words([message]))]
    for index in range(prompts[-1] - 1 if prompts else -1, -1, -1):
        message = messages[index]
        is_cut = any(call.status == "cancelled" for call in message.calls)
        if message.role == "assistant" and (is_cut or not message.calls):
            return index + 1
    return 0


def _own_words(messages: list[Message]) -> Iterator[str]:
    for message in messages:
        if message.role == "user":
            for part in message.parts:
                if isinstance(part, TextPart) and not part.origin and part.text.strip():
                    yield part.text


def _context(messages: list[Message]) -> Context:
    """The file and the URL that calls of this session touched last."""
    file = url = ""
    for call in (call for message in messages for call in message.calls):
        if call.tool in ("read", "edit", "write", "multiedit") and call.status == "completed":
            file = str(call.input.get("path", file))
        if call.tool == "webfetch":
            url = str(call.input.get("url", url))
    return Context(file, url)


def _outcome(instruction: _Instruction, missing: list[Call], say: Say, *, is_first: bool) -> str:
    """The final words on one instruction."""
    plan = instruction.plan
    if plan is None:
        return _not_understood(instruction.text, say, is_first=is_first)
    results = instruction.steps[-1] if instruction.steps else []
    words: list[str] = []
    if len(instruction.steps) == 1 and plan.nothing and not any(_failed(c) for c in results):
        words.append(say(plan.nothing))
    else:
        words.extend(_found_before(instruction, say))
        words.extend(tell(call, say) for call in results)
    if missing:
        words.append(say(_not_offered(missing[0].tool)))
    elif not instruction.steps:
        words.append(say(plan.nothing))
    if plan.left:
        rest = say(f"The rest (“{plan.left}”) needs a model.")
        words.append(rest if is_first else _together(rest, say(_CONNECT)))
    return "\n\n".join(words)


def _not_offered(tool: str) -> str:
    why = "it is switched off, not part of this agent, or its server is not connected"
    if tool in NEEDS:
        why = f"it needs {NEEDS[tool]}"
    return f"The `{tool}` tool this instruction needs is not offered here: {why}."


def _found_before(instruction: _Instruction, say: Say) -> list[str]:
    """How many files were found, when only the first of them were read."""
    if len(instruction.steps) < 2 or len(instruction.steps[-1]) < MOST_FILES:
        return []
    found = [fact(call, say) for call in instruction.steps[0]]
    return [" ".join(filter(None, [*found, say(f"The first {MOST_FILES} are read.")]))]


def _failed(call: ToolPart) -> bool:
    return call.status != "completed"


def _not_understood(text: str, say: Say, *, is_first: bool) -> str:
    forms = "\n".join(f"- {example}" for example in nearest(text))
    opening = (
        say("This instruction matches none of my forms. The nearest are:")
        if is_first
        else say(
            "This matches none of my forms: no model is configured, and I cannot reason about "
            "code. The nearest are:"
        )
    )
    closing = "" if is_first else f"\n\n{say(_CONNECT)}"
    return f"{opening}\n\n{forms}{closing}"


def _together(first: str, second: str) -> str:
    """Two sentences; a wide full stop brings its own space."""
    return first + second if first.endswith("。") else f"{first} {second}"


def _call_id(request: ModelRequest, index: int) -> str:
    """The same for the same request, another for every step of every session."""
    last = request.messages[-1].id if request.messages else ""
    seed = f"{request.session}/{last}/{len(request.messages)}/{index}"
    return f"call_{sha256(seed.encode()).hexdigest()[:24]}"
