"""Who answers next: chosen here, and known to the original's server once a prompt has told it."""

from msgspec import structs

from opencode.core.session import SessionInfo
from opencode.remote.original.plain import Json
from opencode.remote.original.reading import info_of
from opencode.remote.original.saying import Who, who_of
from opencode.remote.original.wire import Wire


class Choosing:
    """What was chosen on this side, by session."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._ours: dict[str, Who] = {}

    def choose(self, session: str, who: Who) -> None:
        """Let them answer from the next prompt on."""
        self._ours[session] = who

    async def who(self, session: str) -> Who:
        """Who answers the next prompt."""
        if ours := self._ours.get(session):
            return ours
        return who_of(await self._wire.get(f"/session/{session}"))

    def info(self, one: Json) -> SessionInfo:
        """A session as people here see it; what the server says by now is chosen no more."""
        info, ours = info_of(one), self._ours.get(one["id"])
        if ours is None:
            return info
        theirs = who_of(one)
        same = ours.agent in ("", theirs.agent) and ours.model in ("", theirs.model)
        if same and ours.effort == theirs.effort:
            del self._ours[info.id]
            return info
        return structs.replace(info, agent=ours.agent or info.agent, model=ours.model or info.model)
