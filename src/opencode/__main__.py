"""`opencode` and `python -m opencode`: the version at once, all else by the command line."""

import gc
import os
import sys
from importlib import import_module

_YOUNG = 20_000
"""Objects made before the collector looks: opening makes many, and few of them are garbage."""


def main() -> None:
    """Run what the command line says."""
    gc.set_threshold(_YOUNG, 10, 10)
    gc.disable()  # until the command is loaded
    _stand_in()
    if sys.argv[1:] in (["--version"], ["-v"]):
        print(f"opencode {import_module('opencode').__version__}")
        return
    import_module("opencode.cli.main").main()


def _stand_in() -> None:
    """Of what starts us without a standard stream nothing else may get its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            setattr(sys, name, os.fdopen(nowhere, mode, encoding="utf-8"))


if __name__ == "__main__":
    main()
