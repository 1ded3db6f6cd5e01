import json
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import BrowserContext, Page, expect

from opencode.tests.web.conftest import AXE, PHONE, WIDE, screen
from opencode.tests.web.serving import Site

pytestmark = pytest.mark.asyncio(loop_scope="package")

SIZES = pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1440", "390"])
_SERIOUS = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations
    .filter((one) => one.impact === "serious" || one.impact === "critical")
    .map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""


async def say(page: Page, site: Site, text: str, *turns: dict[str, object]) -> None:
    site.say(*turns)
    await page.goto(site.url)
    await page.fill("#prompt", text)
    await page.click(".send")
    await expect(page.locator(".foot small").last).to_be_visible()


async def fits(page: Page) -> bool:
    return await page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


async def test_sessions_are_searched_renamed_forked_exported_and_deleted(
    open_site: Site, browser: BrowserContext
) -> None:
    async with screen(browser) as at:
        page = at.page
        await say(page, open_site, "Tell me about zebras", {"text": "They have stripes."})
        identity = page.url.rpartition("/")[2]
        await page.get_by_role("button", name="More", exact=True).click()
        await page.get_by_role("button", name="Rename").click()
        await page.get_by_label("New title").fill("Stripes")
        await page.keyboard.press("Enter")
        await expect(page.locator(".bar h1")).to_have_text("Stripes")
        await page.fill("#search", "zebras")
        await expect(page.locator(".sessions li")).to_have_count(1)
        await expect(page.locator(".sessions .title")).to_have_text("Stripes")
        await page.fill("#search", "no such words")
        await expect(page.locator(".sessions")).to_contain_text("Nothing fits")
        await page.fill("#search", "")
        await page.get_by_role("button", name="More", exact=True).click()
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Export").click()
        exported = json.loads(Path(await (await download.value).path()).read_text())
        assert exported["id"] == identity
        await page.get_by_role("button", name="More", exact=True).click()
        await page.get_by_role("button", name="Fork", exact=True).click()
        await page.wait_for_function("id => !location.hash.endsWith(id)", arg=identity)
        await expect(page.locator(".prose")).to_have_text("They have stripes.")
        copy = page.url.rpartition("/")[2]
        await page.get_by_role("button", name="More", exact=True).click()
        await page.get_by_role("button", name="Delete").click()
        await page.locator("dialog").get_by_role("button", name="Delete").click()
        await expect(page.locator(".welcome")).to_be_visible()
        await expect(page.locator(f'.sessions a[href$="{copy}"]')).to_have_count(0)
        assert (await page.request.get(f"{open_site.url}/session/{copy}")).status == 404
        assert at.faults == []


async def test_undo_takes_the_prompt_back_into_the_input_and_redo_brings_it_again(
    open_site: Site, browser: BrowserContext
) -> None:
    async with screen(browser) as at:
        await say(at.page, open_site, "Count to three", {"text": "One two three."})
        await at.page.keyboard.press("Alt+z")
        await expect(at.page.locator(".said")).to_have_count(0)
        await expect(at.page.locator("#prompt")).to_have_value("Count to three")
        await at.page.keyboard.press("Alt+y")
        await expect(at.page.locator(".prose")).to_have_text("One two three.")


@SIZES
async def test_files_are_walked_searched_and_named_in_a_prompt(
    open_site: Site, browser: BrowserContext, size: tuple[int, int]
) -> None:
    async with screen(browser, size) as at:
        page = at.page
        await page.goto(f"{open_site.url}/#/files")
        await page.get_by_role("link", name="src", exact=True).click()
        await page.get_by_role("link", name="greet.py").click()
        await expect(page.locator(".paper .hljs-keyword").first).to_have_text("def")
        assert await fits(page)
        await page.get_by_role("button", name="Use in a prompt").click()
        await expect(page.locator("#prompt")).to_have_value("@src/greet.py ")
        await page.goto(f"{open_site.url}/#/files")
        await page.get_by_label("Find a file").fill("readme")
        await page.get_by_role("link", name="README.md").click()
        await expect(page.locator(".paper .prose em")).to_have_text("small")
        assert at.faults == []


async def test_names_are_completed_from_the_keyboard(
    open_site: Site, browser: BrowserContext
) -> None:
    async with screen(browser) as at:
        page = at.page
        await page.goto(open_site.url)
        await page.locator("#prompt").press_sequentially("Read @gree")
        await expect(page.locator(".offers li").first).to_have_text("@src/greet.py")
        await page.keyboard.press("Tab")
        await expect(page.locator("#prompt")).to_have_value("Read @src/greet.py ")
        await page.fill("#prompt", "")
        await page.locator("#prompt").press_sequentially("/mod")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
        await page.get_by_label("Filter").fill("toy n")
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Model: n")).to_be_visible()
        await page.keyboard.press("Alt+a")
        await expect(page.get_by_label("Agent: plan")).to_be_visible()
        await page.keyboard.press("F1")
        await expect(page.locator("dialog .keys")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog")).to_have_count(0)


async def test_settings_are_written_into_the_persons_file_and_keys_are_never_answered(
    open_site: Site, browser: BrowserContext
) -> None:
    file = open_site.project.parent / "home" / ".config" / "opencode" / "opencode.toml"
    async with screen(browser) as at:
        page = at.page
        await page.goto(f"{open_site.url}/#/settings")
        await page.get_by_role("combobox", name="Model").select_option("toy/n")
        await expect(page.locator(".toast")).to_contain_text("next start")
        await page.get_by_label("Web search").click()
        await expect(page.locator(".toast")).to_have_count(2)
        assert 'model = "toy/n"' in file.read_text()
        assert "websearch" in file.read_text()
        await page.get_by_role("button", name="Set the key of Anthropic").click()
        await page.get_by_role("textbox", name="Key of Anthropic").fill("sk-ant-never-shown")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Forget key")).to_be_visible()
        assert "sk-ant-never-shown" not in await page.content()
        found = await page.request.get(f"{open_site.url}/web/settings")
        assert "sk-ant-never-shown" not in await found.text()
        refused = await page.request.post(
            f"{open_site.url}/web/settings", data={"key": "permissions.mode", "value": "x"}
        )
        assert refused.status == 400
        assert at.faults == []


async def test_the_theme_follows_the_system_until_one_is_chosen(
    open_site: Site, browser: BrowserContext
) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    async with screen(browser, scheme="dark") as at:
        await at.page.goto(open_site.url)
        await expect(at.page.locator("#prompt")).to_be_visible()
        dark = await at.page.evaluate(colour)
        await at.page.keyboard.press("Alt+t")
        light = await at.page.evaluate(colour)
        assert light != dark
        await at.page.reload()
        assert await at.page.evaluate(colour) == light


async def test_languages_written_from_the_right_mirror_the_page(
    open_site: Site, browser: BrowserContext
) -> None:
    async with screen(browser) as at:
        await at.page.goto(open_site.url)
        await at.page.evaluate("localStorage.setItem('language', 'ar')")
        await at.page.reload()
        await expect(at.page.locator("html")).to_have_attribute("dir", "rtl")
        side = await at.page.locator(".sidebar").bounding_box()
        main = await at.page.locator("main").bounding_box()
        assert side
        assert main
        assert side["x"] > main["x"]
        assert await fits(at.page)
        await at.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        await at.page.locator(".bar .only-narrow").click()
        await expect(at.page.locator(".sidebar")).to_be_visible()
        drawer = await at.page.locator(".sidebar").bounding_box()
        assert drawer
        assert drawer["x"] + drawer["width"] == PHONE[0]


@pytest.mark.parametrize(
    ("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")], ids=["1440", "390"]
)
async def test_nothing_serious_stands_in_the_way_of_anybody(
    open_site: Site,
    browser: BrowserContext,
    size: tuple[int, int],
    scheme: Literal["light", "dark"],
) -> None:
    rich = "# Title\n\n```python\ndef f(x):  # why\n    return 'a' + 1\n```\n\n|a|b|\n|-|-|\n|1|2|"
    run = {"calls": [{"name": "bash", "arguments": {"command": "touch x"}}]}
    async with screen(browser, size, scheme) as at:
        page = at.page
        await page.add_init_script(path=AXE)
        await page.goto(open_site.url)
        await expect(page.locator(".welcome")).to_be_visible()
        assert await page.evaluate(_SERIOUS) == []
        open_site.say({"text": rich, **run}, {"text": "Done."})
        await page.fill("#prompt", "Be rich")
        await page.click(".send")
        await expect(page.locator("section.asked")).to_be_visible()
        assert await page.evaluate(_SERIOUS) == []
        await page.get_by_role("button", name="Allow once").click()
        await expect(page.locator(".prose").last).to_have_text("Done.")
        await page.locator(".tool-head").click()
        assert await page.evaluate(_SERIOUS) == []
        for place in ("settings", "files/src%2Fgreet.py"):
            await page.goto(f"{open_site.url}/#/{place}")
            await expect(page.locator(".card, .lines").first).to_be_visible()
            assert await page.evaluate(_SERIOUS) == []
        await page.keyboard.press("F1")
        assert await page.evaluate(_SERIOUS) == []


async def test_a_wrong_password_is_told_and_the_right_one_opens_every_door(
    locked_site: Site, browser: BrowserContext
) -> None:
    async with screen(browser, PHONE) as at:
        page = at.page
        await page.add_init_script(path=AXE)
        first = await page.goto(locked_site.url)
        assert first
        assert first.status == 401
        assert await page.evaluate(_SERIOUS) == []
        await page.get_by_label("Password").fill("wrong")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_have_text("That is not the password.")
        await page.get_by_label("Password").fill("päss word")
        await page.keyboard.press("Enter")
        await expect(page.locator("#prompt")).to_be_visible()
        (cookie,) = await page.context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        locked_site.say({"text": "Let in."})
        await page.fill("#prompt", "Hello")
        await page.click(".send")
        await expect(page.locator(".prose")).to_have_text("Let in.")
        await page.goto(f"{locked_site.url}/#/settings")
        await page.get_by_role("button", name="Log out").click()
        await expect(page.get_by_label("Password")).to_be_visible()
