"""The weaker wall: the kernel's Landlock gives permissions path by path, seccomp cuts the network.

Permissions only add up: what lies below a writable folder is writable. So this wall is whole for
agents that only read, and no wall for `.git` and our config where an agent may write.
"""
# ruff: noqa: PTH208

import ctypes
import os
import platform
import struct

from opencode.host.wall.syscalls import (
    PR_SET_SECCOMP,
    Enclosure,
    drop_privileges,
    libc,
    must,
)

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_READ = 1 << 0 | 1 << 2 | 1 << 3
_ON_FILES = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14
_RIGHTS_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}
_TCP, _SCOPES = 0b11, 0b11
_WRITABLE_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm")
_MACHINES = {  # audit number, socket, io_uring_setup
    "x86_64": (0xC000003E, 41, 425),
    "aarch64": (0xC00000B7, 198, 425),
    "riscv64": (0xC00000F3, 198, 425),
}


def enter(spec: Enclosure) -> None:
    """Return inside the wall."""
    version = must(libc().syscall(_CREATE, None, 0, 1), "landlock")
    rights = _RIGHTS_BY_VERSION[min(version, 3)]
    tcp = _TCP if version >= 4 and not spec["network"] else 0
    scopes = _SCOPES if version >= 6 else 0
    attributes = struct.pack("QQQ", rights, tcp, scopes)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = must(libc().syscall(_CREATE, attributes, size, 0), "landlock rules")
    hidden = {path for path, access, _ in spec["views"] if access == "hidden"}
    _grant_around(rules, "/", _READ, hidden)
    for name in _WRITABLE_DEVICES:
        _grant(rules, f"/dev/{name}", rights)
    for path, access, _ in spec["views"]:
        if access == "write":
            _grant_around(rules, path, rights, hidden)
    os.chdir(spec["cwd"])
    drop_privileges()
    must(libc().syscall(_RESTRICT, rules, 0), "landlock restriction")
    os.close(rules)
    if not spec["network"]:
        _cut_network()


def _grant_around(rules: int, path: str, rights: int, hidden: set[str]) -> None:
    """Rights to everything below `path` but what is hidden."""
    if path in hidden:
        return
    inner = path.rstrip("/") + "/"
    if not any(one.startswith(inner) for one in hidden):
        _grant(rules, path, rights)
        return
    _grant(rules, path, rights & 1 << 3)  # its names can be listed
    try:
        names = os.listdir(path)
    except OSError:
        return
    for name in names:
        _grant_around(rules, inner + name, rights, hidden)


def _grant(rules: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_NOFOLLOW)
    except OSError:
        return
    if not os.path.isdir(path) or os.path.islink(path):  # noqa: PTH112, PTH114
        rights &= _ON_FILES
    rule = struct.pack("=Qi", rights, fd)
    libc().syscall(_ADD_RULE, rules, 1, rule, 0)
    os.close(fd)


def _cut_network() -> None:
    """Only Unix sockets can be made; other ways to make one are refused too."""
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return
    audit, socket, io_uring = machine
    refuse, allow = 0x0005_0000 | 1, 0x7FFF_0000  # errno EPERM
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    program = [
        (load, 0, 0, 4),
        (equal, 0, 6, audit),
        (load, 0, 0, 0),
        (at_least, 4, 0, 0x4000_0000),
        (equal, 3, 0, io_uring),
        (equal, 0, 3, socket),
        (load, 0, 0, 16),
        (equal, 1, 0, 1),
        (give, 0, 0, refuse),
        (give, 0, 0, allow),
    ]
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code)
    filter_ = struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer))
    must(libc().prctl(PR_SET_SECCOMP, 2, filter_, 0, 0), "seccomp")
