"""Each kind of wall as the words to put before a command."""

import marshal
from pathlib import Path

from opencode.host.processes import house_program
from opencode.host.wall.views import Plan

_PROC_PARTS = ("sys", "sysrq-trigger", "irq", "bus", "fs", "mtrr", "pressure")
"""Of /proc, what the system's administrator could write: a container's user often is that."""


def bubblewrap(program: str, plan: Plan, cwd: Path) -> list[str]:
    """A mount, process and network namespace of its own, built by bubblewrap."""
    everything = "--bind" if _owns_all(plan) else "--ro-bind"
    words = [program, "--unshare-user", "--unshare-pid", "--unshare-ipc", "--cap-drop", "ALL"]
    words += [] if plan.network else ["--unshare-net"]
    words += [everything, "/", "/", "--dev", "/dev", "--proc", "/proc"]
    for part in _PROC_PARTS:
        words += ["--ro-bind-try", f"/proc/{part}", f"/proc/{part}"]
    covered: list[str] = []
    for view in plan.views:
        path, source = str(view.path), str(view.source)
        if path == "/":
            continue
        if view.access == "write":
            words += ["--bind", source, path]
        elif view.access == "read":
            words += ["--ro-bind-try", source, path]
        elif view.path.is_dir():
            words += ["--tmpfs", path]
            covered += ["--remount-ro", path]
        else:
            words += ["--ro-bind", "/dev/null", path]
    return [*words, *covered, "--chdir", str(cwd), "--"]


def namespaces(plan: Plan, cwd: Path) -> list[str]:
    """The same, built by `enclose.py` where the kernel lets everybody do so."""
    views = [(str(v.path), v.access, str(v.source)) for v in plan.views if str(v.path) != "/"]
    return _enclose("namespaces", plan, cwd, views)


def landlock(plan: Plan, cwd: Path) -> list[str]:
    """Permissions of the kernel's Landlock and a filter of system calls, by `enclose.py`."""
    views = [(str(v.path), v.access, "") for v in plan.views if v.path == v.source]
    return _enclose("landlock", plan, cwd, views)


def _enclose(kind: str, plan: Plan, cwd: Path, views: list[tuple[str, str, str]]) -> list[str]:
    spec = {
        "views": views,
        "network": plan.network,
        "everything": _owns_all(plan),
        "proc": [f"/proc/{part}" for part in _PROC_PARTS],
        "cwd": str(cwd),
        "owners": plan.owners,
    }
    return [*house_program("wall.enclose"), kind, marshal.dumps(spec).hex()]


def seatbelt(plan: Plan) -> list[str]:
    """macOS: a profile for sandbox-exec; of two rules the later one counts."""
    rules = ["(version 1)", "(allow default)", "(deny file-write*)"]
    devices = " ".join(f'(literal "/dev/{n}")' for n in ("null", "zero", "tty", "dtracehelper"))
    rules.append(f'(allow file-write* {devices} (subpath "/dev/fd"))')
    for view in plan.views:
        where = f"(subpath {_quoted(view.path)})"
        match view.access:
            case "write":
                rules.append(f"(allow file-write* {where})")
            case "read":
                rules.append(f"(deny file-write* {where})")
            case "hidden":
                rules.append(f"(deny file-read* file-write* {where})")
    if not plan.network:
        rules.append("(deny network*)")
    return ["/usr/bin/sandbox-exec", "-p", "\n".join(rules)]


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _owns_all(plan: Plan) -> bool:
    return any(str(view.path) == "/" and view.access == "write" for view in plan.views)
