"""What lies on the tool shelf: one file, one tool; a new file is a new tool."""

from collections.abc import Mapping
from importlib import import_module
from inspect import isclass
from pkgutil import iter_modules
from typing import TypeGuard

import opencode.tools
from opencode.config.secrets import lookup
from opencode.core.error import UsageError
from opencode.core.tool import AnyTool, Secret, Tool


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
    own = [kind for kind in vars(module).values() if _is_tool(kind, module.__name__)]
    if len(own) != 1:
        raise UsageError(f"tools/{name}.py holds {len(own)} tools instead of one.")
    return own[0]()


def _is_tool(kind: object, module: str) -> TypeGuard[type[AnyTool]]:
    return isclass(kind) and kind.__module__ == module and issubclass(kind, Tool)


def tools_on_shelf(switches: Mapping[str, bool], secret: Secret) -> dict[str, AnyTool]:
    """Every tool that is not switched off and can be used here, by name; one switched on is
    there in any case and says itself what it lacks."""
    tools = {name: tool_on_shelf(name) for name in tool_names() if switches.get(name, True)}
    return {
        name: tool for name, tool in tools.items() if switches.get(name) or tool.is_usable(secret)
    }


def service_variable(name: str) -> str:
    """See `core.tool.Secret`: the environment, then what `opencode auth set exa` stored."""
    return lookup(name.removesuffix("_API_KEY").lower(), (name,))
