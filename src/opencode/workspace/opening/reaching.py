"""How an opened project reaches the world: proxy and certificates, and what `offline` shuts."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from msgspec.structs import replace

from opencode.config.schema import McpSection, Settings
from opencode.core.tool import AnyTool
from opencode.host import network
from opencode.host.certificates import OURS
from opencode.providers.keys import is_near

_OUTWARD = ("webfetch", "websearch")


def settle(settings: Settings) -> list[str]:
    """`[network]` takes effect for this process and what it starts; returns what is wrong."""
    section = settings.network
    network.settle(os.environ, section.proxy, section.no_proxy, section.certificates)
    path = os.environ.get(OURS, "")
    if path and not Path(path).is_file():
        return [f"[network] certificates: there is no file {path}; nothing of it is trusted."]
    if section.proxy and not urlsplit(os.environ["HTTPS_PROXY"]).hostname:
        return [f"[network] proxy: {section.proxy!r} is no address; write http://host:port."]
    return []


def shut(settings: Settings, tools: Mapping[str, AnyTool]) -> dict[str, AnyTool]:
    """The tools that may be used: offline, none that ask other hosts."""
    return {n: tool for n, tool in tools.items() if not (settings.offline and n in _OUTWARD)}


def servers_within_reach(settings: Settings) -> McpSection:
    """The MCP servers that may start: offline, none at another host's address."""
    section = settings.mcp
    if not settings.offline:
        return section
    here = {name: one for name, one in section.servers.items() if _is_here(str(one.get("url", "")))}
    return replace(section, servers=here)


def _is_here(url: str) -> bool:
    return not url or is_near(url)
