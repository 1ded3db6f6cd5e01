"""Tells the local network where the server is (mDNS, the extra `mdns`)."""

import importlib.util
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from opencode.core.error import UsageError

KIND = "_http._tcp.local."
_WIDE = ("", "0.0.0.0", "::")


def own_name() -> str:
    """What this machine is called on the local network."""
    return f"{socket.gethostname().partition('.')[0]}.local"


def require_library() -> None:
    """UsageError when the extra is not installed."""
    if importlib.util.find_spec("zeroconf") is None:
        raise UsageError(
            "--mdns needs zeroconf.", hint='Install the extra: pip install "opencode-textual[mdns]"'
        )


@asynccontextmanager
async def announced(host: str, port: int) -> AsyncGenerator[str]:
    """Announce `opencode-PORT`, an http service, until the block ends; gives its full name."""
    from zeroconf import InterfaceChoice, get_all_addresses  # noqa: PLC0415 - an extra
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf  # noqa: PLC0415

    wide = host in _WIDE
    found = [one for one in get_all_addresses() if not one.startswith("127.")] if wide else [host]
    name = f"opencode-{port}.{KIND}"
    info = AsyncServiceInfo(
        KIND,
        name,
        port,
        parsed_addresses=found,
        properties={"path": "/"},
        server=f"{own_name()}.",
    )
    network: Any = AsyncZeroconf(interfaces=InterfaceChoice.All if wide else [host])
    try:
        await (await network.async_register_service(info, allow_name_change=True))
        yield info.name
        await (await network.async_unregister_service(info))
    finally:
        await network.async_close()
