"""`opencode` and `python -m opencode`: the version at once, all else by the command line."""

import gc
import sys
from importlib import import_module

_YOUNG = 20_000
"""Objects made before the collector looks: opening makes many, and few of them are garbage."""


def main() -> None:
    """Run what the command line says."""
    gc.set_threshold(_YOUNG, 10, 10)
    gc.disable()  # until the command is loaded
    if sys.argv[1:] in (["--version"], ["-v"]):
        print(f"opencode {import_module('opencode').__version__}")
        return
    import_module("opencode.cli.main").main()


if __name__ == "__main__":
    main()
