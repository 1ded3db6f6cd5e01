"""What a session is called: its first words at once, a model's better idea later."""

from opencode.agent.errand import words_and_cost
from opencode.core.agent import Agent
from opencode.core.delta import Usage
from opencode.core.message import user_message
from opencode.core.provider import ModelRequest, Provider

_LENGTH = 60
_WORDS = (
    "Name this conversation by its topic in at most six words, in the user's language. "
    "Answer with the name only: no quotes, no full stop."
)


def title_of_words(text: str) -> str:
    """The first line of the prompt, cut at a word."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if len(line) <= _LENGTH:
        return line
    return line[:_LENGTH].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


async def title_of_model(
    provider: Provider, agent: Agent, model: str, text: str
) -> tuple[str, Usage]:
    """A name by the agent's model, else by `model`, "" when it gave none, and what that cost."""
    request = ModelRequest(
        agent.model or model,
        agent.prompt or _WORDS,
        [user_message(text[:4000])],
        max_tokens=60,
        temperature=agent.temperature,
        effort=agent.effort,
        options=agent.options,
    )
    said, usage = await words_and_cost(provider, request)
    lines = [line.strip(" \"'`#*.") for line in said.splitlines()]
    return next((line[:_LENGTH] for line in reversed(lines) if line), ""), usage
