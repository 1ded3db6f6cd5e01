"""Decision 9 in figures: pygls as it comes, our client on it, and a bare pipe, side by side.

python -m opencode.tests.bench.lsp_wires

Each client runs in a process of its own and starts a basedpyright of its own on the same files.
They are asked in turn; a request's time is the median of many, its own part is processor time."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import opencode
from opencode import lsp
from opencode.tests.bench.table import cost_of

_ROUNDS = 5
_IMPORTS = {
    "nothing": "pass",
    "ours": "from opencode.lsp import client",
    "pygls": "from pygls.lsp import client; from lsprotocol import types",
}
_CLIENT = Path(__file__).with_name("lsp_wires_client.py")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve()
        env = {**os.environ, "PYTHONPATH": str(Path(opencode.__file__).parents[1])}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        print("\nlanguage servers: pygls as it comes, and our client on it")
        _imports(env)
        _odd_servers(env, place)
        _requests(env, place)


def _imports(env: dict[str, str]) -> None:
    spent: dict[str, list[float]] = {name: [] for name in _IMPORTS}
    memory: dict[str, float] = {}
    for _ in range(_ROUNDS + 1):
        for name, words in _IMPORTS.items():
            cost = cost_of([sys.executable, "-c", words], env)
            spent[name].append(cost.cpu)
            memory[name] = cost.memory
    bare = statistics.median(spent["nothing"][1:])
    for name in ("ours", "pygls"):
        more = statistics.median(spent[name][1:]) - bare
        extra = memory[name] - memory["nothing"]
        print(f"  {name:<6} import: {more * 1000:6.0f} ms of processor time, {extra:5.1f} MB more")


def _odd_servers(env: dict[str, str], place: Path) -> None:
    """Servers that say what the specification does not, or much to stderr."""
    (place / "intel.py").touch()
    for odd, what in (("shape", "an answer of an unknown form"), ("stderr", "1 MB on stderr")):
        for name in ("ours", "pygls"):
            command = [sys.executable, str(_CLIENT), "serve", odd]
            said = _child(env, name, "odd", str(place), *command)
            print(f"  {name:<6} {what}: {next(said)['outcome']}")


def _requests(env: dict[str, str], place: Path) -> None:
    server = shutil.which("basedpyright-langserver", path=str(Path(sys.executable).parent))
    if server is None:
        print("  requests: basedpyright is not installed")
        return
    project = place / "project"
    project.mkdir()
    for one in Path(lsp.__file__).parent.glob("*.py"):
        text = one.read_text("utf-8").replace("opencode.lsp.", "")
        (project / one.name).write_text(text, "utf-8")
    found: dict[tuple[str, str], list[dict[str, float]]] = {}
    for _ in range(_ROUNDS):
        for name in ("bare", "ours", "pygls"):
            for row in _child(env, name, "ask", str(project), server, "--stdio"):
                found.setdefault((row["method"], name), []).append(row)
    for method, name in sorted(found):
        rows = found[method, name]
        wall = statistics.median(row["wall"] for row in rows) * 1000
        cpu = statistics.median(row["cpu"] for row in rows) * 1000
        print(f"  {name:<6} {method:<15} {wall:6.2f} ms, own processor time {cpu:5.2f} ms")


def _child(env: dict[str, str], *words: str) -> Any:
    done = subprocess.run(
        [sys.executable, str(_CLIENT), *words], env=env, capture_output=True, text=True, timeout=180
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return (json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))


if __name__ == "__main__":
    main()
