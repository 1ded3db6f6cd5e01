"""One frame of the event streams: the protocol's event, and seed 004's name and fields on it."""

from typing import Any

import msgspec

from opencode.core.ids import new_id

_encode = msgspec.json.Encoder().encode
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
        self.mark = ""
        """`epoch-number` of the event it came from; what Last-Event-ID says."""
        self._own = b""
        self._global = b""

    def own(self) -> bytes:
        """As `/event` sends it: named, so that plain SSE readers know the kind."""
        if not self._own:
            plain = {"id": self._id, "type": self.kind, "properties": self.properties}
            self._own = self._written(self._name, _encode({**plain, **self._flat}))
        return self._own

    def whole(self, directory: str, project: str) -> bytes:
        """As `/global/event` sends it: wrapped, with where it happened."""
        if not self._global:
            payload = {"id": self._id, "type": self.kind, "properties": self.properties}
            where = {} if self.kind in _NOWHERE else {"directory": directory, "project": project}
            self._global = self._written(self._name, _encode({**where, "payload": payload}))
        return self._global

    def _written(self, name: str, data: bytes) -> bytes:
        mark = f"id: {self.mark}\n" if self.mark else ""
        return f"{mark}event: {name}\n".encode() + b"data: " + data + b"\n\n"
