"""The public names, loaded on first use, so that importing any room of the house stays cheap."""

from importlib import import_module

_HOME = {
    "OpenCode": "opencode.api",
    "Workspace": "opencode.workspace.workspace",
    "Tool": "opencode.core.tool",
    "ToolResult": "opencode.core.tool",
    "Provider": "opencode.core.provider",
    "Session": "opencode.core.session",
    "Message": "opencode.core.message",
    "Event": "opencode.core.event",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        return _version()
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'opencode' has no attribute {name!r}")


def _version() -> str:
    metadata = import_module("importlib.metadata")  # 20 ms that only a question for it is worth
    try:
        return metadata.version("opencode-textual")
    except metadata.PackageNotFoundError:
        return "0+unknown"


def __dir__() -> list[str]:
    return [*_HOME, "__version__"]
