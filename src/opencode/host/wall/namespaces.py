"""The strong wall without bubblewrap: namespaces the kernel gives to everybody, mounts by hand."""
# ruff: noqa: PTH101, PTH102, PTH103, PTH112, PTH123, PTH211

import contextlib
import ctypes
import fcntl
import os
import signal
import struct
from collections.abc import Callable

from opencode.host.wall.syscalls import (
    CAP_DAC_OVERRIDE,
    CAP_FOWNER,
    PR_SET_NAME,
    Enclosure,
    drop_privileges,
    libc,
    must,
)

_NEWNS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = 1 << 17, 1 << 27, 1 << 28, 1 << 29, 1 << 30
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 1 << 12, 1 << 14, 1 << 18
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE = 442, -100, 0x8000
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")


def enter(spec: Enclosure) -> None:
    """Return inside the wall, as a child of the first process of a fresh process namespace.
    The calling process itself stays outside and ends with the command's code."""
    flags = _NEWUSER | _NEWNS | _NEWPID | _NEWIPC | (0 if spec["network"] else _NEWNET)
    named = _naming(spec["owners"])
    must(libc().unshare(flags), "unshare")
    named()
    sources = {source: os.open(source, os.O_PATH) for _, source in _present(spec)}
    sources.update({name: os.open(f"/dev/{name}", os.O_PATH) for name in _DEVICES})
    _mount(None, "/", None, _REC | _PRIVATE)
    _set("/", on=_RDONLY | _NOSUID | _NODEV, scope=_AT_RECURSIVE)
    if spec["everything"]:
        _set("/", off=_RDONLY)
    _devices(sources)
    _views(spec, sources)
    for fd in sources.values():
        os.close(fd)
    _split(spec)
    os.chdir(spec["cwd"])
    drop_privileges(*((CAP_DAC_OVERRIDE, CAP_FOWNER) if spec["owners"] else ()))


def _naming(owners: list[tuple[int, int]]) -> Callable[[], None]:
    """What says, once in the namespace, who is who there: we ourselves and `owners`, nobody else.
    More than oneself only root may name, and only from outside: a child that stays there."""
    users = sorted({os.getuid(), *(user for user, _ in owners)})
    groups = sorted({os.getgid(), *(group for _, group in owners)})
    maps = {
        "setgroups": "deny",
        "uid_map": "".join(f"{user} {user} 1\n" for user in users),
        "gid_map": "".join(f"{group} {group} 1\n" for group in groups),
    }
    if not owners:
        return lambda: _name("self", maps)
    process, (wait, go) = str(os.getpid()), os.pipe()
    child = os.fork()
    if not child:
        try:
            os.read(wait, 1)
            _name(process, maps)
        finally:
            os._exit(0)

    def named() -> None:
        os.write(go, b"!")
        os.waitpid(child, 0)
        os.close(wait)
        os.close(go)
        with open("/proc/self/gid_map") as file:
            if not file.read():
                raise OSError("the owners of the workspace could not be named")

    return named


def _name(process: str, maps: dict[str, str]) -> None:
    for name, text in maps.items():
        with contextlib.suppress(FileNotFoundError):  # kernels without setgroups
            _write(f"/proc/{process}/{name}", text)


def _present(spec: Enclosure) -> list[tuple[str, str]]:
    """The views that show something: (path, source)."""
    found = [(path, source) for path, access, source in spec["views"] if access != "hidden"]
    return [(path, source) for path, source in found if os.path.exists(source)]  # noqa: PTH110


def _views(spec: Enclosure, sources: dict[str, int]) -> None:
    covered: list[str] = []
    for path, access, source in spec["views"]:
        if access == "hidden":
            if not os.path.lexists(path):  # its surroundings are hidden already
                continue
            if os.path.isdir(path):
                _mount("tmpfs", path, "tmpfs", _NOSUID | _NODEV, "mode=755,size=1m")
                covered.append(path)
            else:
                _bind(sources["null"], path)
        elif source in sources:
            if not os.path.lexists(path):  # inside of the private temporary folder
                os.makedirs(path)
            _bind(sources[source], path)
            _set(path, off=_RDONLY if access == "write" else 0)
    for path in covered:
        _set(path, on=_RDONLY)


def _devices(sources: dict[str, int]) -> None:
    _mount("tmpfs", "/dev", "tmpfs", _NOSUID, "mode=755")
    for name in _DEVICES:
        os.close(os.open(f"/dev/{name}", os.O_CREAT | os.O_WRONLY))
        _bind(sources[name], f"/dev/{name}")
        _set(f"/dev/{name}", off=_NODEV)
    for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        os.symlink(f"/proc/self/{target}", f"/dev/{name}")
    os.symlink("pts/ptmx", "/dev/ptmx")
    os.mkdir("/dev/shm")
    os.chmod("/dev/shm", 0o1777)
    os.mkdir("/dev/pts")
    _mount("devpts", "/dev/pts", "devpts", _NOSUID | _NOEXEC, "newinstance,ptmxmode=0666,mode=620")


def _split(spec: Enclosure) -> None:
    """Three processes: one outside that waits, the first inside that reaps, the command."""
    told, tell = os.pipe()
    if os.fork():
        os.close(tell)
        status = os.read(told, 4)
        os._exit(int.from_bytes(status, "big") if status else 126)
    os.close(told)
    libc().prctl(PR_SET_NAME, b"opencode-wall", 0, 0, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    for part in spec["proc"]:
        if os.path.exists(part):  # noqa: PTH110
            _mount(part, part, None, _BIND | _REC)
            _set(part, on=_RDONLY)
    if not spec["network"]:
        _loopback()
    command = os.fork()
    if not command:
        os.close(tell)
        return
    for fd in (0, 1, 2):
        os.close(fd)
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.wait()
            if pid == command:
                code = os.waitstatus_to_exitcode(status)
                os.write(tell, (code if code >= 0 else 128 - code).to_bytes(4, "big"))
                os.close(tell)
    os._exit(0)


def _loopback() -> None:
    """Let programs inside reach each other."""
    sock = must(libc().socket(2, 1, 0), "socket")
    fcntl.ioctl(sock, 0x8914, struct.pack("16sh22x", b"lo", 1 | 64))
    os.close(sock)


def _mount(source: str | None, path: str, kind: str | None, flags: int, data: str = "") -> None:
    words = [None if word is None else word.encode() for word in (source, path, kind)]
    must(libc().mount(*words, ctypes.c_ulong(flags), data.encode()), f"mount {path}")


def _bind(fd: int, path: str) -> None:
    _mount(f"/proc/self/fd/{fd}", path, None, _BIND | _REC)


def _set(path: str, *, on: int = 0, off: int = 0, scope: int = 0) -> None:
    """Put restrictions on a mount, or take away those that we put there."""
    change = struct.pack("QQQQ", on, off, 0, 0)
    call = libc().syscall(_MOUNT_SETATTR, _AT_FDCWD, path.encode(), scope, change, len(change))
    must(call, f"restrict {path}")


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)
