"""One frame of the event streams: the protocol's event, and seed 004's name and fields on it."""

from typing import Any

from opencode.core.ids import new_id
from opencode.server.protocol.wire import CallPlace
from opencode.server.stream.data_line import data_line

_NOWHERE = ("server.connected", "server.heartbeat")


class Frame:
    """An event on its way out. Encoded once for all who read the same stream, when it is read."""

    def __init__(
        self,
        kind: str,
        properties: dict[str, Any],
        *,
        session: str = "",
        name: str = "",
        flat: dict[str, Any] | None = None,
    ) -> None:
        self.kind, self.properties, self.session = kind, properties, session
        self._name, self._flat = name or kind, flat or {}
        self._id = new_id("evt")
        self.newer: list[tuple[str, dict[str, Any]]] = []
        """What the second generation says of it besides; told where somebody reads that."""
        self.mark = ""
        """`epoch-number` of the event it came from; what Last-Event-ID says."""
        self._own = self._global = self._second = b""

    def own(self) -> bytes:
        """As `/event` sends it: named, so that plain SSE readers know the kind."""
        if not self._own:
            plain = {"id": self._id, "type": self.kind, "properties": self.properties}
            self._own = self._written(self._name, {**plain, **self._flat})
        return self._own

    def whole(self, directory: str, project: str) -> bytes:
        """As `/global/event` sends it: wrapped, with where it happened."""
        if not self._global:
            payload = {"id": self._id, "type": self.kind, "properties": self.properties}
            where = {} if self.kind in _NOWHERE else {"directory": directory, "project": project}
            self._global = self._written(self._name, {**where, "payload": payload})
        return self._global

    def second(self, directory: str) -> bytes:
        """As `/api/event` sends it, unnamed, under its older and its newer names."""
        if self.kind == "server.heartbeat":
            return b": heartbeat\n\n"
        if not self._second:
            place = {} if self.kind in _NOWHERE else {"location": {"directory": directory}}
            said = [(self.kind, self.properties)]
            if newer := _newer(self.kind, self.properties):
                said.append(newer)
            self._second = b"".join(
                self._written(
                    "", {"id": f"{self._id}{n or ''}", "type": kind, **place, "data": data}
                )
                for n, (kind, data) in enumerate([*said, *self.newer])
            )
        return self._second

    def forget(self) -> None:
        """Drop the bytes; they are written anew when somebody asks."""
        self._own = self._global = self._second = b""

    def _written(self, name: str, told: dict[str, Any]) -> bytes:
        head = f"id: {self.mark}\n" if self.mark else ""
        head += f"event: {name}\n" if name else ""
        return head.encode() + data_line(told)


def _newer(kind: str, said: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """What waits for a person, in the protocol's second generation."""
    group, _, what = kind.partition(".")
    if group not in ("permission", "question"):
        return None
    if kind != "permission.asked":
        return f"{group}.v2.{what}", said
    names = {"permission": "action", "patterns": "resources", "always": "save", "tool": "source"}
    found = {names.get(name, name): value for name, value in said.items()}
    place = found.pop("source", None)
    if isinstance(place, CallPlace):
        found["source"] = {"type": "tool", "messageID": place.messageID, "callID": place.callID}
    return "permission.v2.asked", found
