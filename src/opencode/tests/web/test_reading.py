"""What is read stays in sight and in hand, with fingers, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opencode.tests.web.conftest import PHONE, Screen, expect
from opencode.tests.web.serving import Site
from opencode.tests.web.test_talking import ask

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

_SELECT = "getSelection().selectAllChildren(document.querySelector('.prose p'))"
_BELOW = """() => { const one = document.querySelector(".transcript");
  return Math.round(one.scrollHeight - one.scrollTop - one.clientHeight); }"""
_PRESSED = "button, select, summary, input:not([type=checkbox])"
_SMALL = """(pressed) => [...document.querySelectorAll(pressed)]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .filter((one) => !one.classList.contains("visually-hidden"))
  .filter((one) => one.offsetHeight < 44 || one.offsetWidth < 44).map((one) => one.outerHTML)"""


async def test_a_growing_answer_keeps_a_selection_and_a_growing_input_its_end_in_sight(
    open_site: Site, wide: Screen
) -> None:
    page = wide.page
    long = [{"text": "First words"}, {"sleep": 0.6}, {"text": " and more.\n\n" + "x\n\n" * 60}]
    open_site.say({"events": long})
    await ask(page, "Say it")
    await expect(page.locator(".prose p")).to_have_text("First words")
    await page.evaluate(_SELECT)
    await expect(page.locator(".prose p").first).to_have_text("First words and more.")
    assert "First words" in await page.evaluate("String(getSelection())")
    await expect(page.locator(".stop")).to_have_count(0)
    await page.fill("#prompt", "a\n" * 9)
    await page.wait_for_timeout(100)
    assert await page.evaluate(_BELOW) < 2


async def test_what_fingers_press_is_large_enough(open_site: Site, chrome: Browser) -> None:
    size = {"width": PHONE[0], "height": PHONE[1]}
    async with await chrome.new_context(viewport=size, has_touch=True, is_mobile=True) as context:
        page = await context.new_page()
        await page.goto(f"{open_site.url}/#/")
        await expect(page.locator(".welcome")).to_be_visible()
        assert await page.evaluate(_SMALL, _PRESSED) == []
        await page.goto(f"{open_site.url}/#/settings")
        await expect(page.locator(".switches")).to_be_visible()
        assert await page.evaluate(_SMALL, _PRESSED) == []
