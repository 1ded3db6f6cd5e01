"""Libraries that take long to import and that few tests use: every process collects all tests."""

import importlib.util
import sys
from types import ModuleType


def later(name: str) -> ModuleType:
    """The module, imported when it is first asked for something; ImportError where it is not."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ImportError(f"{name} is not installed: make setup-dev")
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
