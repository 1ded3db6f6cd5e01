"""Builds a wall without bubblewrap and runs a command inside; a stdlib-only program like launcher.

`enclose namespaces|landlock SPEC COMMAND…`, SPEC being marshal in hex (see walls.py).
"""

import marshal
import os
import sys

from opencode.host.wall import landlock, namespaces

_WAYS = {"namespaces": namespaces.enter, "landlock": landlock.enter}


def main() -> None:
    """Enter the wall, then become the command. Without the wall nothing runs."""
    kind, spec, *command = sys.argv[1:]
    try:
        _WAYS[kind](marshal.loads(bytes.fromhex(spec)))
    except OSError as error:
        os.write(2, f"The sandbox could not be built: {error}\n".encode())
        os._exit(126)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        os._exit(127)
