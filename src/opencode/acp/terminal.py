"""Output of commands as a terminal that only shows: editors say with `_meta.terminal_output` that
they draw one. The command itself runs here, in the sandbox, with its limits and its undo."""

import re
from dataclasses import dataclass
from typing import Any

from opencode.core.message import ToolPart

_ANCHOR = 64
"""Characters by which the place is found up to which output was sent."""
_ENDING = re.compile(r"\[(?:exit (\d+)|killed by signal (\d+))[,;]")


@dataclass
class Screen:
    """The terminal of one call, its id being the call's."""

    call: str
    cwd: str
    sent: str = ""
    is_torn: bool = False
    """Output came faster than it was looked at."""

    def info(self) -> dict[str, Any]:
        """Said once, when it appears."""
        return {"terminal_info": {"terminal_id": self.call, "cwd": self.cwd}}

    def more(self, tail: str) -> dict[str, Any] | None:
        """What is new in the last lines of the output; None when nothing is."""
        return self._data(self._fresh(tail))

    def end(self, call: ToolPart) -> dict[str, Any]:
        """The rest of the output, or all of it where pieces are missing, and how it ended."""
        if not self.is_torn and call.output.startswith(self.sent):
            rest = call.output[len(self.sent) :]
        else:
            rest = f"\n[all of it:]\n{call.output}"
        ended = _ENDING.search(call.output[-2000:])
        code = int(ended[1]) if ended and ended[1] else None
        signal = ended[2] if ended else None
        how = {"terminal_id": self.call, "exit_code": code, "signal": signal}
        return {**(self._data(rest) or {}), "terminal_exit": how}

    def _fresh(self, tail: str) -> str:
        if not self.sent or tail.startswith(self.sent):
            return tail[len(self.sent) :]
        anchor = self.sent[-_ANCHOR:]
        at = tail.rfind(anchor)
        if at >= 0:
            return tail[at + len(anchor) :]
        self.is_torn = True
        return f"\n…\n{tail}"

    def _data(self, text: str) -> dict[str, Any] | None:
        if not text:
            return None
        self.sent += text
        lines = text.replace("\n", "\r\n")
        return {"terminal_output": {"terminal_id": self.call, "data": lines}}
