"""The way in for the command line: run the app, then say how to come back."""

import sys

from opencode.i18n.catalog import t
from opencode.tui.app import LetIn, OpenCodeApp, OpenDoor
from opencode.tui.options import Home, Options


def run_app(
    open_door: OpenDoor, options: Options, home: Home | None = None, let_in: LetIn | None = None
) -> int:
    """Show the app until the person leaves. `open_door` is called after the first painting, then
    `let_in`, which lets other programs in.
    Returns the exit code; raises OpenCodeError when the door could not be opened."""
    app = OpenCodeApp(open_door, options, home, let_in)
    app.run()
    if app.failure is not None:
        raise app.failure
    words = leaving_words(app)
    try:
        sys.stderr.write(words + "\n" if words else "")
        sys.stderr.flush()
        sys.stdout.flush()
    except OSError:  # the terminal is what ended, and the exit code shall not speak of that
        sys.stdout = sys.stderr = None
    return app.return_code or 0


def leaving_words(app: OpenCodeApp) -> str:
    """What the person reads in the shell afterwards: what went wrong, and how to come back."""
    lines: list[str] = []
    if app.crash is not None:
        lines.append(t("crash.said", kind=type(app.crash).__name__, text=str(app.crash)))
        if app.options.log is not None:
            lines.append(t("crash.log", file=str(app.options.log)))
    if app.facts.session:
        lines.append(t("chat.resume_hint", id=app.facts.session))
    return "\n".join(lines)
