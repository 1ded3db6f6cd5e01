"""The way in for the command line: run the app, then say how to come back."""

import sys

from opencode.tui.app import OpenCodeApp, OpenDoor, leaving_words
from opencode.tui.options import Options


def run_app(open_door: OpenDoor, options: Options) -> int:
    """Show the app until the person leaves. `open_door` is called after the first painting.
    Returns the exit code; raises OpenCodeError when the door could not be opened."""
    app = OpenCodeApp(open_door, options)
    app.run()
    if app.failure is not None:
        raise app.failure
    if words := leaving_words(app):
        sys.stderr.write(words + "\n")
    return app.return_code or 0
