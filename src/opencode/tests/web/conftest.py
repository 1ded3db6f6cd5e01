"""One browser, one tab of each size and one server for every test of the page; all of it is skipped
where no browser is. A test begins where a person begins: in a new session, without a reload."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import axe_playwright_python
import pytest
import pytest_asyncio

from opencode.tests.fakes import toy_language_server, toy_mcp_server
from opencode.tests.fakes.model_client import ModelServer, model_server
from opencode.tests.later import later
from opencode.tests.web.serving import Site, site

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
playwright = later("playwright.async_api")
WIDE, PHONE = (1440, 900), (390, 844)

HELPERS = f"""
[mcp.servers.toy]
command = '{sys.executable}'
args = ['{toy_mcp_server.__file__}']
[lsp.python]
command = ['{sys.executable}', '{toy_language_server.__file__}']
[provider.toy.models.m.variants.deep]
temperature = 0.25
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These tests come first: of many processes the first one then gets them all in one piece, and
    only one of them starts a browser and servers."""
    here = Path(__file__).parent
    items.sort(key=lambda item: not item.path.is_relative_to(here))


def expect(what: Any) -> Any:
    """Playwright's claim about a page or a part of it, which waits for it to come true."""
    return playwright.expect(what)


def chromium() -> str:
    """The browser's path; "" where there is none."""
    own = os.environ.get("CHROMIUM", "")
    return own or shutil.which("chromium") or shutil.which("chromium-browser") or ""


@dataclass
class Screen:
    """A tab, and everything that went wrong in it."""

    page: Page
    faults: list[str] = field(default_factory=list)


@pytest.fixture(scope="package")
def service() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture(scope="package")
def open_site(service: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("open"), service, settings=("", HELPERS)) as found:
        yield found


@pytest.fixture(scope="package")
def locked_site(service: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    never = ('share = "disabled"\n', "")
    with site(tmp_path_factory.mktemp("locked"), service, "päss word", never) as found:
        yield found


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def chrome() -> AsyncIterator[Browser]:
    if not chromium():
        pytest.skip("no Chromium here: install it (Debian: chromium), or name it in CHROMIUM")
    playwright.expect.set_options(timeout=20_000)
    async with playwright.async_playwright() as driver:
        started = await driver.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        await started.close()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser(chrome: Browser) -> BrowserContext:
    """For tabs of tests that load the page anew. Each tab has a context with no other tab in front
    of it: those in the background are slow."""
    context = await chrome.new_context()
    context.set_default_timeout(15_000)
    return context


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def wide_tab(chrome: Browser) -> Screen:
    return await _opened(await chrome.new_context(), WIDE)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def phone_tab(chrome: Browser) -> Screen:
    return await _opened(await chrome.new_context(), PHONE)


@pytest_asyncio.fixture(loop_scope="package")
async def wide(wide_tab: Screen, open_site: Site) -> Screen:
    """1440 pixels wide, at a new session."""
    return await _home(wide_tab, open_site.url)


@pytest_asyncio.fixture(loop_scope="package")
async def phone(phone_tab: Screen, open_site: Site) -> Screen:
    """390 pixels wide, at a new session."""
    return await _home(phone_tab, open_site.url)


@pytest_asyncio.fixture(loop_scope="package", params=[WIDE, PHONE], ids=["1440", "390"])
async def either(
    request: pytest.FixtureRequest, wide_tab: Screen, phone_tab: Screen, open_site: Site
) -> Screen:
    """Once as wide as a desk, once as narrow as a phone."""
    return await _home(wide_tab if request.param == WIDE else phone_tab, open_site.url)


@asynccontextmanager
async def screen(
    browser: BrowserContext,
    size: tuple[int, int] = WIDE,
    scheme: Literal["light", "dark"] = "light",
) -> AsyncIterator[Screen]:
    """A tab of its own, for tests that load the page anew; it leaves nothing behind."""
    found = await _opened(browser, size, scheme)
    try:
        yield found
    finally:
        await found.page.evaluate("localStorage.clear()")
        await found.page.close()
        await browser.clear_cookies()


async def _opened(
    browser: BrowserContext, size: tuple[int, int], scheme: Literal["light", "dark"] = "light"
) -> Screen:
    page = await browser.new_page()
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = Screen(page)
    page.on("pageerror", lambda error: found.faults.append(str(error)))
    page.on(
        "console",
        lambda said: found.faults.append(said.text) if said.type == "error" else None,
    )
    return found


async def _home(tab: Screen, url: str) -> Screen:
    page = tab.page
    if page.url.startswith(url):
        await page.keyboard.press("Escape")
        await page.evaluate("localStorage.clear(); location.hash = '#/settings'")
        await expect(page.locator(".settings")).to_be_attached()
        await page.evaluate("location.hash = '#/'")
    else:
        await page.goto(f"{url}/#/")
    await expect(page.locator(".welcome")).to_be_visible()
    await expect(page.get_by_label(re.compile(r"Model: \w"))).to_be_visible()
    tab.faults.clear()
    return tab
