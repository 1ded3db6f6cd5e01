"""One running language server: its documents, its diagnostics, and what it can be asked."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import msgspec

from opencode.core.error import ServerStartError, ToolError
from opencode.lsp.positions import difference, path_of
from opencode.lsp.protocol import CAPABILITIES, Problem, Published, Report
from opencode.lsp.wire import NoMethod, Wire

_ANSWER = 20.0
_MORE = 0.15
"""Seconds a server may take to send its diagnostics in further pieces."""
_INCREMENTAL = 2
_NOTHING = (
    "window/workDoneProgress/create",
    "window/showMessageRequest",
    "workspace/semanticTokens/refresh",
    "workspace/inlayHint/refresh",
    "workspace/codeLens/refresh",
    "workspace/foldingRange/refresh",
    "workspace/inlineValue/refresh",
)


@dataclass(frozen=True)
class Start:
    """How a server is started."""

    name: str
    command: tuple[str, ...]
    root: Path
    env: Mapping[str, str]
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Answers to the server's questions about its configuration."""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Its `initializationOptions`."""
    seconds: float = 30.0
    """Until it must be ready."""


@dataclass
class _Opened:
    """A document as the server knows it."""

    version: int
    text: str
    published: Published | None = None
    published_for: int = 0
    """Version the published diagnostics are about, as far as can be told."""
    pull: asyncio.Task[list[Problem]] | None = None
    pulled_for: int = 0

    @property
    def is_told(self) -> bool:
        """Whether the diagnostics of this version were published."""
        return self.published is not None and self.published_for >= self.version


class Client:
    """Speaks to one server. `on_end` hears when it is gone, wanted or not."""

    def __init__(self, start: Start, on_end: Callable[[], None]) -> None:
        self.start_as = start
        self.encoding = "utf-16"
        self.wire = Wire(self._asked, self._noticed, on_end)
        self._can: dict[str, Any] = {}
        self._registered: dict[str, str] = {}
        self._opened: dict[str, _Opened] = {}
        self._news = asyncio.Event()

    async def start(self) -> None:
        """Start and initialize; ServerStartError with its own last words when it cannot."""
        start = self.start_as
        try:
            await self.wire.start(start.command, start.root, start.env)
            answer = await self.wire.request("initialize", self._initialize(), start.seconds)
        except (OSError, ToolError) as error:
            said = " ".join(list(self.wire.said)[-3:])
            await asyncio.shield(self.wire.stop(politely=False))
            raise ServerStartError(
                f"The language server {start.name} did not start: {error} {said[:400]}".strip(),
                hint=f"Try it by hand: {' '.join(start.command)}",
            ) from error
        except asyncio.CancelledError:
            await asyncio.shield(self.wire.stop(politely=False))
            raise
        self._can = answer.get("capabilities", {})
        self.encoding = self._can.get("positionEncoding") or "utf-16"
        self.wire.notify("initialized", {})
        if start.settings:  # empty ones would switch checks off in some servers
            self.wire.notify("workspace/didChangeConfiguration", {"settings": dict(start.settings)})

    async def stop(self) -> None:
        """End it and everything it started."""
        pulls = [one.pull for one in self._opened.values() if one.pull]
        for pull in pulls:
            pull.cancel()
        await asyncio.gather(*pulls, return_exceptions=True)
        await self.wire.stop()

    def can(self, what: str) -> bool:
        """Whether it offers a capability ("renameProvider")."""
        return self._can.get(what) not in (None, False)  # options may be empty

    async def ask(self, method: str, params: Any) -> Any:
        """The server's answer; ToolError when it has none."""
        return await self.wire.request(method, params, _ANSWER)

    def show(self, path: Path, kind: str, text: str) -> str:
        """Make the server see the file with this text; returns its URI."""
        uri = path.as_uri()
        known = self._opened.get(uri)
        if known is None:
            self._opened[uri] = _Opened(1, text)
            document = {"uri": uri, "languageId": kind, "version": 1, "text": text}
            self.wire.notify("textDocument/didOpen", {"textDocument": document})
        elif known.text != text:
            change: dict[str, Any] = {"text": text}
            if self._sync() == _INCREMENTAL:
                edit = difference(known.text, text, self.encoding)
                change = {"range": msgspec.to_builtins(edit.range), "text": edit.new_text}
            known.version, known.text = known.version + 1, text
            self._forget_answers()
            document = {"uri": uri, "version": known.version}
            params = {"textDocument": document, "contentChanges": [change]}
            self.wire.notify("textDocument/didChange", params)
            self.wire.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        return uri

    def files_changed(self, paths: Sequence[Path]) -> None:
        """Tell it that files changed on disk."""
        kinds = [(path.as_uri(), 2 if path.exists() else 3) for path in paths]
        changes = [{"uri": uri, "type": kind} for uri, kind in kinds]
        self._forget_answers()
        self.wire.notify("workspace/didChangeWatchedFiles", {"changes": changes})
        for uri, kind in kinds:
            if kind == 3 and self._opened.pop(uri, None):
                self.wire.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    async def problems(self, uri: str, wait: float) -> list[Problem] | None:
        """The diagnostics of the version shown last; None when they are not there in time."""
        opened = self._opened[uri]
        deadline = asyncio.get_running_loop().time() + wait
        while self._is_pulled or not opened.is_told:
            if self._is_pulled:
                left = deadline - asyncio.get_running_loop().time()
                return await self._pulled(uri, opened, max(left, 0.0))
            if not await self._something_new(deadline):
                return None
        end = min(deadline, asyncio.get_running_loop().time() + _MORE)
        while await self._something_new(end):
            pass
        return opened.published.diagnostics if opened.published else None

    @property
    def _is_pulled(self) -> bool:
        """Whether diagnostics are asked for; some servers say so only when they have started."""
        asked = "textDocument/diagnostic"
        return self.can("diagnosticProvider") or asked in self._registered.values()

    def _forget_answers(self) -> None:
        """What one file says may depend on any other."""
        for opened in self._opened.values():
            if opened.pull and opened.pull.done():
                opened.pull = None

    async def _something_new(self, deadline: float) -> bool:
        """Whether anything was published before the deadline."""
        self._news.clear()
        try:
            async with asyncio.timeout_at(deadline):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    async def _pulled(self, uri: str, opened: _Opened, wait: float) -> list[Problem] | None:
        """Asks once a version; an answer that comes late is there the next time."""
        pull = opened.pull
        if pull is None or opened.pulled_for != opened.version:
            if pull:
                pull.cancel()
                await asyncio.gather(pull, return_exceptions=True)
            pull = opened.pull = asyncio.create_task(self._pull(uri))
            opened.pulled_for = opened.version
        await asyncio.wait([pull], timeout=wait)
        if not pull.done() or pull.cancelled():
            return None
        if pull.exception():
            opened.pull = None  # it is asked anew the next time
            return None
        return pull.result()

    async def _pull(self, uri: str) -> list[Problem]:
        answer = await self.ask("textDocument/diagnostic", {"textDocument": {"uri": uri}})
        return msgspec.convert(answer or {}, Report).items

    def _sync(self) -> int:
        match self._can.get("textDocumentSync"):
            case {"change": int(kind)} | int(kind):
                return kind
            case _:
                return 0

    def _initialize(self) -> dict[str, Any]:
        root = self.start_as.root
        return {
            "processId": os.getpid(),
            "clientInfo": {"name": "opencode"},
            "rootUri": root.as_uri(),
            "rootPath": str(root),
            "workspaceFolders": [{"uri": root.as_uri(), "name": root.name}],
            "capabilities": CAPABILITIES,
            "initializationOptions": dict(self.start_as.options),
        }

    def _asked(self, method: str, params: Any) -> Any:
        """What servers ask us."""
        match method:
            case "workspace/configuration":
                return [self._setting(item.get("section", "")) for item in params["items"]]
            case "workspace/workspaceFolders":
                return self._initialize()["workspaceFolders"]
            case "client/registerCapability":
                added: list[dict[str, str]] = params["registrations"]
                self._registered.update((one["id"], one["method"]) for one in added)
                self._news.set()
            case "client/unregisterCapability":
                gone: list[dict[str, str]] = params["unregisterations"]
                for one in gone:
                    self._registered.pop(one["id"], None)
            case "workspace/diagnostic/refresh":
                self._forget_answers()
            case "workspace/applyEdit":
                return {"applied": False, "failureReason": "edits are made by request only"}
            case _ if method not in _NOTHING:
                raise NoMethod
            case _:
                pass
        return None

    def _setting(self, section: str) -> Any:
        found: Any = self.start_as.settings
        for name in filter(None, section.split(".")):
            found = cast("dict[str, Any]", found).get(name) if isinstance(found, dict) else None
        return found

    def _noticed(self, method: str, params: Any) -> None:
        if method != "textDocument/publishDiagnostics":
            return
        told = msgspec.convert(params, Published)
        opened = self._opened.get(path_of(told.uri).as_uri())
        if opened:
            opened.published = told
            opened.published_for = opened.version if told.version is None else told.version
            self._news.set()
