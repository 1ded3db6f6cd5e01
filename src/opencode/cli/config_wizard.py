"""A few questions instead of a settings file: provider, key, model, looks."""

import sys

import typer

from opencode.cli.show.tongue import said
from opencode.config import edit, keys, paths, secrets
from opencode.core.error import UsageError
from opencode.providers.catalog import ALIASES, row_of
from opencode.providers.rows import ROWS

_OWN = "own"
Change = tuple[tuple[str, ...], str]
"""A key, and what is to stand there."""


def ask_all() -> None:
    """Ask, and write the answers into the user's file; what is left empty stays as it is."""
    if not sys.stdin.isatty():
        raise UsageError(
            "The wizard asks questions, and nobody is here to answer.",
            hint="opencode config set KEY VALUE needs no terminal.",
        )
    file = edit.file_to_edit(paths.config_dir())
    print(said(f"Your answers go to {file}. Enter leaves a thing as it is; Ctrl-C leaves."))
    known = [row.id for row in ROWS]
    print(said(f"\nProviders: {', '.join(known)}; {_OWN} for any OpenAI-compatible service."))
    changes: list[Change] = []
    if provider := _answer(said("Provider")):
        provider = ALIASES.get(provider, provider)
        changes += _own_service() if provider == _OWN else _built_in(provider)
    if theme := _answer(said("Theme (dark, light, or a name of `/theme`)")):
        changes.append((("ui", "theme"), theme))
    if language := _answer(said("Language of the screen (en, de, fr, ja …)")):
        changes.append((("ui", "language"), language))
    for path, value in changes:
        edit.set_value(file, path, edit.typed(path, value))
    print(said(f"\n{len(changes)} settings are written to {file}."))
    print(said("Look at them: opencode config show --origin · Check all: opencode doctor"))


def _built_in(name: str) -> list[Change]:
    row = row_of(name)
    if row is None:
        raise UsageError(f"There is no provider {name!r}.", hint=f"Or answer {_OWN}.")
    changes: list[Change] = [(("provider", "default"), row.id)]
    if row.keys and not secrets.lookup(row.id, row.keys):
        _store_key(row.id, f"Key for {row.name} (not shown; or set {row.keys[0]})")
    usual = f" [{row.model}]" if row.model else ""
    if model := _answer(said(f"Model{usual}")):
        changes.append((("provider", row.id, "model"), model))
    return changes


def _own_service() -> list[Change]:
    name = _answer(said("A name for it")) or "custom"
    address = _answer(said("Its address (https://…/v1)"))
    if not address:
        raise UsageError("A service of your own needs an address.")
    _store_key(name, "Its key (not shown; empty when it needs none)")
    changes: list[Change] = [
        (("provider", "default"), name),
        (("provider", name, "base_url"), address),
    ]
    if model := _answer(said("Model")):
        changes.append((("provider", name, "model"), model))
    return changes


def _answer(question: str) -> str:
    return str(typer.prompt(question, default="", show_default=False)).strip()


def _store_key(provider: str, question: str) -> None:
    answer = str(typer.prompt(question, default="", show_default=False, hide_input=True))
    if answer.strip():
        keys.save_key(provider, answer)
        print(said(f"Stored in {paths.auth_file()}."))
