import os
import subprocess
import sys
from pathlib import Path

import pytest

import opencode
from opencode.core.error import SessionBusy
from opencode.session.lock import SessionLock

HOLD = """
import sys
from pathlib import Path
from opencode.session.lock import SessionLock
lock = SessionLock(Path(sys.argv[1]), "ses_a", "the holder")
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_told_who_writes(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    env = os.environ | {"PYTHONPATH": str(Path(opencode.__file__).parents[1])}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=env) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(SessionBusy, match=f"the holder \\(pid {holder.pid} "):
            SessionLock(tmp_path, "ses_a").acquire()
        SessionLock(tmp_path, "ses_b").acquire()
        holder.kill()
        holder.wait()
        freed = SessionLock(tmp_path, "ses_a")
        freed.acquire()
        freed.release()


def test_one_process_does_not_open_a_session_twice(tmp_path: Path) -> None:
    first = SessionLock(tmp_path, "ses_a")
    first.acquire()
    with pytest.raises(SessionBusy, match=str(os.getpid())):
        SessionLock(tmp_path, "ses_a").acquire()
    first.release()
    second = SessionLock(tmp_path, "ses_a")
    second.acquire()
    second.release()
