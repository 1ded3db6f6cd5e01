"""Tools of the user: Python functions with types and a docstring, or classes like our own."""

import asyncio
import hashlib
import inspect
import sys
from collections.abc import Callable, Iterable
from copy import deepcopy
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, cast, get_type_hints

import msgspec

from opencode.core.error import ConfigError, UsageError
from opencode.core.place import Place
from opencode.core.tool import AnyTool, Tool, ToolContext, ToolResult
from opencode.tools.shared.truncate import shorten
from opencode.workspace.opening.shelf import tool_names

GROUP = "opencode.tools"
"""The entry points by which installed packages add tools."""
_UNNAMED = ("run", "main", "execute", "tool")
"""Functions that are called by the name of their file."""


def custom_tools(files: Iterable[Path], tell: Callable[[str], None]) -> dict[str, AnyTool]:
    """What the files and installed packages hold, by name. What cannot be loaded is told."""
    taken = set(tool_names())
    found: dict[str, AnyTool] = {}
    sources: list[tuple[str, Callable[[], list[AnyTool]]]] = [
        (str(path), lambda path=path: _of_file(path)) for path in files
    ]
    for entry in entry_points(group=GROUP):
        sources.append((entry.value, lambda entry=entry: [_made(entry.load(), entry.name)]))
    for source, load in sources:
        try:
            tools = load()
        except Exception as error:  # noqa: BLE001 - boundary: a user's file may raise anything
            tell(f"{source}: this tool was not loaded: {type(error).__name__}: {error}")
            continue
        for tool in tools:
            if tool.name in taken:
                tell(f"{source}: {tool.name} is a tool of opencode; give yours another name.")
            else:
                found[tool.name] = tool
    return found


def tools_of(things: Iterable[Callable[..., Any] | AnyTool]) -> list[AnyTool]:
    """What a program hands over, as tools. UsageError for a name that is taken, ConfigError for
    what is no tool."""
    taken = set(tool_names())
    made: list[AnyTool] = []
    for thing in things:
        tool = _made(thing, "")
        if tool.name in taken:
            raise UsageError(
                f"There is a tool {tool.name!r} already.", hint="Name yours otherwise."
            )
        taken.add(tool.name)
        made.append(tool)
    return made


def _of_file(path: Path) -> list[AnyTool]:
    name = f"opencode_tool_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigError("this is no Python file", file=str(path))
    module = module_from_spec(spec)
    sys.modules[name] = module  # annotations are looked up there
    spec.loader.exec_module(module)
    made = [_made(thing, path.stem) for thing in _things(module)]
    if not made:
        raise ConfigError("it holds no public function and no Tool", file=str(path))
    return made


def _things(module: ModuleType) -> list[Any]:
    own = {
        name: thing
        for name, thing in vars(module).items()
        if not name.startswith("_") and getattr(thing, "__module__", "") == module.__name__
    }
    classes: list[Any] = [t for t in own.values() if inspect.isclass(t) and issubclass(t, Tool)]
    return classes or [thing for thing in own.values() if inspect.isfunction(thing)]


def _made(thing: Any, fallback: str) -> AnyTool:
    found: Any = thing() if inspect.isclass(thing) else thing
    if isinstance(found, Tool):
        return cast("AnyTool", found)
    return FunctionTool(found, fallback)


class FunctionTool(Tool[Any]):
    """A function as a tool. A parameter annotated ToolContext gets the context; the result is
    text, a ToolResult, or anything that can be JSON."""

    effects = True

    def __init__(self, function: Callable[..., Any], fallback: str) -> None:
        own = getattr(function, "__name__", fallback)
        self.name = fallback or own if own in _UNNAMED else own
        about = inspect.getdoc(function)
        if not about:
            raise ConfigError(f"{own} needs a docstring: it is what the model reads")
        self.description = about
        self._function = function
        self._context = ""
        self.input = self._struct(function)

    def _struct(self, function: Callable[..., Any]) -> type[msgspec.Struct]:
        hints = get_type_hints(function, include_extras=True)
        fields: list[Any] = []
        for name, parameter in inspect.signature(function).parameters.items():
            if hints.get(name) is ToolContext:
                self._context = name
                continue
            if name not in hints or parameter.kind in (
                inspect.Parameter.VAR_POSITIONAL,
                inspect.Parameter.VAR_KEYWORD,
                inspect.Parameter.POSITIONAL_ONLY,
            ):
                raise ConfigError(f"the parameter {name} of {self.name} needs a type")
            fields.append(_field(name, hints[name], parameter.default))
        return msgspec.defstruct(f"{self.name}_input", fields, kw_only=True)

    def has_effects(self, args: Any, place: Place) -> bool:
        """Nobody knows, so yes."""
        del args, place
        return True

    async def run(self, args: Any, ctx: ToolContext) -> ToolResult:
        """In a thread, unless it is a coroutine function."""
        given = {name: getattr(args, name) for name in self.input.__struct_fields__}
        if self._context:
            given[self._context] = ctx
        if inspect.iscoroutinefunction(self._function):
            result = await self._function(**given)
        else:
            result = await asyncio.to_thread(self._function, **given)
        if isinstance(result, ToolResult):
            return result
        text = _text(result)
        kept = f"{self.name}_{ctx.call.id}.txt"
        return ToolResult(shorten(text, lambda: ctx.scratch(kept, text.encode())))


def _field(name: str, kind: Any, default: Any) -> Any:
    if default is inspect.Parameter.empty:
        return (name, kind)
    if default is None or isinstance(default, str | int | float | bool | tuple):
        return (name, kind, cast("Any", default))
    return (name, kind, msgspec.field(default_factory=lambda: deepcopy(default)))


def _text(result: Any) -> str:
    if result is None:
        return "Done."
    if isinstance(result, str):
        return result
    try:
        return msgspec.json.encode(result).decode()
    except (TypeError, msgspec.MsgspecError):
        return str(result)
