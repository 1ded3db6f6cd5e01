"""What short commands cost against a bare interpreter."""

import os
import sys
import tempfile
from pathlib import Path

from opencode.tests.bench.table import Row, bare_python, cost_of, medians, show

COMMANDS = (
    (("--version",), 6),
    (("--help",), 10),
    (("session", "list"), 12),
    (("models",), 12),
    (("config", "show"), 12),
)
"""Words, and how many times a bare interpreter they may cost."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        env |= {"HOME": folder, "OPENCODE_DATA_DIR": f"{folder}/data"}
        (Path(folder) / "opencode.toml").write_text('model = "offline/rules"\n')
        ours = [sys.executable, "-m", "opencode"]
        cost_of([*ours, "run", "List the files"], env, folder)  # a session to be listed
        *figures, bare = medians(
            9,
            *(
                lambda words=words: cost_of([*ours, *words], env, folder).cpu
                for words, _ in COMMANDS
            ),
            lambda: bare_python(env),
        )
    rows = [
        Row(f"opencode {' '.join(words)}, CPU of bare python", figure / bare, "x", goal)
        for (words, goal), figure in zip(COMMANDS, figures, strict=True)
    ]
    show("Start of the command line", rows)


if __name__ == "__main__":
    main()
