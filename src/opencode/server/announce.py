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
    from zeroconf import InterfaceChoice  # noqa: PLC0415 - an extra
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf  # noqa: PLC0415

    wide = host in _WIDE
    found = _addresses() if wide else [host]
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


def _addresses() -> list[str]:
    """Where other machines reach this one."""
    from ifaddr import get_adapters  # noqa: PLC0415 - zeroconf's own

    numbers = [str(one.ip) for adapter in get_adapters() for one in adapter.ips if one.is_IPv4]
    return [number for number in numbers if not number.startswith("127.")]
