"""A workspace whose models are asked over real wires."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from opencode.tests.fakes.scripts import Desk, desk


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
        "clocks": {"max_tries": 2, "max_wait": 5},
        **(more or {}),
    }
    async with desk(project, model, on_ask="auto", overrides=overrides, **how) as at:
        yield at
