"""What was written and not sent, a file a session: it outlives crashes, switches and quitting."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from opencode.core.message import FilePart
from opencode.host.files import write_atomic

Files = Mapping[str, FilePart]
"""Attachments by the numbers of their chips."""


class Drafts:
    """Blocking. Without a folder, or where it cannot be written, drafts last as long as the app.
    Attachments lie beside the text and are written when other ones are attached, not with every
    word."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._kept: dict[str, str] = {}
        self._attached: dict[str, Files] = {}

    def read(self, key: str) -> str:
        """The draft of a session; "" when there is none."""
        if key not in self._kept and self._folder is not None:
            with suppress(OSError):
                self._kept[key] = self._file(self._folder, key).read_text("utf-8", "replace")
        return self._kept.get(key, "")

    def files(self, key: str) -> Files:
        """What is attached to it."""
        if key not in self._attached and self._folder is not None:
            with suppress(OSError, msgspec.MsgspecError):
                data = self._file(self._folder, key, ".files").read_bytes()
                self._attached[key] = msgspec.json.decode(data, type=dict[str, FilePart])
        return self._attached.get(key, {})

    def write(self, key: str, text: str, files: Files | None = None) -> None:
        """Keep it; an empty one is forgotten."""
        attached = dict(files or {}) if text else {}
        if self.files(key) != attached:
            self._attached[key] = attached
            self._store(key, ".files", msgspec.json.encode(attached) if attached else b"")
        if self.read(key) != text:
            self._kept[key] = text
            self._store(key, ".txt", text.encode("utf-8", "replace"))

    def _store(self, key: str, kind: str, data: bytes) -> None:
        if self._folder is None:
            return
        file = self._file(self._folder, key, kind)
        with suppress(OSError):
            if not data:
                file.unlink(missing_ok=True)
                return
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(file, data, mode=0o600, sync=False)

    def _file(self, folder: Path, key: str, kind: str = ".txt") -> Path:
        return folder / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}{kind}"
