"""What lies on the tool shelf: one file, one tool; a new file is a new tool."""

import os
from collections.abc import Mapping
from importlib import import_module
from inspect import isclass
from pkgutil import iter_modules
from typing import TypeGuard

import opencode.tools
from opencode.config.schema import Settings
from opencode.config.secrets import lookup
from opencode.core.error import UsageError
from opencode.core.tool import AnyTool, Secret, Tool
from opencode.tools.shared.engines import CHOSEN, ENGINES


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


def services(settings: Settings) -> Secret:
    """See `core.tool.Secret`: the environment, then `[search]`, then what `opencode auth set exa`
    stored."""
    section = settings.search
    engine = next((one for one in ENGINES if one.id == section.engine), None)
    told = {CHOSEN: section.engine}
    if engine:
        told[engine.address] = section.base_url
        told[engine.key] = os.environ.get(section.api_key_env, "") if section.api_key_env else ""

    def secret(name: str) -> str:
        written = os.environ.get(name, "").strip() or told.get(name, "")
        return written or lookup(name.removesuffix("_API_KEY").lower())

    return secret
