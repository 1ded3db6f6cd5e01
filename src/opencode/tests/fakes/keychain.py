"""A keychain that the library `keyring` takes for one of the system's: a file, named by HOME.

PYTHON_KEYRING_BACKEND=opencode.tests.fakes.keychain.FileKeychain"""

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class FileKeychain(KeyringBackend):
    """Whatever is kept lies open in ~/keychain.json."""

    priority = 1  # pyright: ignore[reportAssignmentType]

    @property
    def path(self) -> Path:
        return Path(os.environ["HOME"]) / "keychain.json"

    def get_password(self, service: str, username: str) -> str | None:
        return self._read().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self.path.write_text(json.dumps({**self._read(), f"{service}/{username}": password}))

    def delete_password(self, service: str, username: str) -> None:
        kept = self._read()
        if kept.pop(f"{service}/{username}", None) is None:
            raise PasswordDeleteError
        self.path.write_text(json.dumps(kept))

    def _read(self) -> dict[str, str]:
        return json.loads(self.path.read_text()) if self.path.exists() else {}
