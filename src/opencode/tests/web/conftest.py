"""One browser and one server for every test of the page; all of it is skipped where none is."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import axe_playwright_python
import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, async_playwright, expect

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
async def browser() -> AsyncIterator[BrowserContext]:
    if not chromium():
        pytest.skip("no Chromium here: install it (Debian: chromium), or name it in CHROMIUM")
    expect.set_options(timeout=20_000)
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        context = await started.new_context()
        context.set_default_timeout(15_000)
        yield context
        await started.close()


@asynccontextmanager
async def screen(
    browser: BrowserContext,
    size: tuple[int, int] = WIDE,
    scheme: Literal["light", "dark"] = "light",
) -> AsyncIterator[Screen]:
    """A tab of that size in a browser that remembers nothing of other tests."""
    page = await browser.new_page()
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = Screen(page)
    page.on("pageerror", lambda error: found.faults.append(str(error)))
    page.on(
        "console",
        lambda said: found.faults.append(said.text) if said.type == "error" else None,
    )
    try:
        yield found
    finally:
        await page.evaluate("localStorage.clear()")
        await page.close()
        await browser.clear_cookies()
