"""What stands around a conversation of the page: servers that help, how the next answer is set."""

from msgspec import Struct
from msgspec.structs import replace

from opencode.core.code import ServerState
from opencode.core.door import McpServer
from opencode.i18n.english import translated
from opencode.server.access import login
from opencode.server.across import at_home
from opencode.server.protocol.taken_back import bring_again
from opencode.server.route import Call, Route
from opencode.workspace.workspace import Workspace

_AT_WORK = ("starting", "running", "failed")


class Servers(Struct):
    """The MCP servers of the settings, and the language servers that were started."""

    mcp: list[McpServer]
    code: list[ServerState]


class Standing(Struct):
    """What events do not tell of a session: the name of its page ("" when it is not shared), the
    effort that was chosen ("" when the settings speak), whether an undo can be taken back."""

    share: str
    effort: str
    can_redo: bool


async def servers(call: Call) -> Servers:
    """How each of them stands, with the reason in the reader's language."""
    language = login.spoken_by(call.request.headers)

    async def found(door: Workspace) -> Servers:
        code = door.rooms.code
        states = [one for one in code.states() if one.state in _AT_WORK] if code else []
        return Servers(await door.mcp_servers(), states)

    both = await at_home(call.state.door, found)
    return Servers(
        [replace(one, detail=translated(one.detail, language)) for one in both.mcp],
        [replace(one, detail=translated(one.detail, language)) for one in both.code],
    )


async def standing(call: Call) -> Standing:
    """Asked again when something of it may have changed."""
    door = call.state.door
    session = await door.session(call.session)
    shares = await door.shares()
    return Standing(shares.get(session.id, ""), session.effort, bool(session.undone))


async def redo(call: Call) -> bool:
    """Bring back what the last undo took; whether there is more."""
    session = await call.state.settled(call.session)
    if session.undone:
        session = await bring_again(call.state.door, session)
    return bool(session.undone)


ROUTES = (
    Route("POST", "/web/session/{sessionID}/redo", redo, "Redo one prompt.", answer=bool),
    Route("GET", "/web/servers", servers, "MCP and language servers.", answer=Servers),
    Route(
        "GET",
        "/web/session/{sessionID}/standing",
        standing,
        "Whether it is shared, and its effort.",
        answer=Standing,
    ),
)
