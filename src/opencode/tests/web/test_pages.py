from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opencode.tests.fakes import toy_mcp_http
from opencode.tests.web.conftest import AXE, PHONE, Screen, expect, screen
from opencode.tests.web.serving import Site

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

_SERIOUS = """async (only) => {
  const rules = only ? { runOnly: only } : {};
  const found = await axe.run(document, { resultTypes: ["violations"], ...rules });
  return found.violations
    .filter((one) => one.impact === "serious" || one.impact === "critical")
    .map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""


async def say(page: Page, site: Site, text: str, *turns: dict[str, object]) -> None:
    site.say(*turns)
    await page.fill("#prompt", text)
    await page.click(".send")
    await expect(page.locator(".foot small").last).to_be_visible()


async def fits(page: Page) -> bool:
    return await page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


async def faults_for_anybody(page: Page) -> list[str]:
    """All rules in the light, those of colour in the dark."""
    found = await page.evaluate(_SERIOUS)
    await page.emulate_media(color_scheme="dark")
    found += await page.evaluate(_SERIOUS, ["color-contrast"])
    await page.emulate_media(color_scheme="light")
    return found


async def test_sessions_are_searched_renamed_forked_exported_and_deleted(
    open_site: Site, wide: Screen
) -> None:
    page = wide.page
    more = page.get_by_role("button", name="More", exact=True)
    await say(page, open_site, "Tell me about zebras", {"text": "They have stripes."})
    identity = page.url.rpartition("/")[2]
    await more.click()
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
    await more.click()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Export").click()
    exported = json.loads(Path(await (await download.value).path()).read_text())
    assert exported["id"] == identity
    await more.click()
    await page.get_by_role("button", name="Fork", exact=True).click()
    await page.wait_for_function("id => !location.hash.endsWith(id)", arg=identity)
    await expect(page.locator(".prose")).to_have_text("They have stripes.")
    copy = page.url.rpartition("/")[2]
    await more.click()
    await page.get_by_role("button", name="Delete").click()
    await page.locator("dialog").get_by_role("button", name="Delete").click()
    await expect(page.locator(".welcome")).to_be_visible()
    await expect(page.locator(f'.sessions a[href$="{copy}"]')).to_have_count(0)
    assert (await page.request.get(f"{open_site.url}/session/{copy}")).status == 404
    assert wide.faults == []


async def test_undo_takes_the_prompt_back_into_the_input_and_redo_brings_it_again(
    open_site: Site, wide: Screen
) -> None:
    page = wide.page
    await say(page, open_site, "Count to three", {"text": "One two three."})
    await page.keyboard.press("Alt+z")
    await expect(page.locator(".said")).to_have_count(0)
    await expect(page.locator("#prompt")).to_have_value("Count to three")
    await page.keyboard.press("Alt+y")
    await expect(page.locator(".prose")).to_have_text("One two three.")


async def test_a_session_is_shared_by_an_address_in_every_tab_until_that_ends(
    open_site: Site, wide: Screen, phone: Screen
) -> None:
    page, other = wide.page, phone.page
    await say(page, open_site, "Write a poem", {"text": "Roses are red."})
    await other.goto(page.url)
    await page.keyboard.press("Alt+i")
    await page.keyboard.type("/share")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Share it").click()
    address = await page.get_by_label("Address").input_value()
    assert re.fullmatch(re.escape(open_site.url) + r"/s/[\w-]{20,}", address)
    assert "Roses are red." in await (await page.request.get(address)).text()
    await page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    await page.get_by_role("button", name="Copy", exact=True).last.click()
    await expect(page.locator("dialog .toast", has_text="Copied")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.click("#prompt")
    await page.keyboard.press("ControlOrMeta+v")
    await expect(page.locator("#prompt")).to_have_value(address)
    sign = other.get_by_role("button", name="Shared: others can read it")
    await sign.click()
    await expect(other.get_by_label("Address")).to_have_value(address)
    await other.get_by_role("button", name="Stop sharing").click()
    await expect(other.get_by_role("button", name="Share it")).to_be_visible()
    await expect(page.locator(".bar .shared")).to_have_count(0)
    assert (await page.request.get(address)).status == 404
    await other.keyboard.press("Escape")


async def test_the_effort_of_a_model_is_chosen_and_reaches_it(
    open_site: Site, wide: Screen
) -> None:
    page = wide.page
    await page.keyboard.press("Alt+e")
    await page.get_by_label("Filter").fill("deep")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Effort: deep")).to_be_visible()
    await say(page, open_site, "Think", {"text": "Deeply."})
    assert open_site.asked()["temperature"] == 0.25
    await expect(page.get_by_label("Effort: deep")).to_be_visible()
    await page.get_by_label("Effort: deep").click()
    await page.get_by_role("option", name="Default").click()
    await expect(page.get_by_label("Effort: Default")).to_be_visible()
    await say(page, open_site, "Think again", {"text": "As usual."})
    await expect(page.locator(".prose").last).to_have_text("As usual.")
    assert open_site.asked().get("temperature") != 0.25


async def test_servers_that_help_are_shown_as_they_stand_and_switched(
    open_site: Site, wide: Screen
) -> None:
    page = wide.page
    where = page.locator(".standing li")
    look = {"name": "lsp", "arguments": {"operation": "symbols", "path": "src/greet.py"}}
    await say(page, open_site, "Look into it", {"calls": [look]}, {"text": "Looked."})
    await expect(where.filter(has_text="toy")).to_contain_text("ready")
    await expect(where).to_have_count(2)
    await page.fill("#prompt", "@note")
    await expect(page.locator(".offers li").last).to_contain_text("@toy:toy://note")
    await page.fill("#prompt", "")
    await page.keyboard.press("Alt+,")
    server = page.locator(".server", has_text="toy").first
    await server.get_by_text("19 tools").click()
    await expect(server).to_contain_text("Say it back")
    await server.get_by_role("button", name="Switch it off: toy").click()
    await expect(server.locator(".server-head")).to_contain_text("off")
    await server.get_by_role("button", name="Start it: toy").click()
    await expect(server.locator(".server-head")).to_contain_text("ready")
    assert wide.faults == []


async def test_a_login_to_a_server_that_helps_ends_with_the_address_the_browser_came_to(
    open_site: Site, phone: Screen
) -> None:
    page = phone.page
    with toy_mcp_http.serving() as toy:
        config = {"type": "remote", "url": f"{toy.base}/mcp"}
        added = {"name": "remote", "config": config}
        await page.request.post(f"{open_site.url}/mcp", data=added)
        await page.keyboard.press("Alt+,")
        await page.get_by_role("button", name="Log in, with a browser: remote").click()
        link = page.get_by_role("link", name="Open the login page")
        await expect(link).to_have_attribute("target", "_blank")
        there = await page.request.get(await link.get_attribute("href") or "", max_redirects=0)
        await page.get_by_label("Does it end at a page").fill(there.headers["location"])
        assert await fits(page)
        await page.get_by_role("button", name="Send").click()
        server = page.locator(".server", has_text="remote")
        await expect(server.locator(".server-head")).to_contain_text("ready")
        await server.get_by_role("button", name="Switch it off").click()
        await expect(server.locator(".server-head")).to_contain_text("off")
    assert phone.faults == []


async def test_files_are_walked_searched_and_named_in_a_prompt(
    open_site: Site, either: Screen
) -> None:
    page = either.page
    await page.keyboard.press("Alt+f")
    await page.get_by_role("link", name="src", exact=True).click()
    await page.get_by_role("link", name="greet.py").click()
    await expect(page.locator(".paper .hljs-keyword").first).to_have_text("def")
    assert await fits(page)
    await page.get_by_role("button", name="Use in a prompt").click()
    await expect(page.locator("#prompt")).to_have_value("@src/greet.py ")
    await page.keyboard.press("Alt+f")
    await page.get_by_label("Find a file").fill("readme")
    await page.get_by_role("link", name="README.md").click()
    await expect(page.locator(".paper .prose em")).to_have_text("small")
    assert either.faults == []


async def test_names_are_completed_and_choices_made_from_the_keyboard_and_survive_a_theme(
    open_site: Site, browser: BrowserContext
) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    async with screen(browser, scheme="dark") as at:
        page = at.page
        await page.goto(open_site.url)
        await page.locator("#prompt").press_sequentially("Read @gree")
        await expect(page.locator(".offers li").first).to_have_text("@src/greet.py")
        await page.keyboard.press("Tab")
        await expect(page.locator("#prompt")).to_have_value("Read @src/greet.py ")
        await page.locator("#prompt").press_sequentially("@to")
        await expect(page.locator(".offers li").first).to_have_text("@to do.txt")
        await page.keyboard.press("Tab")
        await expect(page.locator("#prompt")).to_have_value('Read @src/greet.py @"to do.txt" ')
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
        dark = await page.evaluate(colour)
        await page.keyboard.press("Alt+t")
        light = await page.evaluate(colour)
        assert light != dark
        await page.reload()
        assert await page.evaluate(colour) == light


async def test_settings_are_written_into_the_persons_file_and_keys_are_never_answered(
    open_site: Site, wide: Screen
) -> None:
    file = open_site.project.parent / "home" / ".config" / "opencode" / "opencode.toml"
    page = wide.page
    await page.keyboard.press("Alt+,")
    await page.get_by_role("combobox", name="Model").select_option("toy/n")
    await expect(page.locator(".toast", has_text="next start")).to_be_visible()
    async with page.expect_response("**/web/settings"):
        await page.get_by_label("Web search").click()
    assert 'model = "toy/n"' in file.read_text()
    assert "websearch" in file.read_text()
    await page.get_by_role("button", name="Set the key of Anthropic").click()
    await page.get_by_role("textbox", name="Key of Anthropic").fill("sk-ant-never-shown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Forget key")).to_be_visible()
    assert "sk-ant-never-shown" not in await page.content()
    await page.keyboard.press("Alt+m")
    await page.get_by_label("Filter").fill("anthropic/claude")
    await expect(page.locator("dialog").get_by_role("option").first).to_contain_text("claude")
    await page.keyboard.press("Escape")
    found = await page.request.get(f"{open_site.url}/web/settings")
    assert "sk-ant-never-shown" not in await found.text()
    for name, verdict in (("Network", "deny"), ("Bash", "")):
        async with page.expect_response("**/web/settings"):
            await page.get_by_role("combobox", name=name).select_option(verdict)
    assert re.search(r'\[permission\]\nedit = "ask"\nnetwork = "deny"', file.read_text())
    refused = await page.request.post(
        f"{open_site.url}/web/settings", data={"key": "permissions.mode", "value": "x"}
    )
    assert refused.status == 400
    assert wide.faults == []


_CAPTIONS = """
const at = performance.getEntriesByType("resource").map((one) => one.name);
import(at.find((name) => name.endsWith("/texts.js"))).then(({ caption, heading }) =>
  [caption("2 matches in 1 file"), caption("1 of 2 completed"), caption("Exa"), heading("file")])
"""


async def test_languages_written_from_the_right_mirror_the_page(
    open_site: Site, browser: BrowserContext
) -> None:
    async with screen(browser) as at:
        page = at.page
        await page.add_init_script("localStorage.setItem('language', 'ar')")
        await page.goto(open_site.url)
        await expect(page.locator("html")).to_have_attribute("dir", "rtl")
        side = await page.locator(".sidebar").bounding_box()
        main = await page.locator("main").bounding_box()
        assert side
        assert main
        assert side["x"] > main["x"]
        assert await fits(page)
        await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        await page.locator(".bar .only-narrow").click()
        await expect(page.locator(".sidebar")).to_be_visible()
        drawer = await page.locator(".sidebar").bounding_box()
        assert drawer
        assert drawer["x"] + drawer["width"] == PHONE[0]
        said = await page.evaluate(_CAPTIONS)
        assert said == ["تطابقان في ملف واحد", "اكتمل 1 من 2", "Exa", "الملف"]


async def test_nothing_serious_stands_in_the_way_of_anybody(
    open_site: Site, either: Screen
) -> None:
    rich = "# Title\n\n```python\ndef f(x):  # why\n    return 'a' + 1\n```\n\n|a|b|\n|-|-|\n|1|2|"
    run = {"calls": [{"name": "bash", "arguments": {"command": "touch x"}}]}
    page = either.page
    await page.evaluate(AXE)
    await page.fill("#prompt", "/")
    await expect(page.locator(".offers")).to_be_visible()
    assert await faults_for_anybody(page) == []
    open_site.say({"reasoning": "So. " * 600, "text": rich, **run}, {"text": "Done."})
    await page.fill("#prompt", "Be rich")
    await page.click(".send")
    await expect(page.locator("section.asked")).to_be_visible()
    assert await faults_for_anybody(page) == []
    await page.get_by_role("button", name="Allow once").click()
    await expect(page.locator(".prose").last).to_have_text("Done.")
    await page.locator(".tool-head").click()
    await page.locator(".thought summary").click()
    assert await faults_for_anybody(page) == []
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("button", name="Share…").click()
    assert await faults_for_anybody(page) == []
    await page.keyboard.press("Escape")
    for keys, found in (("Alt+,", ".server"), ("Alt+f", ".tree li"), ("F1", "dialog .keys")):
        await page.keyboard.press(keys)
        await expect(page.locator(found).first).to_be_visible()
        assert await faults_for_anybody(page) == []
    await page.keyboard.press("Escape")


async def test_a_wrong_password_is_told_the_right_one_opens_and_what_is_not_shared_is_said(
    locked_site: Site, browser: BrowserContext
) -> None:
    async with screen(browser) as at:
        page = at.page
        first = await page.goto(locked_site.url)
        assert first
        assert first.status == 401
        await page.evaluate(AXE)
        assert await faults_for_anybody(page) == []
        await page.get_by_label("Password").fill("wrong")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_have_text("That is not the password.")
        await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        assert await faults_for_anybody(page) == []
        await page.get_by_label("Password").fill("päss word")
        await page.keyboard.press("Enter")
        await expect(page.locator("#prompt")).to_be_visible()
        (cookie,) = await page.context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        await page.fill("#prompt", "!echo let in")
        await page.click(".send")
        await page.get_by_role("button", name="Allow once").click()
        await expect(page.locator(".tool.completed")).to_contain_text("echo let in")
        await page.get_by_role("button", name="More", exact=True).click()
        await page.get_by_role("button", name="Share…").click()
        await page.get_by_role("button", name="Share it").click()
        refused = page.locator("dialog .toast", has_text="Sharing is switched off.")
        await expect(refused).to_be_visible()
        await page.keyboard.press("Escape")
        await page.goto(f"{locked_site.url}/#/settings")
        await page.get_by_role("button", name="Log out").click()
        await expect(page.get_by_label("Password")).to_be_visible()
