"""A workspace whose models are asked over real wires, with one model worker for all tests."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from opencode.tests.fakes.scripts import Desk, desk


@pytest.fixture
def shared_worker(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Workers take seconds to start: tests that do not look at them share one."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    shared.mkdir(mode=0o700, exist_ok=True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(shared))
    return shared


@asynccontextmanager
async def wired(
    project: Path,
    model: str,
    providers: dict[str, Any],
    more: dict[str, Any] | None = None,
    **how: Any,
) -> AsyncGenerator[Desk]:
    """The project opened with these `[provider.…]` tables, by their names."""
    overrides = {
        "provider": providers,
        "worker": {"keep": "20s"},
        "clocks": {"max_tries": 2, "max_wait": 5},
        **(more or {}),
    }
    async with desk(project, model, on_ask="auto", overrides=overrides, **how) as at:
        yield at
