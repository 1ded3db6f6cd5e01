"""Which network addresses may be reached: the world, private ones if allowed, some never."""

import asyncio
import contextlib
import ipaddress
import socket

from opencode.core.error import ToolError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        "169.254.0.0/16",
        "fe80::/10",
        "fd00:ec2::/32",
        "fd20:ce::/32",
        "100.100.100.200/32",
        "168.63.129.16/32",
        "192.0.0.192/32",
    )
)
"""Where clouds tell a machine its own keys; link-local addresses are of no other use to us."""
_EMBEDS = ipaddress.ip_network("64:ff9b::/96")
_LOCAL_ENDINGS = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".intranet")


class PrivateAddress(ToolError):
    """The name leads into a private network, and nobody allowed that."""

    code = "tool.private"


def looks_private(host: str) -> bool:
    """Whether the name alone says that it is not of the public internet; asks no network."""
    name = host.rstrip(".").casefold().strip("[]")
    try:
        return not _plain(ipaddress.ip_address(name.partition("%")[0])).is_global
    except ValueError:
        return "." not in name or name.endswith(_LOCAL_ENDINGS)


def refuse_never(host: str) -> None:
    """ToolError when the host is written as an address that must never be reached."""
    with contextlib.suppress(ValueError):
        check(host, host.strip("[]"), private=True)


async def resolve(host: str, port: int, *, private: bool) -> list[str]:
    """The addresses of a name, every one checked: whoever connects uses these and asks no more.

    ToolError when there are none or one must never be reached; PrivateAddress when one is not
    public and `private` does not allow it."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ToolError(f"{host} has no address ({error}).") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        check(host, address, private=private)
    return addresses


def check(host: str, address: str, *, private: bool) -> None:
    """See `resolve`, for one address."""
    plain = _plain(ipaddress.ip_address(address.partition("%")[0]))
    if any(plain in network for network in _NEVER):
        named = "" if host.strip("[]") == address else f"{address}, "
        raise ToolError(f"{host} is {named}an address that is never reached.")
    if not private and not plain.is_global:
        raise PrivateAddress(
            f"{host} is the private address {address}; with private=true a person is asked."
        )


def _plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _EMBEDS:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
