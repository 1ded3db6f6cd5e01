"""What --version and --help cost against a bare interpreter."""

import os
import sys

from opencode.tests.bench.table import Row, bare_python, cost_of, medians, show


def main() -> None:
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    ours = [sys.executable, "-m", "opencode"]
    version, help_, bare = medians(
        9,
        lambda: cost_of([*ours, "--version"], env).cpu,
        lambda: cost_of([*ours, "--help"], env).cpu,
        lambda: bare_python(env),
    )
    rows = [
        Row("opencode --version, CPU of bare python", version / bare, "x", 6),
        Row("opencode --help, CPU of bare python", help_ / bare, "x", 10),
    ]
    show("Start of the command line", rows)


if __name__ == "__main__":
    main()
