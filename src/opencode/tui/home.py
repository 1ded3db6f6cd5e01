"""The settings on this machine for the app: read, changed in the user's own file, trusted."""

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import msgspec

from opencode.config import paths, trust
from opencode.config.extras import user_folders
from opencode.config.formats import written
from opencode.config.grants import Grants
from opencode.config.load import Loaded, load_settings
from opencode.host import log
from opencode.i18n.catalog import detect
from opencode.providers.catalog import key_variables
from opencode.tui.options import Decision, Granted, Options, Setting, Waiting

_SHOWN = 200
"""Lines shown of a file that waits for trust."""
_MOST = 100_000
"""Characters looked at for that."""


@dataclass
class SettingsHome:
    """Implements Home for a project folder. `flags` are settings by the command line, spelled as
    in a file; `start` is what it says beyond settings."""

    directory: Path
    profile: str = ""
    flags: dict[str, Any] = field(default_factory=dict[str, Any])
    trusts: bool = False
    """--trust: what the folder says takes effect, this time."""
    start: Options = field(default_factory=Options)
    language: str = ""
    _shown: Loaded | None = None

    def load(self, *, precise: bool = True) -> Loaded:
        """The settings in force. Not `precise` is quicker and names more that waits for trust."""
        return load_settings(
            self.directory,
            profile=self.profile,
            overrides=self.flags,
            trusted=True if self.trusts else trust.is_trusted,
            key_variables=key_variables() if precise else None,
        )

    def options(self) -> Options:
        """See Home."""
        loaded = self.load()
        settings = loaded.settings
        folders = user_folders("theme")
        if loaded.trusted:
            folders.append(loaded.root / ".opencode" / "themes")
        return msgspec.structs.replace(
            self.start,
            default_agent=settings.default_agent,
            theme=settings.ui.theme,
            theme_folders=folders,
            language=self.language or settings.ui.language or detect(),
            keys=settings.ui.keys,
            history=paths.state_dir() / "prompts.jsonl",
            log=paths.log_dir() / log.FILE,
            notify=settings.ui.notify,
            title=settings.ui.title,
            vim=settings.ui.vim,
            trust=_trust(loaded),
        )

    def waiting(self) -> Waiting | None:
        """See Home."""
        loaded = self.load()
        if not loaded.needs_trust or loaded.trusted or trust.is_refused(loaded.root):
            return None
        self._shown = loaded
        changed = trust.changed(loaded.root, loaded.seen) or []
        effects = [
            (name, _effect(loaded.root, name, value))
            for name, value in loaded.needs_trust.items()
            if not changed or name in changed
        ]
        return Waiting(str(loaded.root), effects, has_changed=bool(changed))

    def decide(self, decision: Decision) -> None:
        """See Home."""
        if self._shown is None:
            return
        if decision == "trust":
            trust.trust(self._shown.root, self._shown.seen)
        elif decision == "never":
            trust.refuse(self._shown.root)

    def settings(self, *keys: str) -> list[Setting]:
        """See Home."""
        loaded = self.load()
        return [_setting(loaded, key) for key in keys]

    def change(self, key: str, text: str) -> str:
        """See Home."""
        edit = _editor()
        keys = edit.split_key(key)
        file: Path = edit.file_to_edit(paths.config_dir())
        edit.set_value(file, keys, edit.typed(keys, text))
        inside = file.is_relative_to(Path.home())
        return f"~/{file.relative_to(Path.home())}" if inside else str(file)

    def holds(self, key: str) -> bool:
        """See Home."""
        edit = _editor()
        file: Path = edit.file_to_edit(paths.config_dir())
        node: Any = written.read(file).values if file.exists() else {}
        for part in edit.split_key(key):
            if not isinstance(node, dict) or part not in node:
                return False
            node = cast("dict[str, Any]", node)[part]
        return True

    def grants(self) -> list[Granted]:
        """See Home."""
        where = {"project": "project", "session": "session"}
        return [
            Granted(
                grant.id,
                f"{grant.rule.action} {grant.rule.target}",
                grant.scope,
                str(getattr(grant, where[grant.scope])) if grant.scope in where else "",
                grant.created,
            )
            for grant in Grants().all()
        ]

    def revoke(self, grant: str) -> None:
        """See Home."""
        Grants().revoke(grant)


def _editor() -> Any:
    """20 ms that only those pay who change something."""
    return import_module("opencode.config.edit")


def _setting(loaded: Loaded, key: str) -> Setting:
    value: Any = loaded.settings
    for part in key.split("."):
        value = getattr(value, part)
    said = [name for name in loaded.origins if name == key or name.startswith(f"{key}.")]
    origin = loaded.origins[said[0]].partition(" (")[0] if said else "built-in"
    if isinstance(value, str):
        return Setting(key, value, origin)
    return Setting(key, msgspec.json.encode(value).decode(), origin)


def _trust(loaded: Loaded) -> Any:
    if not loaded.needs_trust:
        return ""
    return "trusted" if loaded.trusted else "untrusted"


def _effect(root: Path, name: str, value: Any) -> str:
    """A file by what is in it, a setting as JSON."""
    file = root / name
    if isinstance(value, str) and value.startswith(("sha256 ", "unreadable")) and file.is_file():
        try:
            with file.open(encoding="utf-8", errors="replace") as text:
                lines = text.read(_MOST).splitlines()
        except OSError as error:
            return str(error.strerror)
        more = [f"… {len(lines) - _SHOWN} more lines in the file"] if len(lines) > _SHOWN else []
        return "\n".join([*lines[:_SHOWN], *more])
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
