"""The menu itself, drawn by rumps (the extra `macos`); every item does what it says."""

import importlib.util
import subprocess
import threading
import webbrowser
from importlib import import_module
from typing import Any

from opencode.bar.watch import State, Watch
from opencode.core.error import UsageError

_WORDS = {
    State.STARTING: "Starting",
    State.ONLINE: "Online",
    State.OFFLINE: "Offline",
    State.ERROR: "Error",
}


def show(watch: Watch) -> None:
    """Draw it and keep the server until the person quits. UsageError without rumps."""
    if importlib.util.find_spec("rumps") is None:
        raise UsageError(
            "The menu bar needs rumps, which is there on macOS.",
            hint='Install the extra: pip install "opencode-textual[macos]"',
        )
    menu = _Menu(watch, import_module("rumps"))  # an extra of one system
    looking = threading.Thread(target=watch.run, name="opencode-statusbar", daemon=True)
    looking.start()
    try:
        menu.app.run()
    finally:
        watch.end()
        looking.join()


class _Menu:
    """Items and a clock that draws what the watch found out."""

    def __init__(self, watch: Watch, rumps: Any) -> None:
        self._watch, self._rumps = watch, rumps
        self.app: Any = rumps.App("opencode", title=watch.state.value, quit_button=None)
        self._says: Any = rumps.MenuItem("Starting")
        self.app.menu = [
            self._says,
            None,
            rumps.MenuItem("Restart server", callback=self._restart),
            rumps.MenuItem("Open API description", callback=self._describe),
            rumps.MenuItem("Open log", callback=self._log),
            None,
            rumps.MenuItem("Quit", callback=self._quit),
        ]
        self._clock: Any = rumps.Timer(self.draw, 1)
        self._clock.start()

    def draw(self, sender: object = None) -> None:
        """What there is to see now."""
        del sender
        state = self._watch.state
        self.app.title = state.value
        detail = self._watch.detail or self._watch.address
        self._says.title = f"{_WORDS[state]} · {detail}"

    def _restart(self, sender: object) -> None:
        del sender
        threading.Thread(target=self._watch.restart, daemon=True).start()

    def _describe(self, sender: object) -> None:
        del sender
        webbrowser.open(f"{self._watch.address}/openapi.json")

    def _log(self, sender: object) -> None:
        del sender
        subprocess.run(["open", str(self._watch.log)], check=False, timeout=10)

    def _quit(self, sender: object) -> None:
        del sender
        self._clock.stop()
        self._watch.end()
        self._rumps.quit_application()
