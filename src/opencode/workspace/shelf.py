"""What lies on the tool shelf: one file, one tool; a new file is a new tool."""

from collections.abc import Mapping
from importlib import import_module
from inspect import isabstract, isclass
from pkgutil import iter_modules

import opencode.tools
from opencode.core.error import UsageError
from opencode.core.tool import AnyTool, Tool


def tool_names() -> list[str]:
    """The names of the files on the shelf, sorted; imports none of them."""
    return sorted(m.name for m in iter_modules(opencode.tools.__path__) if not m.ispkg)


def tool_on_shelf(name: str) -> AnyTool:
    """One tool, loaded."""
    if name not in tool_names():
        raise UsageError(
            f"There is no tool {name!r}.", hint=f"There are: {', '.join(tool_names())}."
        )
    module = import_module(f"opencode.tools.{name}")
    for found in vars(module).values():
        if isclass(found) and found.__module__ == module.__name__ and issubclass(found, Tool):
            if not isabstract(found):
                return found()
    raise UsageError(f"tools/{name}.py holds no Tool.")


def tools_on_shelf(switches: Mapping[str, bool]) -> dict[str, AnyTool]:
    """Every tool that is not switched off, by name."""
    return {name: tool_on_shelf(name) for name in tool_names() if switches.get(name, True)}
