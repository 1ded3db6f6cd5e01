"""A message while it is streamed, as far as it was shown."""

import time
from copy import deepcopy

from opencode.core.delta import Delta
from opencode.core.message import Message, ToolPart, absorb


class Growing:
    """A copy that grows by the same deltas as the message of the run."""

    def __init__(self, message: Message, session: str, started: float = 0.0) -> None:
        self.message = deepcopy(message)
        self.session = session
        self.started = started or time.monotonic()
        self.shown: set[str] = set()
        """Ids of the parts that were sent."""
        self.pieces = 0
        self._reset = False

    def take(self, delta: Delta) -> tuple[int | None, bool]:
        """Where the piece went, and whether that part is new; None when it left no trace."""
        before = len(self.message.parts)
        absorb(self.message, delta)
        after = len(self.message.parts)
        if after > before:
            return after - 1, True
        return (after - 1, False) if getattr(delta, "text", "") else (None, False)

    def reset(self) -> None:
        """What was shown is void."""
        self.message.parts.clear()
        self.shown.clear()
        self.pieces, self._reset = 0, True

    def was_reset(self) -> bool:
        """Whether this is the first piece since; asked once."""
        was, self._reset = self._reset, False
        return was

    def has_call(self, call: str) -> bool:
        """Whether the call stands in this message."""
        return self.call(call) is not None

    def call(self, call: str) -> ToolPart | None:
        """The call of that id."""
        return next((one for one in self.message.calls if one.id == call), None)

    def place(self, call: str) -> int:
        """Where the call stands among the parts."""
        parts = enumerate(self.message.parts)
        return next(at for at, p in parts if isinstance(p, ToolPart) and p.id == call)

    def put(self, call: ToolPart) -> None:
        """The call as it is now; one the message does not hold comes last."""
        if self.call(call.id) is None:
            self.message.parts.append(call)
        else:
            self.message.parts[self.place(call.id)] = call
