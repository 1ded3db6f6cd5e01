"""The user's programs at the points of a session's life: shell commands and Python functions."""

import asyncio
import contextlib
import inspect
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

import msgspec

from opencode.config.schema import HookEvent, HookSection
from opencode.core.display import Text
from opencode.core.error import PermissionDenied
from opencode.core.event import AskRaised, Event, Notice
from opencode.core.message import ToolPart
from opencode.core.permission import is_like
from opencode.core.session import Session
from opencode.core.tool import ToolResult

Table = dict[str, Any]
_SHOWN = 2000


class HookFailed(Exception):
    """A program that did not end well, or was not run; its words say why."""


class Vouched(Protocol):
    """Sees to it that the programs a setting names are those that were trusted."""

    async def __call__(self, key: str, session: Session | None, call: ToolPart | None) -> None:
        """HookFailed when one is not; a call in a session can have the person asked."""
        ...


class UserHooks:
    """Runs the hooks of the settings (a project's only when trusted) in the order they stand.

    Those before a tool may refuse it and change its input; one that fails refuses, too. All
    others cannot stop anything: what goes wrong with them is told as a notice."""

    def __init__(
        self,
        sections: Mapping[str, HookSection],
        directory: Path,
        env: Mapping[str, str],
        emit: Callable[[Event], None],
        vouched: Vouched,
    ) -> None:
        self._sections = {
            name: one for name, one in sections.items() if one.enabled and (one.run or one.python)
        }
        self._directory, self._env, self._emit = directory, dict(env), emit
        self._vouched = vouched
        self._begun: set[str] = set()
        self._last: asyncio.Task[None] | None = None

    async def before_tool(self, session: Session, call: ToolPart) -> bool:
        """See `agent.hooks.Hooks`."""
        changed = False
        for name, section in self._for("before_tool", call.tool):
            about = {"session": session.id, "tool": call.tool, "input": call.input}
            try:
                await self._vouched(f"hooks.{name}", session, call)
                answer = await self._ask("before_tool", section, about)
            except HookFailed as error:
                raise PermissionDenied(f"Denied by the hook {name}: {error}") from error
            if reason := answer.get("deny"):
                raise PermissionDenied(f"Denied by the hook {name}: {reason}")
            if isinstance(other := answer.get("input"), dict):
                call.input, call.raw, changed = cast("Table", other), "", True
        return changed

    async def after_tool(self, session: Session, call: ToolPart, result: ToolResult) -> ToolResult:
        """See `agent.hooks.Hooks`."""
        for name, section in self._for("after_tool", call.tool):
            about: Table = {"session": session.id, "tool": call.tool, "input": call.input}
            about["output"] = result.output
            answer = await self._try("after_tool", name, section, about, (session, call))
            if more := str(answer.get("output") or ""):
                said = f"{result.output}\n[hook {name}] {more}"
                result = replace(result, output=said, display=[*result.display, Text(more)])
        return result

    async def before_compaction(self, session: Session) -> None:
        """See `agent.hooks.Hooks`."""
        await self._tell("before_compaction", {"session": session.id, "title": session.title})

    def run_started(self, session: Session) -> None:
        """The first run of a session here is its start."""
        if session.id not in self._begun and not session.parent:
            self._begun.add(session.id)
            self._later("session_start", {"session": session.id, "title": session.title})

    def run_ended(self, session: Session, reason: str) -> None:
        """See `agent.hooks.Hooks`."""
        if not session.parent:
            self._later("stop", {"session": session.id, "reason": reason})

    def emit(self, event: Event) -> None:
        """Pass the event on; one that waits for a person is a notification."""
        self._emit(event)
        if isinstance(event, AskRaised):
            ask = event.ask
            text = ask.text or "\n".join(question.text for question in ask.questions)
            about = {"session": event.session, "kind": ask.kind, "tool": ask.tool, "text": text}
            self._later("notification", about)

    async def close(self) -> None:
        """The sessions end; returns when every program has."""
        for session in sorted(self._begun):
            self._later("session_end", {"session": session})
        if self._last:
            await asyncio.wait([self._last])

    def _for(self, on: HookEvent, tool: str = "") -> list[tuple[str, HookSection]]:
        return [
            (name, section)
            for name, section in self._sections.items()
            if section.on == on and (not tool or is_like(section.tool, tool))
        ]

    def _later(self, on: HookEvent, about: Table) -> None:
        """One after another, without holding anybody up."""
        if not self._for(on):
            return
        before = self._last

        async def work() -> None:
            if before:
                await asyncio.wait([before])
            await self._tell(on, about)

        self._last = asyncio.create_task(work())

    async def _tell(self, on: HookEvent, about: Table) -> None:
        for name, section in self._for(on):
            await self._try(on, name, section, about)

    async def _try(
        self,
        on: HookEvent,
        name: str,
        section: HookSection,
        about: Table,
        at: tuple[Session, ToolPart] | None = None,
    ) -> Table:
        try:
            await self._vouched(f"hooks.{name}", *(at or (None, None)))
            return await self._ask(on, section, about)
        except HookFailed as error:
            notice = f"The hook {name} failed: {error}"
            self._emit(Notice(str(about["session"]), "warning", "hook.failed", notice))
            return {}

    async def _ask(self, on: HookEvent, section: HookSection, about: Table) -> Table:
        """Its answer; {} when it had nothing to say. HookFailed also when its time is up."""
        told = {"event": on, "directory": str(self._directory), **about}
        try:
            async with asyncio.timeout(section.timeout):
                if section.python:
                    return await _call(section.python, told)
                return await self._run(section.run, told)
        except TimeoutError as error:
            raise HookFailed(f"it took longer than {section.timeout:g} seconds") from error

    async def _run(self, line: str, told: Table) -> Table:
        try:
            process = await asyncio.create_subprocess_shell(
                line,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                cwd=self._directory,
                env=self._env,
                start_new_session=True,
            )
        except OSError as error:
            raise HookFailed(f"it could not be started: {error}") from error
        try:
            out, err = await process.communicate(msgspec.json.encode(told))
        finally:
            _end(process)
        if process.returncode:
            said = (err or out).decode(errors="replace").strip()[:_SHOWN]
            raise HookFailed(said or f"exit code {process.returncode}")
        return _answer(out)


def _end(process: Process) -> None:
    """Whatever it left goes with it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        elif process.returncode is None:
            process.kill()


def _answer(out: bytes) -> Table:
    """JSON counts; other output is what people like to print, and means nothing."""
    try:
        found: Any = msgspec.json.decode(out)
    except msgspec.DecodeError:
        return {}
    return cast("Table", found) if isinstance(found, dict) else {}


async def _call(name: str, told: Table) -> Table:
    """`package.module:function`, in a thread unless it is a coroutine function."""
    module, _, function = name.partition(":")
    try:
        found = getattr(import_module(module), function)
        if inspect.iscoroutinefunction(found):
            answer = await found(told)
        else:
            answer = await asyncio.to_thread(found, told)
    except Exception as error:
        raise HookFailed(f"{type(error).__name__}: {error}") from error
    return cast("Table", answer) if isinstance(answer, dict) else {}
