"""Which server looks after which file: started on first need, restarted at most three times."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from opencode.config.pins import Pins, why_changed
from opencode.core.code import KnownServer, ServerState
from opencode.core.error import ServerStartError
from opencode.lsp.choosing import Choice
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
    `settings` and `options`. `tell` hears (name, state, detail) when a server changes, `heard`
    (path, name) when one told what is wrong in a file."""

    def __init__(
        self,
        project: Path,
        settings: Mapping[str, Any],
        env: Mapping[str, str],
        tell: Callable[[str, str, str], None],
        heard: Callable[[Path, str], None],
        pins: Pins | None = None,
    ) -> None:
        self._pins = pins
        self._project, self._settings, self._env = project, settings, env
        self._tell, self._heard = tell, heard
        self._choice = Choice(project, settings, env)
        self._slots: dict[tuple[str, Path], _Slot] = {}
        self._roots: dict[tuple[str, Path], Path] = {}

    @property
    def may_start(self) -> bool:
        """Whether a server may start because a file of its language was touched."""
        return bool(self._settings.get("auto_start", True))

    def knows(self, path: Path) -> bool:
        """Whether an installed server looks after such files."""
        found = language_of(path.name)
        return found is not None and self._choice.is_usable(found[0])

    def is_usable(self) -> bool:
        """Whether any server is installed and switched on."""
        return any(map(self._choice.is_usable, LANGUAGES))

    async def client(self, path: Path) -> "tuple[Client, str]":
        """The running server for a file and the file's language id; starts it if need be."""
        found = language_of(path.name)
        if found is None:
            raise ServerStartError(
                f"No language server is known for {path.name}.",
                hint="[lsp.NAME] in opencode.toml may replace the command of a known language.",
            )
        language, kind = found
        if not self._choice.is_on(language):
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

    def known(self) -> list[KnownServer]:
        """Every program there could be."""
        return [row for language in LANGUAGES for row in self._known_of(language)]

    async def stop(self, name: str) -> bool:
        """End those of that name or language, and whether any ran. What waits for one that
        starts hears that it started."""
        slots = {key: s for key, s in self._slots.items() if name in self._names(s)}
        for key, slot in slots.items():
            slot.is_closing = True
            del self._slots[key]
        starting = [slot.starting for slot in slots.values() if slot.starting]
        await asyncio.gather(*starting, return_exceptions=True)
        running = [slot.client for slot in slots.values() if slot.client and slot.is_open]
        await asyncio.gather(*(client.stop() for client in running))
        for client in running:
            self._tell(client.start_as.name, "stopped", str(client.start_as.root))
        return bool(running)

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
        client = await asyncio.to_thread(
            _client, start, lambda: self._ended(slot), lambda path: self._heard(path, start.name)
        )
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
        program = self._choice.program(slot.language)
        if program is None:
            raise self._choice.missing(slot.language)
        own = self._choice.own(slot.language)
        given = {str(name): str(value) for name, value in own.get("env", {}).items()}
        return Start(
            program.name,
            (self._choice.find(program.command[0]), *program.command[1:]),
            slot.root,
            {**self._env, **given},
            {**program.settings, **own.get("settings", {})},
            own.get("options", {}),
            float(own.get("timeout", self._settings.get("timeout", _SECONDS))),
            program.install if program in slot.language.programs else "",
            program.columns,
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

    def _names(self, slot: _Slot) -> tuple[str, ...]:
        program = self._choice.program(slot.language)
        return (slot.language.name, *((program.name,) if program else ()))

    def _known_of(self, language: Language) -> list[KnownServer]:
        """The chosen one as it stands, the others as they are installed."""
        kinds = [*dict.fromkeys((language.name, *language.files.values()))]
        files, chosen = sorted(language.files), self._choice.program(language)
        rows: list[KnownServer] = []
        wanted = self._choice.wanted(language)
        for one in (*wanted, *(other for other in language.programs if other not in wanted)):
            state = "installed" if self._choice.find(one.command[0]) else "missing"
            plain = KnownServer(one.name, kinds, files, state, install=one.install)
            if not self._choice.is_on(language):
                rows.append(replace(plain, state="off"))
            elif one != chosen:
                rows.append(plain)
            else:
                rows += [
                    replace(plain, state=now.state, root=now.root, is_chosen=True)
                    for now in self._states_of(language)
                ]
        return rows

    def _states_of(self, language: Language) -> list[ServerState]:
        files = sorted(language.files)
        if not self._choice.is_on(language):
            return [ServerState(language.name, files, "off")]
        slots = [slot for slot in self._slots.values() if slot.language is language]
        program = self._choice.program(language)
        if program is None:
            ways = "; ".join(one.install for one in self._choice.wanted(language))
            return [ServerState(language.name, files, "missing", detail=ways)]
        if not slots:
            command = " ".join(program.command)
            return [ServerState(program.name, files, "installed", detail=command)]
        return [_state(slot, program, files) for slot in slots]


def _client(start: Start, on_end: Callable[[], None], heard: Callable[[Path], None]) -> "Client":
    """Blocks for a third of a second the first time."""
    from opencode.lsp.client import Client  # noqa: PLC0415 - pygls, only where a server starts

    return Client(start, on_end, heard)


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
