"""One browser and one server for every test of the page; all of it is skipped where none is."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import axe_playwright_python
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from opencode.tests.fakes.model_client import ModelServer, model_server
from opencode.tests.web.serving import Site, site

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
WIDE, PHONE = (1440, 900), (390, 844)


def chromium() -> str:
    """The browser's path; "" where there is none."""
    own = os.environ.get("CHROMIUM", "")
    return own or shutil.which("chromium") or shutil.which("chromium-browser") or ""


@dataclass
class Screen:
    """A page in a browser of its own, and everything that went wrong in it."""

    page: Page
    faults: list[str] = field(default_factory=list)


@pytest.fixture(scope="package")
def service() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture(scope="package")
def open_site(service: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if not chromium():
        pytest.skip("no Chromium here: install it (Debian: chromium), or name it in CHROMIUM")
    with site(tmp_path_factory.mktemp("open"), service) as found:
        yield found


@pytest.fixture(scope="package")
def locked_site(service: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("locked"), service, "päss word") as found:
        yield found


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    if not chromium():
        pytest.skip("no Chromium here: install it (Debian: chromium), or name it in CHROMIUM")
    expect.set_options(timeout=20_000)
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        await started.close()


@asynccontextmanager
async def screen(
    browser: Browser, size: tuple[int, int] = WIDE, **more: object
) -> AsyncIterator[Screen]:
    """A fresh browser profile of that size, with nothing but this machine to be reached."""
    width, height = size
    context: BrowserContext = await browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce", **more
    )
    context.set_default_timeout(15_000)
    page = await context.new_page()
    found = Screen(page)
    page.on("pageerror", lambda error: found.faults.append(str(error)))
    page.on(
        "console",
        lambda said: found.faults.append(said.text) if said.type == "error" else None,
    )
    try:
        yield found
    finally:
        await context.close()
