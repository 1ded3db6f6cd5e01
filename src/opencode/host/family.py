"""Who came of whom: the machine's processes, as the launcher needs to know them."""
# ruff: noqa: PTH123, PTH208
# No pathlib here: it alone would double what a launch costs.

import contextlib
import os
import signal
import sys

if sys.platform == "linux":
    import ctypes

    _PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36

    def adopt_orphans() -> None:
        """Orphans of the command become our children, whatever session they moved to."""
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def go_first() -> None:
        """Whoever kills the launcher kills the command; when memory runs out the command goes
        before the chat does."""
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
            file.write("500")

    def processes() -> list[tuple[int, int, int, str]]:
        """Every living process of the machine as (pid, parent, group, name)."""
        rows: list[tuple[int, int, int, str]] = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/stat", "rb") as file:
                    head, _, rest = file.read().rpartition(b")")
            except OSError:
                continue
            state, parent, group = rest.split(None, 3)[:3]
            if state not in b"ZX":
                name = head.partition(b"(")[2].decode(errors="replace")
                rows.append((int(entry), int(parent), int(group), name))
        return rows

else:
    import subprocess

    def adopt_orphans() -> None:
        """Only Linux knows this; elsewhere a process that leaves its group is out of sight."""

    def go_first() -> None:
        """Only Linux knows this."""

    def processes() -> list[tuple[int, int, int, str]]:
        """Every living process of the machine as (pid, parent, group, name)."""
        command = ["/bin/ps", "-Ao", "pid=,ppid=,pgid=,stat=,comm="]
        listing = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        table = [line.split(None, 4) for line in listing.splitlines()]
        return [(int(r[0]), int(r[1]), int(r[2]), r[4]) for r in table if r[3][0] != "Z"]


def group_lives(group: int) -> bool:
    """Whether anybody is in that process group."""
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    return True
