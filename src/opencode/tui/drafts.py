"""What was written and not sent, a file a session: it outlives crashes, switches and quitting."""

import hashlib
from contextlib import suppress
from pathlib import Path

from opencode.host.files import write_atomic


class Drafts:
    """Blocking. Without a folder, or where it cannot be written, drafts last as long as the app."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._kept: dict[str, str] = {}

    def read(self, key: str) -> str:
        """The draft of a session; "" when there is none."""
        if key not in self._kept and self._folder is not None:
            with suppress(OSError):
                self._kept[key] = self._file(self._folder, key).read_text("utf-8", "replace")
        return self._kept.get(key, "")

    def write(self, key: str, text: str) -> None:
        """Keep it; an empty one is forgotten."""
        if self.read(key) == text:
            return
        self._kept[key] = text
        if self._folder is None:
            return
        file = self._file(self._folder, key)
        with suppress(OSError):
            if not text:
                file.unlink(missing_ok=True)
                return
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(file, text.encode("utf-8", "replace"), mode=0o600, sync=False)

    def _file(self, folder: Path, key: str) -> Path:
        return folder / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.txt"
