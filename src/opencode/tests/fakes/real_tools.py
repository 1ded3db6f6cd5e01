"""Where real servers lie that `make setup-real` installed; tests without them are skipped."""

import os
import shutil
import sys
from pathlib import Path

import pytest

import opencode

HERE = Path(opencode.__file__).parents[2] / "tools-real"
_FOLDERS = [HERE / "node_modules" / ".bin", HERE / "py" / "bin", Path(sys.executable).parent]
PATH = os.pathsep.join([*map(str, _FOLDERS), os.environ.get("PATH", "")])


def real(program: str) -> str:
    """The path of a program; the test is skipped where it is not installed."""
    found = shutil.which(program, path=PATH)
    if not found or (".cargo" in found and "rust-analyzer" in found):
        pytest.skip(f"needs {program} (make setup-real)")
    return found
