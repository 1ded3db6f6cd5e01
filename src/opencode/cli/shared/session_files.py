"""How commands reach sessions without opening a workspace."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from opencode.cli.shared.output import clean
from opencode.cli.show.tongue import said
from opencode.config import paths
from opencode.config.load import load_settings
from opencode.config.trust import is_trusted
from opencode.core.error import SessionNotFound
from opencode.session.places import session_folder
from opencode.session.store import SessionStore

if TYPE_CHECKING:
    from opencode.session.undo.history import FileHistory


def open_store(directory: Path | None = None) -> SessionStore:
    """The sessions of the project in `directory` (here, when None), as its settings say."""
    here = (directory or Path.cwd()).resolve()
    loaded = load_settings(here, trusted=is_trusted)
    settings = loaded.settings
    folder = session_folder(
        here,
        paths.data_dir(),
        settings.project_dir,
        of_project=loaded.origins.get("project_dir", "").startswith("project"),
        trusted=loaded.trusted,
    )
    if folder.notice:
        print(said(clean(folder.notice)), file=sys.stderr)
    return SessionStore(
        folder.path, paths.data_dir(), here, settings.session, what="opencode session"
    )


def named(store: SessionStore, session_id: str) -> str:
    """The id that was given, else the newest session's here. SessionNotFound when there is none."""
    if session_id:
        return session_id
    if newest := store.latest():
        return newest.id
    raise SessionNotFound("There is no session here.", hint="opencode session list --all")


def open_history(store: SessionStore, session_id: str, directory: str) -> "FileHistory":
    """The file changes of a session."""
    from opencode.session.undo.history import FileHistory

    return FileHistory(
        paths.data_dir(), Path(directory), session_id, limit_mb=store.settings.undo_limit_mb
    )
