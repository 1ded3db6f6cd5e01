"""The language servers of a project, as its settings want them."""

import os
from collections.abc import Callable
from pathlib import Path

from opencode.config.pins import Pins
from opencode.config.schema import Settings
from opencode.core.code import CodeIntel
from opencode.core.event import Event, FileChecked, ServerChanged
from opencode.lsp.intel import Intel
from opencode.lsp.servers import Servers
from opencode.tools.shared.engines import ENGINES


def code_of(
    settings: Settings,
    folder: Path,
    emit: Callable[[Event], None],
    pins: Pins | None = None,
    *,
    always: bool = False,
) -> CodeIntel | None:
    """Nothing is started by this. None when no server is installed or all are switched off, and
    nobody switched the lsp tool on by name; `always` gives one in any case, to look at."""
    servers = Servers(
        folder,
        settings.lsp,
        environment_of(settings),
        lambda name, state, detail: emit(ServerChanged("", "lsp", name, state, detail)),
        lambda path, server: emit(FileChecked("", str(path), server)),
        pins,
    )
    if always or settings.tools.get("lsp") or servers.is_usable():
        return Intel(servers)
    return None


def environment_of(settings: Settings) -> dict[str, str]:
    """Ours without the keys of models and services."""
    named = {section.api_key_env for section in settings.providers.values()}
    keys = {*named, *(engine.key for engine in ENGINES)}
    return {
        name: value
        for name, value in os.environ.items()
        if name not in keys and not name.startswith("OPENCODE_") and not name.endswith("_API_KEY")
    }
