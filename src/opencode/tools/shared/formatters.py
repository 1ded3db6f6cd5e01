"""Programs that lay out source text: the table of them, which one takes a file, how it is asked."""

import asyncio
import os
import shutil
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any, cast

from opencode.config.pins import Pins, why_changed
from opencode.core.error import ConfigError
from opencode.tools.shared.child import fed

_SECONDS = 15.0
_FILE = "$FILE"
_WEB = (
    *(".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".json", ".jsonc"),
    *(".css", ".graphql"),
)
_PRETTY = (*_WEB, ".scss", ".less", ".html", ".vue", ".svelte", ".md", ".mdx", ".yaml", ".yml")


@dataclass(frozen=True)
class Formatter:
    """One program. With `by_pipe` it reads the text and prints it, `$FILE` being its name only;
    else it rewrites `$FILE`."""

    name: str
    command: tuple[str, ...]
    endings: tuple[str, ...]
    marks: tuple[str, ...] = ()
    """Files one of which must lie in a folder above: who has none of them did not ask for it."""
    runs_project: bool = False
    """It loads code the project names; such programs wait for trust."""
    by_pipe: bool = True
    env: tuple[tuple[str, str], ...] = ()


TABLE = (
    Formatter("ruff", ("ruff", "format", "--stdin-filename", _FILE, "-"), (".py", ".pyi")),
    Formatter("black", ("black", "-q", "--stdin-filename", _FILE, "-"), (".py", ".pyi")),
    Formatter(
        "biome",
        ("biome", "format", f"--stdin-file-path={_FILE}"),
        _WEB,
        ("biome.json", "biome.jsonc"),
    ),
    Formatter("prettier", ("prettier", "--stdin-filepath", _FILE), _PRETTY, runs_project=True),
    Formatter("gofmt", ("gofmt",), (".go",)),
    Formatter("rustfmt", ("rustfmt", "--quiet", "--edition", "2021"), (".rs",)),
    Formatter(
        "clang-format",
        ("clang-format", f"--assume-filename={_FILE}"),
        (".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".ino", ".proto"),
        (".clang-format", "_clang-format"),
    ),
    Formatter("shfmt", ("shfmt", "-filename", _FILE), (".sh", ".bash")),
    Formatter("zig", ("zig", "fmt", "--stdin"), (".zig",)),
    Formatter("terraform", ("terraform", "fmt", "-"), (".tf", ".tfvars")),
    Formatter("stylua", ("stylua", "--stdin-filepath", _FILE, "-"), (".lua",)),
    Formatter("mix", ("mix", "format", "-"), (".ex", ".exs"), ("mix.exs",), runs_project=True),
)


class Unformatted(Exception):
    """The program did not lay the text out; says why."""


class Formatters:
    """Those of one project, by its settings: `[formatter]` with `enabled`, and a table a program
    with `disabled`, `command`, `extensions`, `environment` and `stdin`. Without settings none."""

    def __init__(
        self,
        project: Path,
        settings: Mapping[str, Any],
        env: Mapping[str, str],
        *,
        trusted: bool,
        pins: Pins | None = None,
    ) -> None:
        self._pins = pins
        self._project, self._env, self._trusted = project, env, trusted
        self._all = _chosen(settings)
        self.notices = [
            line for one in self._all if one.name in settings for line in self._why(one)
        ]
        """Why programs the settings name will not run, one line each."""

    def __bool__(self) -> bool:
        return bool(self._all)

    def of(self, path: Path) -> Formatter | None:
        """The first installed one that takes such files."""
        return next((one for one in self._all if self._takes(one, path)), None)

    async def formatted(self, one: Formatter, path: Path, text: bytes) -> bytes:
        """The text laid out; nothing is written at `path`. Unformatted when that fails."""
        key = f"formatter.{one.name}"
        if self._pins and (changed := await asyncio.to_thread(self._pins.changed, key)):
            raise Unformatted(why_changed(changed))
        if one.by_pipe:
            return await self._run(one, path, text)
        return await self._in_place(one, path, text)

    def listed(self) -> list[tuple[str, tuple[str, ...], bool]]:
        """Name, file endings, and whether it can run."""
        return [
            (
                one.name,
                one.endings,
                not (one.runs_project and not self._trusted) and bool(self._find(one.command[0])),
            )
            for one in self._all
        ]

    def _why(self, one: Formatter) -> list[str]:
        if one.runs_project and not self._trusted:
            return [
                f"formatter.{one.name} loads code of the project: `opencode trust` lets it run."
            ]
        if not self._find(one.command[0]):
            return [
                f"formatter.{one.name}: {one.command[0]} is not installed; nothing is formatted."
            ]
        return []

    def _takes(self, one: Formatter, path: Path) -> bool:
        if path.suffix.lower() not in one.endings or (one.runs_project and not self._trusted):
            return False
        folders = [f for f in path.parents if f.is_relative_to(self._project)]
        if one.marks and not any((f / mark).exists() for f in folders for mark in one.marks):
            return False
        return bool(self._find(one.command[0]))

    async def _in_place(self, one: Formatter, path: Path, text: bytes) -> bytes:
        """In a file beside it, so that the program finds its settings."""
        folder = next((f for f in path.parents if f.is_dir()), self._project)
        twin = folder / f".{path.stem}-{token_hex(4)}{path.suffix}"
        try:
            await asyncio.to_thread(twin.write_bytes, text)
            await self._run(one, twin, None)
            return await asyncio.to_thread(twin.read_bytes)
        except OSError as error:
            raise Unformatted(str(error)) from error
        finally:
            await asyncio.to_thread(twin.unlink, missing_ok=True)

    async def _run(self, one: Formatter, path: Path, text: bytes | None) -> bytes:
        words = [self._find(one.command[0])]
        words += [word.replace(_FILE, str(path)) for word in one.command[1:]]
        env = {**self._env, **dict(one.env)}
        try:
            said = await fed(words, text, _SECONDS, cwd=self._project, env=env)
        except TimeoutError:
            raise Unformatted(f"it took longer than {_SECONDS:g} seconds") from None
        except OSError as error:
            raise Unformatted(str(error)) from error
        if said.code or (text and not said.out):
            raise Unformatted(said.complaint or f"exit code {said.code}")
        return said.out

    def _find(self, program: str) -> str:
        """On the path, beside us, or, once it is trusted, among the project's own packages; a
        program of the project is none before that."""
        found = shutil.which(program, path=self._env.get("PATH")) or ""
        if found and not self._trusted and Path(found).is_relative_to(self._project):
            found = ""
        if not found and self._trusted:
            places = [self._project / "node_modules" / ".bin", self._project / ".venv" / "bin"]
            places.append(self._project / ".venv" / "Scripts")
            found = shutil.which(program, path=os.pathsep.join(map(str, places))) or ""
        return found or shutil.which(program, path=sysconfig.get_path("scripts")) or ""


def _chosen(settings: Mapping[str, Any]) -> list[Formatter]:
    """The settings' own first, then the table's."""
    if not settings or not settings.get("enabled", True):
        return []
    known = {one.name: one for one in TABLE}
    own: list[Formatter] = []
    for name, raw in settings.items():
        if name == "enabled":
            continue
        table = cast("dict[str, Any]", raw if isinstance(raw, dict) else {"disabled": not raw})
        plain = known.pop(name, None)
        if table.get("disabled") or not table.get("enabled", True):
            continue
        if plain and not table.get("command") and not table.get("extensions"):
            own.append(plain)
        else:
            own.append(_read(name, table, plain))
    return [*own, *known.values()]


def _read(name: str, table: Mapping[str, Any], plain: Formatter | None) -> Formatter:
    given: Any = table.get("command")
    words = given.split() if isinstance(given, str) else [str(one) for one in given or ()]
    command = tuple(words) or (plain.command if plain else ())
    endings = [str(one).lower() for one in table.get("extensions") or ()]
    endings = [one if one.startswith(".") else f".{one}" for one in endings]
    if not command or not (endings or plain):
        raise ConfigError(
            f"formatter.{name} needs a command and extensions.",
            hint=f'[formatter.{name}] command = ["{name}", "$FILE"], extensions = [".x"]',
        )
    env = cast("dict[str, Any]", table.get("environment") or table.get("env") or {})
    by_pipe = bool(table.get("stdin", (plain.by_pipe if plain else False) and not words))
    return Formatter(
        name,
        command,
        tuple(endings) or (plain.endings if plain else ()),
        by_pipe=by_pipe or not any(_FILE in word for word in command),
        env=tuple((str(key), str(value)) for key, value in env.items()),
    )
