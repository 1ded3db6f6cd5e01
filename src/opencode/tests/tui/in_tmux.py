"""The installed command in tmux, as a person has it: keys are sent, the screen is read."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic, sleep

OPENCODE = Path(sys.executable).with_name("opencode")


class Tmux:
    """A server of its own with one window; the command's end leaves the shell's last words."""

    def __init__(self, folder: Path, size: tuple[int, int] = (100, 30)) -> None:
        self._socket = str(folder / f"tmux-{id(self)}.sock")
        self._folder = folder
        width, height = size
        self._do("new-session", "-d", "-x", str(width), "-y", str(height), "sh")
        self._do("set", "-g", "escape-time", "0")
        self._do("set", "-g", "status", "off")

    def _do(self, *words: str) -> str:
        command = ["tmux", "-S", self._socket, "-f", os.devnull, *words]
        return subprocess.run(
            command, check=True, capture_output=True, text=True, cwd=self._folder, timeout=20
        ).stdout

    def run(self, *words: str) -> None:
        """Call the command; what it returned is shown when it is over."""
        line = " ".join([str(OPENCODE), *words, "; echo ended with $?"])
        self._do("send-keys", "-l", "--", line)
        self.press("Enter")

    def press(self, *keys: str) -> None:
        """Keys by tmux's names."""
        self._do("send-keys", *keys)

    def type(self, text: str) -> None:
        """Letters."""
        self._do("send-keys", "-l", "--", text)

    def mouse(self, button: int, x: int, y: int, *, up: bool = False) -> None:
        """What a terminal sends: 0 is the left button, 32 moves it, 64 and 65 are the wheel."""
        sent = f"\x1b[<{button};{x + 1};{y + 1}{'m' if up else 'M'}"
        self._do("send-keys", "-H", *(f"{byte:02x}" for byte in sent.encode()))

    def click(self, text: str) -> None:
        """The left button on the first place of a text."""
        self.drag(text, 0)

    def drag(self, text: str, cells: int) -> None:
        """The left button from where a text begins, so many cells to the right."""
        rows = self.see(text).split("\n")
        y = next(y for y, row in enumerate(rows) if text in row)
        x = rows[y].index(text)
        self.mouse(0, x, y)
        if cells:
            self.mouse(32, x + cells // 2, y)
            self.mouse(32, x + cells, y)
        self.mouse(0, x + cells, y, up=True)

    def copied(self) -> str:
        """What was last put into the buffer."""
        return self._do("show-buffer")

    def resize(self, width: int, height: int) -> None:
        self._do("resize-window", "-x", str(width), "-y", str(height))

    def screen(self) -> str:
        return self._do("capture-pane", "-p")

    def pid(self) -> int:
        """The command's process."""
        shell = self._do("display-message", "-p", "#{pane_pid}").strip()
        found = subprocess.run(["pgrep", "-P", shell], capture_output=True, text=True, check=True)
        return int(found.stdout.split()[0])

    def until(self, claim: Callable[[str], object], patience: float = 40) -> str:
        end = monotonic() + patience
        while not claim(screen := self.screen()):
            assert monotonic() < end, f"it never came true; the screen:\n{screen}"
            sleep(0.05)
        return screen

    def see(self, *texts: str) -> str:
        return self.until(lambda screen: all(text in screen for text in texts))

    def leave(self) -> str:
        self.press("C-q")
        return self.see("ended with 0")

    def close(self) -> None:
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], capture_output=True)


def settings(home: Path, url: str, more: Sequence[str] = ()) -> None:
    """A provider of our own, and what else is set."""
    file = home / ".config" / "opencode" / "opencode.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = ['model = "toy/gpt-test"', *more]
    lines += ["[provider.toy]", f'base_url = "{url}/v1"', 'api_key = "k"']
    file.write_text("\n".join(lines) + "\n")
