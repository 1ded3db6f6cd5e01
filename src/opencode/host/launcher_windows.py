"""The launcher where there are no process groups: a job object that dies with this process.

Speaks like launcher.py, which says how. Everything the command starts is born into the job.
"""

import ctypes
import os
import subprocess
import sys
import threading
import time

from opencode.host.spool import Spec, Spool, receive, send

assert sys.platform == "win32"

_SETTLE, _EVERY = 0.2, 0.1
_KILL_ON_CLOSE, _EXTENDED_LIMITS = 0x2000, 9


def main() -> None:
    """Run what the owner asks for; a dead owner asks for nothing."""
    try:
        spec = receive()
    except EOFError:
        return
    job = _join_job()
    _Supervisor(spec).run()
    ctypes.windll.kernel32.CloseHandle(job)


class _Supervisor:
    """One command; threads, since pipes cannot be waited for together here."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.spool = Spool(spec.log, spec.keep, spec.cap)
        self.reported = threading.Lock()

    def run(self) -> None:
        try:
            child = subprocess.Popen(
                self.spec.argv,
                cwd=self.spec.cwd,
                env=self.spec.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                creationflags=subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW,
            )
        except OSError as error:
            send("failed", str(error))
            send("end", 0)
            return
        if self.spec.spool:
            self.spool.spill()
        send("start", child.pid, os.getpid())
        reader = threading.Thread(target=self.read, args=(child,), daemon=True)
        reader.start()
        threading.Thread(target=self.obey, daemon=True).start()
        code = child.wait()
        reader.join(_SETTLE)
        left = (child.pid,) if reader.is_alive() else ()
        if left:
            self.spool.spill()
        self.report(code, left)
        reader.join()
        self.finish()

    def read(self, child: "subprocess.Popen[bytes]") -> None:
        shown = 0.0
        assert child.stdout
        while data := os.read(child.stdout.fileno(), 1 << 16):
            self.spool.feed(data)
            if time.monotonic() >= shown + _EVERY:
                shown = time.monotonic()
                send("out", self.spool.size, self.spool.recent)

    def obey(self) -> None:
        """Any order and the owner's death end everything: the job closes with this process."""
        os.read(0, 1)
        self.report(1, ())
        self.finish()

    def report(self, code: int, left: tuple[int, ...]) -> None:
        if self.reported.acquire(blocking=False):
            spool = self.spool
            head, tail = bytes(spool.head), bytes(spool.tail)
            send("exit", code, left, spool.size, head, tail, spool.log)

    def finish(self) -> None:
        self.spool.close()
        send("end", self.spool.size)
        os._exit(0)


def _join_job() -> int:
    """Put this process into a job that ends its members when the last handle closes."""
    kernel = ctypes.windll.kernel32
    kernel.CreateJobObjectW.restype = kernel.GetCurrentProcess.restype = ctypes.c_void_p
    job = kernel.CreateJobObjectW(None, None)
    size = 144 if ctypes.sizeof(ctypes.c_void_p) == 8 else 112
    limits = ctypes.create_string_buffer(size)
    ctypes.c_uint32.from_buffer(limits, 16).value = _KILL_ON_CLOSE
    kernel.SetInformationJobObject(ctypes.c_void_p(job), _EXTENDED_LIMITS, limits, size)
    kernel.AssignProcessToJobObject(
        ctypes.c_void_p(job), ctypes.c_void_p(kernel.GetCurrentProcess())
    )
    return job
