"""Our model, lent to a tool: an MCP server may want an answer of its own, paid by the session."""

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from opencode.core.delta import Finish
from opencode.core.error import ProviderError, ToolError
from opencode.core.ids import new_id
from opencode.core.message import Message, absorb
from opencode.core.provider import ModelRequest, Provider
from opencode.core.session import Session


def lent(
    provider: Provider, session: Session, model: str
) -> Callable[[ModelRequest], Awaitable[Message]]:
    """See `core.tool.ToolContext.ask_model`: `model` answers where a request names none."""

    async def ask(request: ModelRequest) -> Message:
        wanted = replace(request, model=request.model or model, session=session.id)
        answer = Message(new_id("msg"), "assistant", model=wanted.model)
        try:
            async for delta in provider.stream(wanted):
                absorb(answer, delta)
                if isinstance(delta, Finish):
                    session.usage += delta.usage
        except ProviderError as error:
            raise ToolError(f"The model did not answer: {error.message}") from error
        return answer

    return ask
