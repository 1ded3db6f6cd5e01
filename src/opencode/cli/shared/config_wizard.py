"""A few questions instead of a settings file: provider, key, model, looks."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import typer

from opencode.cli.show.tongue import said
from opencode.config import edit, keys, paths, secrets, trust
from opencode.config.load import load_settings
from opencode.config.spelling import spell
from opencode.config.suggest import did_you_mean
from opencode.core.error import UsageError
from opencode.i18n.catalog import language_of, languages
from opencode.i18n.width import wrap
from opencode.providers.catalog import ALIASES, row_of
from opencode.providers.rows import ROWS

_OWN = "own"
_WIDEST = 80
Change = tuple[tuple[str, ...], str]
"""A key, and what is to stand there."""
Wrong = Callable[[str], str]
"""What is wrong with an answer; "" when nothing is."""


def ask_all() -> None:
    """Ask, and write the answers into the user's file when all are there; what is left empty
    stays as it is."""
    if not sys.stdin.isatty():
        raise UsageError(
            "The wizard asks questions, and nobody is here to answer.",
            hint="opencode config set KEY VALUE needs no terminal.",
        )
    file = edit.file_to_edit(paths.config_dir())
    _tell(said(f"Your answers go to {file}. Enter leaves a thing as it is; Ctrl-C leaves."))
    secret: dict[str, str] = {}
    changes = _provider(secret)
    if theme := _answer(said("Theme (dark, light, or a name of `/theme`)")):
        changes.append((("ui", "theme"), theme))
    if language := _answer(said("Language of the screen (en, de, fr, ja …)"), _no_language):
        changes.append((("ui", "language"), language))
    for path, value in changes:
        edit.set_value(file, path, edit.typed(path, value))
    for provider, key in secret.items():
        where = keys.save_key(provider, key)
        _tell(said(f"The key for {provider} is stored in {where}"))
    if changes:
        written = ", ".join(spell(path) for path, _ in changes)
        _tell(said(f"Written to {file}: {written}"))
    elif not secret:
        print(said("Nothing was changed."))
    _tell(said("Look at them: opencode config show --origin · Check all: opencode doctor"))


def _provider(secret: dict[str, str]) -> list[Change]:
    """What is to be written for the provider that is chosen; its key goes into `secret`."""
    own = load_settings(Path.cwd(), trusted=trust.is_trusted).settings.providers
    known = list(dict.fromkeys([*(row.id for row in ROWS), *own]))

    def no_provider(name: str) -> str:
        if name in (*known, *ALIASES, _OWN):
            return ""
        near = did_you_mean(name, [*known, *ALIASES, _OWN])
        return f"There is no provider {name!r}{near}"

    print()
    _tell(said(f"Providers: {', '.join(known)}; {_OWN} for any OpenAI-compatible service."))
    name = _answer(said("Provider"), no_provider)
    name = ALIASES.get(name, name)
    if not name:
        return []
    return _own_service(secret) if name == _OWN else _known(name, secret)


def _known(name: str, secret: dict[str, str]) -> list[Change]:
    changes: list[Change] = [(("provider", "default"), name)]
    row = row_of(name)
    if row and row.keys and not secrets.lookup(row.id, row.keys):
        _ask_key(row.id, said(f"Key for {row.name} (not shown; or set {row.keys[0]})"), secret)
    usual = f" [{row.model}]" if row and row.model else ""
    if model := _answer(said("Model") + usual):
        changes.append((("provider", name, "model"), model))
    return changes


def _own_service(secret: dict[str, str]) -> list[Change]:
    name = _answer(said("A name for it")) or "custom"
    while not (address := _answer(said("Its address (https://…/v1)"), _no_address)):
        print(said("A service of your own needs an address."))
    _ask_key(name, said("Its key (not shown; empty when it needs none)"), secret)
    changes: list[Change] = [
        (("provider", "default"), name),
        (("provider", name, "base_url"), address),
    ]
    if model := _answer(said("Model")):
        changes.append((("provider", name, "model"), model))
    return changes


def _no_address(address: str) -> str:
    if address.startswith(("http://", "https://")):
        return ""
    return "An address begins with http:// or https://."


def _no_language(name: str) -> str:
    if language_of(name):
        return ""
    near = did_you_mean(name, [*languages(), *languages().values()])
    return f"There is no language {name!r}{near}"


def _no_key(text: str) -> str:
    if all(letter.isprintable() and not letter.isspace() for letter in text):
        return ""
    return "this is no key: it holds blanks or line breaks"


def _answer(question: str, wrong: Wrong = lambda _: "", *, hidden: bool = False) -> str:
    """Asked again as long as `wrong` has something to say of it; "" leaves a thing as it is."""
    while True:
        told = typer.prompt(question, default="", show_default=False, hide_input=hidden)
        answer = str(told).strip()
        problem = wrong(answer) if answer else ""
        if not problem:
            return answer
        _tell(said(problem))


def _ask_key(provider: str, question: str, secret: dict[str, str]) -> None:
    if answer := _answer(question, _no_key, hidden=True):
        secret[provider] = answer


def _tell(text: str) -> None:
    """Lines of the terminal's width, broken between words."""
    columns = min(shutil.get_terminal_size().columns, _WIDEST)
    print("\n".join(wrap(text, max(20, columns - 1))))
