"""What a person sees of a model that fails, and what they can do about it."""

from __future__ import annotations

import re

import pytest

from opencode.tests.web.conftest import Screen, expect
from opencode.tests.web.serving import Site
from opencode.tests.web.test_talking import ask

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]


async def test_a_wait_counts_down_an_end_outlives_a_reload_and_the_prompt_is_said_again(
    open_site: Site, phone: Screen
) -> None:
    page = phone.page
    open_site.say(
        {"status": 429, "error": "rate_limit", "headers": {"retry-after": "1"}},
        {"status": 429, "error": "quota"},
        {"text": "Here after all."},
    )
    await ask(page, "Say it")
    await expect(page.locator(".doing")).to_have_text(re.compile(r"Rate limit.*; again in \d sec"))
    await expect(page.locator(".ending")).to_contain_text("check the plan and credits")
    await page.reload()
    await expect(page.locator(".ending")).to_contain_text("check the plan and credits")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator(".prose")).to_have_text("Here after all.")
    await expect(page.locator(".bubble")).to_have_count(1)
    await expect(page.locator(".ending")).to_have_count(0)


async def test_a_run_that_went_in_circles_says_what_to_do_and_goes_on_at_a_click(
    open_site: Site, wide: Screen
) -> None:
    look = {"name": "read", "arguments": {"path": "README.md"}}
    open_site.say({"calls": [look], "repeat": 4}, {"text": "Found it."})
    await ask(wide.page, "Look")
    await expect(wide.page.locator(".ending")).to_contain_text("Say what to do differently")
    await wide.page.get_by_role("button", name="Go on").click()
    await expect(wide.page.locator(".prose").last).to_have_text("Found it.")
