"""Whose program calls over loopback: Linux tells, so that the machine's other users are refused."""

import ipaddress
import os
import socket
import struct
import sys

Address = tuple[str, int]

_ASK = struct.Struct("=BBxxI")
_HEAD = struct.Struct("=IHHII")
_ANSWERED, _BY_FAMILY, _REQUEST, _DIAG = 20, 20, 1, 4
_OWNER = struct.Struct("=II")
_OWNER_AT = _HEAD.size + 4 + 48 + 12
"""Where a socket's user and its inode stand in an answer (struct inet_diag_msg)."""


def is_stranger(caller: Address | None, here: Address | None) -> bool:
    """Whether the caller's end of this connection belongs to somebody else. False where that
    cannot be known: elsewhere than on Linux, and for callers who are not on this machine."""
    if not sys.platform.startswith("linux") or not caller or not here or not _is_loopback(caller):
        return False
    found = _owner(caller, here)
    if found is None:  # closed already, unless the kernel tells nothing at all
        return _owner(here, caller) is not None
    user, inode = found
    is_held = inode != 0  # one whose program has let go of it is told as root's
    return not is_held or user not in (0, os.getuid())


def _is_loopback(caller: Address) -> bool:
    try:
        return ipaddress.ip_address(caller[0]).is_loopback
    except ValueError:  # a name: no connection of the kernel's
        return False


def _owner(end: Address, other: Address) -> tuple[int, int] | None:
    """(user, inode) of the socket at one end, asked of the kernel by netlink; None without one."""
    family = socket.AF_INET6 if ":" in end[0] else socket.AF_INET
    try:
        places = [socket.inet_pton(family, one[0]).ljust(16, b"\0") for one in (end, other)]
        name = struct.pack(">HH", end[1], other[1]) + b"".join(places)
        asked = _ASK.pack(family, socket.IPPROTO_TCP, 0xFFFFFFFF) + name
        asked += struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _DIAG) as kernel:
            kernel.settimeout(0.2)
            size = _HEAD.size + len(asked)
            kernel.send(_HEAD.pack(size, _BY_FAMILY, _REQUEST, 1, 0) + asked)
            told = kernel.recv(8192)
    except OSError:
        return None
    if len(told) < _OWNER_AT + _OWNER.size or struct.unpack_from("=H", told, 4)[0] != _ANSWERED:
        return None
    user, inode = _OWNER.unpack_from(told, _OWNER_AT)
    return user, inode
