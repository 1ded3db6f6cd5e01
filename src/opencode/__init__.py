"""The public names, loaded on first use, so that importing any room of the house stays cheap."""

from importlib import import_module

__version__ = "0.1.0"

_HOME = {
    "OpenCode": "opencode.api",
    "OpenCodeError": "opencode.core.error",
    "Workspace": "opencode.workspace.workspace",
    "Tool": "opencode.core.tool",
    "ToolContext": "opencode.core.tool",
    "ToolResult": "opencode.core.tool",
    "Provider": "opencode.core.provider",
    "Session": "opencode.core.session",
    "Message": "opencode.core.message",
    "Event": "opencode.core.event",
    "Ask": "opencode.core.ask",
    "Reply": "opencode.core.ask",
}


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'opencode' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*_HOME, "__version__"]
