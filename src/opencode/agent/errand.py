"""A request beside the conversation: only its words and its cost are of interest."""

from opencode.core.delta import Finish, TextDelta, Usage
from opencode.core.provider import ModelRequest, Provider


async def words_and_cost(provider: Provider, request: ModelRequest) -> tuple[str, Usage]:
    """What the model says to it."""
    pieces: list[str] = []
    usage = Usage()
    async for delta in provider.stream(request):
        match delta:
            case TextDelta():
                pieces.append(delta.text)
            case Finish():
                usage = delta.usage
            case _:
                pass
    return "".join(pieces), usage
