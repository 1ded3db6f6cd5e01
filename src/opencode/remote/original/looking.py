"""What there is on the original's server: agents, commands, models, MCP servers, changes."""

import re
from typing import Literal
from urllib.parse import quote

from opencode.core.agent import Agent
from opencode.core.command import Command
from opencode.core.display import Diff
from opencode.core.door import McpServer
from opencode.core.error import SessionNotFound, UsageError
from opencode.core.provider import ModelInfo
from opencode.core.review import Changed
from opencode.core.shell import Isolation
from opencode.remote.original.plain import Json, inner, names, rows
from opencode.remote.original.reading import model_of
from opencode.remote.original.shown import diff_of
from opencode.remote.original.wire import Wire

_MODES: dict[str, Literal["primary", "subagent", "all"]] = {"subagent": "subagent", "all": "all"}
_STATES = {
    "connected": "ready",
    "needs_auth": "login",
    "needs_client_registration": "login",
}
_MANY = 1_000
_WHOLE_ID = re.compile(r"ses_[0-9A-Za-z]{26}")


class Looking:
    """See `core.door.Looking`, `Reviewing` and `Sharing`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def agents(self) -> list[Agent]:
        """See Door."""
        config: Json = await self._wire.get("/config")
        first = config.get("default_agent") or "build"
        found = [_agent(one) for one in await self._wire.get("/agent")]
        return sorted(found, key=lambda agent: agent.name != first)

    async def commands(self) -> list[Command]:
        """See Door."""
        found = await self._wire.get("/command")
        return sorted((_command(one) for one in found), key=lambda command: command.name)

    async def models(self) -> list[ModelInfo]:
        """See Door. Of those providers only that can be asked."""
        found: Json = await self._wire.get("/config/providers")
        return [
            _model(one, provider["id"])
            for provider in found["providers"]
            for one in provider["models"].values()
        ]

    async def default_model(self) -> ModelInfo:
        """See Door."""
        config: Json = await self._wire.get("/config")
        found: Json = await self._wire.get("/config/providers")
        firsts = (f"{p}/{m}" for p, m in found.get("default", {}).items())
        name = str(config.get("model") or next(firsts, ""))
        known = {model.id: model for model in await self.models()}
        return known.get(name) or ModelInfo(name)

    async def mcp_servers(self) -> list[McpServer]:
        """See Door. What they offer is not told."""
        config: Json = await self._wire.get("/config")
        states: dict[str, Json] = await self._wire.get("/mcp")
        known: dict[str, Json] = inner(config, "mcp")
        return [_server(name, one, known.get(name) or {}) for name, one in states.items()]

    async def turn_mcp_server(self, name: str, on: bool) -> None:
        """See Door."""
        word = "connect" if on else "disconnect"
        await self._wire.post(f"/mcp/{quote(name, '')}/{word}")

    async def isolation(self) -> Isolation:
        """Nothing stands between an agent and the machine there."""
        return "none"

    async def changes(self, session_id: str) -> list[Changed]:
        """What its prompts changed, as the server noted it; taken back with /undo only."""
        said: list[Json] = await self._wire.get(f"/session/{session_id}/message")
        session: Json = await self._wire.get(f"/session/{session_id}")
        until = str(inner(session, "revert").get("messageID") or "")
        found: dict[str, list[Json]] = {}
        for entry in said:
            if until and entry["info"]["id"] == until:
                break
            for one in diffs_of(entry["info"]):
                found.setdefault(str(one.get("file") or ""), []).append(one)
        return [_changed(path, found[path]) for path in sorted(found)]

    async def revert(
        self, session_id: str, path: str, hunk: int | None = None, version: str = ""
    ) -> str:
        """Refused."""
        del session_id, path, hunk, version
        raise UsageError(
            "The original's server takes changes back with the whole prompt only.",
            hint="/undo does that.",
        )

    async def restore(self, session_id: str, path: str, version: str) -> None:
        """Refused."""
        del session_id, path, version
        raise UsageError(
            "The original's server brings changes again with the whole prompt only.",
            hint="/redo does that.",
        )

    async def share(self, session_id: str) -> str:
        """See Door; the page's whole address."""
        found: Json = await self._wire.post(f"/session/{session_id}/share")
        return str(inner(found, "share").get("url") or "")

    async def unshare(self, session_id: str) -> bool:
        """See Door."""
        was = session_id in await self.shares()
        await self._wire.delete(f"/session/{session_id}/share")
        return was

    async def shares(self) -> dict[str, str]:
        """See Door; whole addresses."""
        found = await listed(self._wire)
        pages = {one["id"]: inner(one, "share").get("url") for one in found}
        return {session: str(url) for session, url in pages.items() if url}


async def listed(wire: Wire, query: str = "", limit: int = 0) -> list[Json]:
    """The project's sessions, newest first. Folders without a history of git are all one project
    there: of those only what was said in this one."""
    asked = {"search": query, "limit": limit or _MANY}
    found: list[Json] = await wire.get("/session", asked)
    if all(one.get("projectID") != "global" for one in found):
        return found
    here = (await wire.get("/path")).get("directory")
    return [one for one in found if one.get("directory") == here]


async def whole_id(wire: Wire, session_id: str) -> str:
    """The session a beginning of its id means. SessionNotFound when there is none, or several."""
    if _WHOLE_ID.fullmatch(session_id):
        return session_id
    start = f"ses_{session_id.removeprefix('ses_')}"
    found = [one["id"] for one in await listed(wire) if one["id"].startswith(start)]
    if len(found) == 1:
        return found[0]
    if found:
        raise SessionNotFound(f"Several sessions begin with {session_id!r}.")
    raise SessionNotFound(f"There is no session {session_id!r}.", hint="/sessions lists them.")


def diffs_of(info: Json) -> list[Json]:
    """What a prompt changed: the server notes it with the prompt."""
    return rows(inner(info, "summary"), "diffs")


def _agent(one: Json) -> Agent:
    return Agent(
        one["name"],
        one.get("description") or "",
        _MODES.get(one.get("mode") or "", "primary"),
        model=model_of(inner(one, "model")),
        color=one.get("color") or "",
        hidden=bool(one.get("hidden")),
    )


def _command(one: Json) -> Command:
    return Command(
        one["name"],
        str(one.get("template") or ""),
        one.get("description") or "",
        one.get("agent") or "",
        one.get("model") or "",
        bool(one.get("subtask")),
    )


def _model(one: Json, provider: str) -> ModelInfo:
    limit, cost = inner(one, "limit"), inner(one, "cost")
    cache = inner(cost, "cache")
    can: Json = inner(one, "capabilities")
    reads: Json = inner(can, "input")
    return ModelInfo(
        f"{provider}/{one['id']}",
        one.get("name") or "",
        limit.get("context") or 0,
        limit.get("output") or 0,
        cost.get("input"),
        cost.get("output"),
        cache.get("read"),
        cache.get("write"),
        bool(can.get("toolcall", True)),
        bool(reads.get("image")),
        bool(reads.get("pdf")),
        bool(can.get("reasoning")),
        tuple(names(one, "variants")),
    )


def _server(name: str, state: Json, known: Json) -> McpServer:
    status = str(state.get("status"))
    how = " ".join(names(known, "command")) or str(known.get("url") or "")
    return McpServer(name, _STATES.get(status, status), str(state.get("error") or ""), how)


def _changed(path: str, steps: list[Json]) -> Changed:
    """One file through all prompts that changed it."""
    diffs = [diff_of({**one, "path": path}) for one in steps]
    whole = Diff(
        path,
        "".join(one.patch if one.patch.endswith("\n") else f"{one.patch}\n" for one in diffs),
        sum(one.added for one in diffs),
        sum(one.removed for one in diffs),
    )
    first, last = steps[0].get("status"), steps[-1].get("status")
    state = "removed" if last == "deleted" else "added" if first == "added" else "changed"
    return Changed(whole, state, held="prompt")
