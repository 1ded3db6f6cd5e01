"""What was typed before, over all sessions: one JSON string a line, newest last."""

import json
import os
from pathlib import Path

_KEPT = 500


class History:
    """Walks through earlier prompts; the draft one began with is the newest."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._entries: list[str] | None = None
        self._at = 0
        self._draft = ""

    def add(self, text: str) -> None:
        """Remember a prompt; the same one twice in a row counts once."""
        entries = self._read()
        self._at, self._draft = 0, ""
        if entries and entries[-1] == text:
            return
        entries.append(text)
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            descriptor = os.open(self._file, flags, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                file.write(json.dumps(text, ensure_ascii=False) + "\n")
        except OSError:
            self._file = None  # a read-only home keeps its history in memory

    def earlier(self, draft: str) -> str | None:
        """The prompt before; None at the first one."""
        entries = self._read()
        if self._at == 0:
            self._draft = draft
        if self._at >= len(entries):
            return None
        self._at += 1
        return entries[-self._at]

    def later(self) -> str | None:
        """The prompt after; the draft at last; None when it is there already."""
        if self._at == 0:
            return None
        self._at -= 1
        return self._read()[-self._at] if self._at else self._draft

    def _read(self) -> list[str]:
        if self._entries is None:
            self._entries = self._load()
        return self._entries

    def _load(self) -> list[str]:
        try:
            lines = self._file.read_text("utf-8", "replace").split("\n") if self._file else []
        except OSError:
            return []
        found: list[str] = []
        for line in lines[-_KEPT:]:
            try:
                value = json.loads(line)
            except ValueError:
                continue  # a line torn by a crash
            if isinstance(value, str):
                found.append(value)
        return found
