"""`[server]`: how other programs and people reach this one."""

from msgspec import Struct, field


class ServerSection(Struct, frozen=True, kw_only=True):
    """Defaults of `opencode serve`, and of the server beside the terminal app."""

    with_tui: bool = True
    """The terminal app offers its workspace over HTTP, on this machine only."""
    port: int = 0
    """0 is 4096 or the next free one."""
    hostname: str = ""
    """Of `opencode serve`; beyond loopback a password is needed."""
    cors: list[str] = field(default_factory=list)
    """Origins of web pages that may call."""
