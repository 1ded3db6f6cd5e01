"""`opencode` and `python -m opencode`: the version at once, all else by the command line."""

import sys
from importlib import import_module


def main() -> None:
    """Run what the command line says."""
    if sys.argv[1:] in (["--version"], ["-v"]):
        print(f"opencode {import_module('opencode').__version__}")
        return
    import_module("opencode.cli.main").main()


if __name__ == "__main__":
    main()
