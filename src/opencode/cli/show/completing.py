"""What fits a half-typed command line: commands, options, their values, models, sessions."""

import os
import shlex
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import typer

from opencode.cli.shared.output import clean
from opencode.cli.show.tongue import said
from opencode.core.error import OpenCodeError

Word = tuple[str, str]
"""What to put there, and what it is."""

_BREAKS = ":="
"""Where bash begins a new word though it is one to us."""


def of_line(line: str, point: int) -> tuple[list[str], int]:
    """The words of a line up to the cursor, ours left out; and how many characters of the last
    one bash takes for words of their own."""
    typed = line.encode()[:point].decode(errors="ignore")
    lexer = shlex.shlex(typed, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    try:
        words.extend(lexer)
    except ValueError:  # a quote that is still open
        return [*words[1:], str(lexer.token)], 0
    if typed[-1:].isspace() or not words:
        words.append("")
    last = words[-1]
    cut = max((last.rfind(sign) for sign in _BREAKS), default=-1) + 1
    return words[1:] or [""], cut


def fitting(words: list[str]) -> list[Word]:
    """What the last word may become; nothing when files are meant."""
    *before, last = words
    command, root, option = _walked(before)
    name, sign, value = last.partition("=")
    if sign and name.startswith("--"):
        option, last = _option(command, root, name), value
        head = f"{name}="
    else:
        head = ""
    if option is not None:
        found = _values(option)
    elif last.startswith("-"):
        found = _options(command, root)
    else:
        found = [*_commands(command), *_arguments(command)]
    return [(head + word, clean(about)) for word, about in found if word.startswith(last)]


def _walked(words: Iterable[str]) -> tuple[Any, bool, Any]:
    """The command the words lead to, whether that is the one without a name, and the option
    that waits for its value."""
    from opencode.cli.main import app

    command: Any = typer.main.get_command(app)
    root, option = True, None
    for word in words:
        if option is not None:
            option = None
        elif word.startswith("-"):
            found = _option(command, root, word)
            option = found if found is not None and not _is_switch(found) else None
        elif (below := _below(command, word)) is not None:
            command, root = below, False
    return command, root, option


def _below(command: Any, name: str) -> Any:
    get = getattr(command, "get_command", None)
    return get(None, name) if get else None


def _params(command: Any, root: bool) -> list[Any]:
    """At the front, the terminal app's options are ours, too."""
    more: list[Any] = _below(command, "tui").params if root else []
    return [*command.params, *(p for p in more if p.param_type_name == "option")]


def _option(command: Any, root: bool, name: str) -> Any:
    return next((p for p in _params(command, root) if name in (*p.opts, *p.secondary_opts)), None)


def _is_switch(param: Any) -> bool:
    return bool(getattr(param, "is_flag", False) or getattr(param, "count", False))


def _options(command: Any, root: bool) -> list[Word]:
    found = [
        (name, said(param.help or ""))
        for param in _params(command, root)
        if param.param_type_name == "option" and not param.hidden
        for name in (*param.opts, *param.secondary_opts)
        if name.startswith("--")
    ]
    return [*found, ("--help", said("Show this message and exit."))]


def _commands(command: Any) -> Iterator[Word]:
    names = getattr(command, "list_commands", None)
    for name in names(None) if names else ():
        below = _summary(command, name)
        if below is not None:
            yield name, below


def _summary(command: Any, name: str) -> str | None:
    """The first line about a command; None when it is hidden. At the front none is loaded."""
    from opencode.cli import main

    if name in main.command_names() and "tui" in command.list_commands(None):
        return said(main.summary(name))
    below = _below(command, name)
    return None if below.hidden else said((below.help or "").partition("\n")[0])


def _arguments(command: Any) -> list[Word]:
    params = [p for p in command.params if p.param_type_name == "argument"]
    return [word for param in params[:1] for word in _values(param)]


def _values(param: Any) -> list[Word]:
    """The values of an option or argument; nothing when they are free, or files."""
    if choices := param.type_descriptor.choices:
        return [(str(choice.value), "") for choice in choices]
    source = _SOURCES.get(param.name)
    if source is None:
        return []
    try:
        return source()
    except (OpenCodeError, OSError):
        return []


def _settings() -> Any:
    from opencode.config import trust
    from opencode.config.load import load_settings

    return load_settings(Path.cwd(), trusted=trust.is_trusted).settings


def _sessions() -> list[Word]:
    from opencode.cli.shared.session_files import open_store

    return [(info.id, info.title) for info in open_store().infos(limit=50)]


def _models() -> list[Word]:
    import asyncio

    from opencode.config import paths
    from opencode.config.secrets import stored_keys
    from opencode.providers.router import open_provider

    async def found() -> list[Word]:
        runtime = paths.runtime_dir()
        async with open_provider(_settings(), stored_keys().get, os.environ, runtime) as provider:
            return [(info.id, info.name) for info in await provider.models()]

    return asyncio.run(found())


def _agents() -> list[Word]:
    from opencode.config import trust
    from opencode.config.load import load_settings
    from opencode.workspace.opening.extend import agents_here

    here = Path.cwd()
    agents = agents_here(load_settings(here, trusted=trust.is_trusted), here)
    return [(name, agent.description) for name, agent in agents.items() if not agent.hidden]


def _profiles() -> list[Word]:
    return [(name, "") for name in _settings().profiles]


def _providers() -> list[Word]:
    from opencode.providers.choose import offered

    return [(row.id, section.name or row.name) for row, section in offered(_settings())]


def _keys() -> list[Word]:
    from opencode.config.reference import lines

    return [(line.key, line.about) for line in lines() if "<" not in line.key]


_SOURCES: dict[str, Callable[[], list[Word]]] = {
    "session": _sessions,
    "session_id": _sessions,
    "model": _models,
    "agent": _agents,
    "profile": _profiles,
    "provider": _providers,
    "key": _keys,
}
"""By the name of the parameter."""
