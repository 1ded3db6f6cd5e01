"""Starting the model worker: where its socket lies, what it may see, and that there is only one."""

import asyncio
import contextlib
import os
import re
import socket
import stat
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Thread

import opencode
from opencode.host.certificates import OURS

try:
    import fcntl
except ImportError:  # not on Windows, where every worker has one owner
    fcntl = None

_CONNECTION = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    OURS,
)
"""What decides how and as whom a connection is made; in both cases. Shells that differ here do
not share a worker."""
_NEEDED = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
    "USERPROFILE",
)
_OURS = {
    "LITELLM_MODE": "PRODUCTION",  # else it reads `.env` files
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it fetches a table over the network
    # OpenAI's wire by litellm's own client: a fifteenth of the SDK's price for a long history.
    "EXPERIMENTAL_OPENAI_BASE_LLM_HTTP_HANDLER": "True",
    "REPEATED_STREAMING_CHUNK_LIMIT": "1000000000",  # many equal pieces are legitimate text
    "PYTHONUTF8": "1",
    "PYTHONNOUSERSITE": "1",
}
_LONGEST_ADDRESS = 100
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


def keep_seconds(keep: str) -> float:
    """`"5m"` as seconds; 0 for what is not understood: the worker then ends with its starter."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", keep.strip())
    return float(match[1]) * _UNITS[match[2]] if match else 0.0


def environment(env: Mapping[str, str]) -> dict[str, str]:
    """All that the worker sees: no keys, nothing of a project."""
    low = {name.lower() for name in _CONNECTION}
    kept = {
        name: value
        for name, value in env.items()
        if name in _NEEDED or name in _CONNECTION or name in low
    }
    kept.update(_OURS)
    home = Path(opencode.__file__).parents[1]
    if home.name not in ("site-packages", "dist-packages"):
        kept["PYTHONPATH"] = str(home)  # a checkout, or a folder of its own
    return kept


def key_of(env: Mapping[str, str]) -> str:
    """Names the worker that processes with this interpreter, version and environment may share."""
    ours = opencode.__version__
    seen = environment(env)
    connection = {k: v for k, v in seen.items() if k not in _NEEDED}
    told = [sys.executable, sys.version, ours, opencode.__file__, sorted(connection.items())]
    import hashlib  # noqa: PLC0415 - 2 ms that lists of models do without

    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def is_private(folder: Path) -> bool:
    """Whether only this user can enter the folder, which is made if need be, and a socket's
    address fits in it. Where not, every process has a worker of its own."""
    if sys.platform == "win32" or len(os.fsencode(folder)) > _LONGEST_ADDRESS - 32:
        return False
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            return False
        folder.chmod(0o700)
    except OSError:
        return False
    return True


def try_lock(path: Path) -> int | None:
    """The lock as an open file, or None while somebody else holds it. Death lets go."""
    if fcntl is None:
        return None
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(number)
        return None
    return number


def unlock(number: int) -> None:
    """Let go of `try_lock`'s lock."""
    os.close(number)


def peer_is_ours(connection: socket.socket) -> bool:
    """Whether the other end belongs to this user, where the system can tell; the folder's mode
    and the secret guard the rest."""
    if sys.platform != "linux":
        return True
    told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return struct.unpack("3i", told)[1] == os.geteuid()


def command(*more: str) -> list[str]:
    """The worker's command line; `-P` keeps the working directory off its import path."""
    return [sys.executable, "-P", "-m", "opencode.providers.worker.worker", *more]


async def start_shared(path: Path, keep: float, env: Mapping[str, str]) -> None:
    """Start a worker on the socket `path` unless somebody has done so. We listen ourselves and
    hand the socket down, so that one can connect at once."""
    if sys.platform == "win32":
        raise OSError("no sockets of this kind here")
    lock = path.with_suffix(".lock")
    async with asyncio.timeout(10):
        while (held := try_lock(lock)) is None:  # noqa: ASYNC110 - another process holds it
            await asyncio.sleep(0.01)
    try:
        if not _answers(path):
            _spawn(path, keep, env)
    finally:
        unlock(held)


def _answers(path: Path) -> bool:
    if sys.platform == "win32":
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


def _spawn(path: Path, keep: float, env: Mapping[str, str]) -> None:
    if sys.platform == "win32":
        return
    path.unlink(missing_ok=True)
    secret = path.with_suffix(".secret")
    secret.unlink(missing_ok=True)
    with open_private(secret) as file:
        file.write(os.urandom(32).hex().encode())
    with socket.socket(socket.AF_UNIX) as listener, open_log(path.parent, path.stem) as log:
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        listener.listen(64)
        number = listener.fileno()
        process = subprocess.Popen(
            command("--socket", str(number), "--path", str(path), "--keep", str(keep)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=path.parent,
            env=environment(env),
            pass_fds=(number,),
            start_new_session=True,
        )
    process.returncode = 0  # it may outlive us on purpose: nobody waits for it but
    Thread(target=_reap, args=(process.pid,), name="worker's end", daemon=True).start()


def _reap(pid: int) -> None:
    """A child that ended before us stands in the system's table until somebody asks."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


def open_private(path: Path):
    """A file only this user can read, emptied."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return os.fdopen(number, "wb")


def open_log(folder: Path, name: str):
    """Where a worker's last words go."""
    return open_private(folder / f"{name}.log")
