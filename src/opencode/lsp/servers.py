"""Which server looks after which file: started on first need, restarted at most three times."""

import asyncio
import shutil
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from opencode.config.pins import Pins, why_changed
from opencode.core.code import ServerState
from opencode.core.error import ConfigError, ServerStartError
from opencode.lsp.languages import LANGUAGES, Language, Program, language_of
from opencode.lsp.nouns import Start

if TYPE_CHECKING:
    from opencode.lsp.client import Client

_RESTARTS = 3
_SECONDS = 30.0


@dataclass
class _Slot:
    """A server of one root, running or not."""

    language: Language
    root: Path
    client: "Client | None" = None
    starting: asyncio.Task[None] | None = None
    starts: int = 0
    failure: str = ""
    is_closing: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the server runs."""
        return self.client is not None and self.client.wire.is_open


class Servers:
    """The language servers of one project.

    `settings` is `[lsp]` as written: `enabled`, `auto_start`, `timeout`, and a table a language
    or server with `command` (words or a line), `server` (one of ours by name), `enabled`, `env`,
    `settings` and `options`. `tell` hears (name, state, detail) when a server changes."""

    def __init__(
        self,
        project: Path,
        settings: Mapping[str, Any],
        env: Mapping[str, str],
        tell: Callable[[str, str, str], None],
        pins: Pins | None = None,
    ) -> None:
        self._pins = pins
        self._project, self._settings, self._env, self._tell = project, settings, env, tell
        self._slots: dict[tuple[str, Path], _Slot] = {}
        self._roots: dict[tuple[str, Path], Path] = {}

    @property
    def may_start(self) -> bool:
        """Whether a server may start because a file of its language was touched."""
        return bool(self._settings.get("auto_start", True))

    def knows(self, path: Path) -> bool:
        """Whether an installed server looks after such files."""
        found = language_of(path.name)
        return found is not None and self._is_on(found[0]) and self._program(found[0]) is not None

    def is_usable(self) -> bool:
        """Whether any server is installed and switched on."""
        return any(self._is_on(one) and self._program(one) is not None for one in LANGUAGES)

    async def client(self, path: Path) -> "tuple[Client, str]":
        """The running server for a file and the file's language id; starts it if need be."""
        found = language_of(path.name)
        if found is None:
            raise ServerStartError(
                f"No language server is known for {path.name}.",
                hint="[lsp.NAME] in opencode.toml may replace the command of a known language.",
            )
        language, kind = found
        if not self._is_on(language):
            raise ServerStartError(f"Language servers for {language.name} are switched off.")
        slot = self._slot(language, path)
        if not slot.is_open:
            if slot.starting is None or slot.starting.done():
                slot.starting = asyncio.create_task(self._start(slot))
                slot.starting.add_done_callback(_looked_at)
            await asyncio.shield(slot.starting)  # whoever waits may go; the start goes on
        assert slot.client
        return slot.client, kind

    def running(self, path: Path) -> "tuple[Client, str] | None":
        """The server for a file if it runs already."""
        found = language_of(path.name)
        slot = self._slots.get((found[0].name, self._root(found[0], path))) if found else None
        return (slot.client, found[1]) if found and slot and slot.is_open and slot.client else None

    def all_running(self) -> "list[Client]":
        """Every server that runs."""
        return [slot.client for slot in self._slots.values() if slot.client and slot.is_open]

    def states(self) -> list[ServerState]:
        """Every language and what there is for it."""
        return [state for language in LANGUAGES for state in self._states_of(language)]

    async def close(self) -> None:
        """End them all."""
        for slot in self._slots.values():
            slot.is_closing = True
        starting = [slot.starting for slot in self._slots.values() if slot.starting]
        for task in starting:
            task.cancel()
        await asyncio.gather(*starting, return_exceptions=True)
        await asyncio.gather(*(s.client.stop() for s in self._slots.values() if s.client))
        self._slots.clear()

    async def _start(self, slot: _Slot) -> None:
        name = slot.language.name
        if slot.starts > _RESTARTS:
            raise ServerStartError(
                f"The language server for {name} ended {slot.starts} times and is not started "
                f"again: {slot.failure}",
                hint="`opencode debug lsp` shows its state.",
            )
        if self._pins and (changed := await asyncio.to_thread(self._pins.changed, "lsp")):
            raise ServerStartError(
                f"The language server for {name} was not started.", hint=why_changed(changed)
            )
        start = self._how(slot)
        if slot.client:
            await slot.client.stop()
        slot.starts += 1
        self._tell(start.name, "starting", str(slot.root))
        client = await asyncio.to_thread(_client, start, lambda: self._ended(slot))
        try:
            await client.start()
        except ServerStartError as error:
            slot.failure = error.message
            self._tell(start.name, "failed", error.message)
            raise
        slot.client, slot.failure = client, ""
        self._tell(start.name, "running", str(slot.root))

    def _ended(self, slot: _Slot) -> None:
        if slot.client and not slot.is_closing:
            slot.failure = f"it ended by itself. {slot.client.wire.last_words}".strip()
            self._tell(slot.client.start_as.name, "failed", slot.failure)

    def _how(self, slot: _Slot) -> Start:
        program = self._program(slot.language)
        if program is None:
            raise self._missing(slot.language)
        own = self._own(slot.language)
        given = {str(name): str(value) for name, value in own.get("env", {}).items()}
        return Start(
            program.name,
            (self._find(program.command[0]), *program.command[1:]),
            slot.root,
            {**self._env, **given},
            {**program.settings, **own.get("settings", {})},
            own.get("options", {}),
            float(own.get("timeout", self._settings.get("timeout", _SECONDS))),
            program.install if program in slot.language.programs else "",
            program.columns,
        )

    def _missing(self, language: Language) -> ServerStartError:
        """What to install, or which setting names what is not there."""
        wanted, own = self._wanted(language), self._own(language)
        if own.get("command") or own.get("server"):
            return ServerStartError(
                f"{wanted[0].command[0]}, the server of [lsp.{language.name}], is not installed.",
                hint=f"{wanted[0].install}; or name another in [lsp.{language.name}].",
            )
        ways = "; ".join(f"{one.name}: {one.install}" for one in wanted)
        return ServerStartError(
            f"No language server for {language.name} is installed.",
            hint=f"Install one ({ways}), or set [lsp.{language.name}] command.",
        )

    def _slot(self, language: Language, path: Path) -> _Slot:
        root = self._root(language, path)
        return self._slots.setdefault((language.name, root), _Slot(language, root))

    def _root(self, language: Language, path: Path) -> Path:
        """The folder of the server that looks after a file; it stays the same once it is known."""
        key = (language.name, path.parent)
        if key not in self._roots:
            self._roots[key] = self._marked(language, path)
        return self._roots[key]

    def _marked(self, language: Language, path: Path) -> Path:
        """The innermost folder up to the project's that is marked; else the project's."""
        for folder in path.parents:
            if not folder.is_relative_to(self._project):
                break
            if any((folder / mark).exists() for mark in language.roots):
                return folder
        return self._project

    def _own(self, language: Language) -> Mapping[str, Any]:
        """What is set for a language, by its name or that of one of its servers."""
        names = (language.name, *(program.name for program in language.programs))
        found = (self._settings.get(name) for name in names)
        tables = [cast("dict[str, Any]", one) for one in found if isinstance(one, dict)]
        return tables[0] if tables else {}

    def _is_on(self, language: Language) -> bool:
        own = self._own(language)
        return bool(
            self._settings.get("enabled", True)
            and own.get("enabled", True)
            and not own.get("disabled", False)
            and self._settings.get(language.name) is not False
        )

    def _wanted(self, language: Language) -> tuple[Program, ...]:
        """The programs to look for: the one that is set, else those of the table."""
        own = self._own(language)
        if command := own.get("command"):
            words = command.split() if isinstance(command, str) else [str(one) for one in command]
            if not words:
                raise ConfigError(f"[lsp.{language.name}] command is empty.")
            words += [str(word) for word in own.get("args", [])]
            return (Program(words[0], tuple(words), "Put it on the PATH"),)
        if name := own.get("server"):
            ours = tuple(one for one in language.programs if one.name == name)
            return ours or (Program(str(name), (str(name),), "Put it on the PATH"),)
        return language.programs

    def _program(self, language: Language) -> Program | None:
        return next((p for p in self._wanted(language) if self._find(p.command[0])), None)

    def _find(self, program: str) -> str:
        """Where a program is: on the path, or installed beside us; never one of the project that
        its settings did not name."""
        found = shutil.which(program, path=self._env.get("PATH"))
        if found and (Path(program).is_absolute() or not Path(found).is_relative_to(self._project)):
            return found
        beside = shutil.which(program, path=sysconfig.get_path("scripts"))
        return beside or ""

    def _states_of(self, language: Language) -> list[ServerState]:
        files = sorted(language.files)
        if not self._is_on(language):
            return [ServerState(language.name, files, "off")]
        slots = [slot for slot in self._slots.values() if slot.language is language]
        program = self._program(language)
        if program is None:
            ways = "; ".join(one.install for one in self._wanted(language))
            return [ServerState(language.name, files, "missing", detail=ways)]
        if not slots:
            command = " ".join(program.command)
            return [ServerState(program.name, files, "installed", detail=command)]
        return [_state(slot, program, files) for slot in slots]


def _client(start: Start, on_end: Callable[[], None]) -> "Client":
    """Blocks for a third of a second the first time."""
    from opencode.lsp.client import Client  # noqa: PLC0415 - pygls, only where a server starts

    return Client(start, on_end)


def _looked_at(task: asyncio.Task[None]) -> None:
    """A start that failed is told to whoever waits, or shown in the states."""
    if not task.cancelled():
        task.exception()


def _state(slot: _Slot, program: Program, files: list[str]) -> ServerState:
    if slot.is_open:
        return ServerState(program.name, files, "running", str(slot.root))
    is_starting = slot.starting is not None and not slot.starting.done()
    state = "starting" if is_starting else "failed" if slot.failure else "installed"
    return ServerState(program.name, files, state, str(slot.root), slot.failure)
