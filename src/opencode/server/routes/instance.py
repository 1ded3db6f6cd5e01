"""What clients ask of the whole server: to begin anew, and what it can do besides."""

from msgspec import Struct, field

from opencode.server.route import Call, Route
from opencode.server.stream.frame import Frame


class Capabilities(Struct):
    """What not every server can."""

    backgroundSubagents: bool = True


class Console(Struct):
    """Accounts of the original's own service: there are none."""

    consoleManagedProviders: list[str] = field(default_factory=list)
    switchableOrgCount: int = 0


async def dispose(call: Call) -> bool:
    """Stop every run and tell everyone to read anew. The project stays open."""
    for session in [*call.state.feed.busy]:
        await call.state.door.cancel(session)
    told = {"directory": str(call.state.directory)}
    call.state.feed.publish(Frame("server.instance.disposed", told))
    return True


async def capabilities(call: Call) -> Capabilities:
    """What not every server can."""
    del call
    return Capabilities()


async def background(call: Call) -> bool:
    """Let sub-agents that are waited for go on in the background; false when there are none."""
    session = await call.state.door.session(call.session)
    return await call.state.door.to_background(session.id)


async def console(call: Call) -> Console:
    """No accounts."""
    del call
    return Console()


ROUTES = (
    Route("POST", "/instance/dispose", dispose, "Stop every run.", answer=bool),
    Route("POST", "/global/dispose", dispose, "Stop every run.", answer=bool),
    Route("GET", "/experimental/capabilities", capabilities, "What it can.", answer=Capabilities),
    Route(
        "POST",
        "/experimental/session/{sessionID}/background",
        background,
        "Send its sub-agents into the background.",
        answer=bool,
    ),
    Route("GET", "/experimental/console", console, "No accounts.", answer=Console),
)
