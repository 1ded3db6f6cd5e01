from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, expect

from opencode.tests.web.conftest import PHONE, WIDE, screen
from opencode.tests.web.serving import Site

pytestmark = pytest.mark.asyncio(loop_scope="package")

SIZES = pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1440", "390"])

WATCH = """window.seen = [];
new MutationObserver(() => window.seen.push(document.querySelector(".prose")?.innerText.trim()))
  .observe(document, { subtree: true, childList: true, characterData: true });"""
"""Remembers every state the first answer was drawn in."""


async def begin(page: Page, site: Site, text: str) -> None:
    await page.goto(site.url)
    await page.fill("#prompt", text)
    await page.click(".send")


async def nothing_sticks_out(page: Page) -> bool:
    return await page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


@SIZES
async def test_an_answer_grows_while_it_is_streamed_and_is_drawn_as_markdown(
    open_site: Site, browser: BrowserContext, size: tuple[int, int]
) -> None:
    rest = " and an end.\n\n```python\nx = 1\n```\nA<br>B <img src=x onerror=alert(1)>"
    open_site.say({"events": [{"text": "A **bold** start"}, {"sleep": 0.5}, {"text": rest}]})
    async with screen(browser, size) as at:
        await at.page.add_init_script(WATCH)
        await begin(at.page, open_site, "Say it")
        await expect(at.page.locator(".prose")).to_contain_text("an end")
        await expect(at.page.locator(".prose strong")).to_have_text("bold")
        assert "A bold start" in await at.page.evaluate("window.seen")
        await expect(at.page.locator(".prose .hljs-number")).to_have_text("1")
        await expect(at.page.locator(".stop")).to_have_count(0)
        await expect(at.page.locator(".bar h1")).to_have_text("A title by the model")
        await expect(at.page.locator(".prose br")).to_have_count(1)
        await expect(at.page.locator(".prose")).to_contain_text("<img src=x onerror=alert(1)>")
        assert await nothing_sticks_out(at.page)
        assert at.faults == []


@SIZES
async def test_a_change_is_shown_before_it_is_allowed_and_then_made(
    open_site: Site, browser: BrowserContext, size: tuple[int, int]
) -> None:
    (open_site.project / "note.txt").write_text("one\ntwo\nthree\n")
    edit = {"path": "note.txt", "old_string": "two", "new_string": "zwei"}
    read = {"calls": [{"name": "read", "arguments": {"path": "note.txt"}}]}
    open_site.say(read, {"calls": [{"name": "edit", "arguments": edit}]}, {"text": "Translated."})
    async with screen(browser, size) as at:
        await begin(at.page, open_site, "Translate it")
        asked = at.page.locator(".asked")
        await expect(asked.locator(".added")).to_contain_text("zwei")
        await expect(asked.locator("h2")).to_contain_text("Edit")
        assert "two" in (open_site.project / "note.txt").read_text()
        await asked.get_by_role("button", name="Allow once").click()
        await expect(at.page.locator(".prose").last).to_have_text("Translated.")
        assert (open_site.project / "note.txt").read_text() == "one\nzwei\nthree\n"
        sides = at.page.locator(".tool .split" if size == WIDE else ".tool .unified")
        await expect(sides).to_be_visible()
        await expect(at.page.locator(".tool .sum")).to_have_text("+1 −1")
        assert await nothing_sticks_out(at.page)
        assert at.faults == []


async def test_what_is_allowed_for_the_session_is_not_asked_again_and_can_be_taken_back(
    open_site: Site, browser: BrowserContext
) -> None:
    run = {"calls": [{"name": "bash", "arguments": {"command": "mkdir -p made"}}]}
    open_site.say(run, run, {"text": "Twice."})
    async with screen(browser) as at:
        await begin(at.page, open_site, "Make it twice")
        await at.page.get_by_role("button", name="In this session").click()
        await expect(at.page.locator(".prose").last).to_have_text("Twice.")
        await expect(at.page.locator(".tool.completed")).to_have_count(2)
        await at.page.goto(f"{open_site.url}/#/settings")
        row = at.page.locator(".rows li", has_text="bash mkdir")
        await row.get_by_role("button").click()
        await expect(row).to_have_count(0)


async def test_a_rejection_says_why_and_the_model_hears_it(
    open_site: Site, browser: BrowserContext
) -> None:
    open_site.say(
        {"calls": [{"name": "bash", "arguments": {"command": "touch never"}}]}, {"text": "Fine."}
    )
    async with screen(browser) as at:
        await begin(at.page, open_site, "Touch it")
        await at.page.get_by_role("button", name="Reject and say why").click()
        await at.page.get_by_label("What should it do instead?").fill("Use another name")
        await at.page.get_by_role("button", name="Reject", exact=True).click()
        await expect(at.page.locator(".prose").last).to_have_text("Fine.")
        await expect(at.page.locator(".tool.denied")).to_be_visible()
    assert "Use another name" in open_site.heard()
    assert not (open_site.project / "never").exists()


async def test_a_question_is_answered_with_a_choice_or_own_words(
    open_site: Site, browser: BrowserContext
) -> None:
    colour = {"question": "Which colour?", "options": ["Red", "Blue"]}
    name = {"question": "Which name?", "options": ["Ann"]}
    calls = [{"name": "question", "arguments": one} for one in (colour, name)]
    open_site.say(*({"calls": [one]} for one in calls), {"text": "Thanks."})
    async with screen(browser, PHONE) as at:
        await begin(at.page, open_site, "Ask me")
        send = at.page.locator(".asked").get_by_role("button", name="Send")
        await at.page.get_by_label("Red").check()
        await send.click()
        await expect(at.page.locator(".asked legend")).to_have_text("Which name?")
        await at.page.get_by_label("Your own answer").fill("Zoë")
        await send.click()
        await expect(at.page.locator(".prose").last).to_have_text("Thanks.")
    told = open_site.heard()
    assert "Red" in told
    assert "Zoë" in told


async def test_a_run_is_stopped_and_goes_on_with_the_next_prompt(
    open_site: Site, browser: BrowserContext
) -> None:
    open_site.say(
        {"events": [{"text": "Never ending"}, {"sleep": 60}]}, {"text": "Something else."}
    )
    async with screen(browser) as at:
        await begin(at.page, open_site, "Go on for ever")
        await expect(at.page.locator(".prose")).to_have_text("Never ending")
        await at.page.keyboard.press("Escape")
        await expect(at.page.get_by_text("Stopped", exact=True)).to_be_visible()
        await at.page.fill("#prompt", "Then something else")
        await at.page.keyboard.press("Enter")
        await expect(at.page.locator(".prose").last).to_have_text("Something else.")
        assert at.faults == []


async def test_a_reload_in_the_middle_loses_nothing_and_doubles_nothing(
    open_site: Site, browser: BrowserContext
) -> None:
    words = [f"word{n} " for n in range(40)]
    open_site.say({"text": words, "pause": 0.025})
    async with screen(browser) as at:
        await begin(at.page, open_site, "Count")
        await expect(at.page.locator(".prose")).to_contain_text("word5")
        await at.page.reload()
        await expect(at.page.locator(".prose")).to_contain_text("word0")
        await expect(at.page.locator(".prose")).to_have_text("".join(words).strip())
        assert at.faults == []


async def test_a_cut_connection_is_taken_up_where_it_was_lost(
    open_site: Site, browser: BrowserContext
) -> None:
    words = [f"word{n} " for n in range(40)]
    open_site.say({"text": words, "pause": 0.025})
    async with screen(browser) as at:
        await begin(at.page, open_site, "Count")
        await expect(at.page.locator(".prose")).to_contain_text("word5")
        await at.page.context.set_offline(True)
        await at.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await at.page.wait_for_timeout(300)
        await at.page.context.set_offline(False)
        await expect(at.page.locator(".prose")).to_have_text("".join(words).strip())


async def test_a_second_tab_sees_the_same_and_may_answer(
    open_site: Site, browser: BrowserContext
) -> None:
    open_site.say(
        {"text": "I try.", "calls": [{"name": "bash", "arguments": {"command": "touch tab"}}]},
        {"text": "Both of us."},
    )
    async with screen(browser) as at, screen(browser, PHONE) as other:
        await begin(at.page, open_site, "Touch it")
        await expect(at.page.locator(".asked")).to_be_visible()
        await other.page.goto(at.page.url)
        await expect(other.page.locator(".prose")).to_have_text("I try.")
        await other.page.get_by_role("button", name="Allow once").click()
        await expect(other.page.locator(".prose").last).to_have_text("Both of us.")
        await expect(at.page.locator(".prose").last).to_have_text("Both of us.")
        await expect(at.page.locator(".asked")).to_have_count(0)
        assert [*at.faults, *other.faults] == []


async def test_a_prompt_to_a_busy_session_waits_in_sight_and_can_be_taken_back(
    open_site: Site, browser: BrowserContext
) -> None:
    open_site.say({"events": [{"text": "Busy"}, {"sleep": 60}]})
    async with screen(browser) as at:
        await begin(at.page, open_site, "Be busy")
        await expect(at.page.locator(".prose")).to_have_text("Busy")
        await at.page.fill("#prompt", "And then this")
        await at.page.keyboard.press("Enter")
        await expect(at.page.locator(".queued")).to_contain_text("And then this")
        await at.page.locator(".queued").get_by_role("button", name="Take back").click()
        await expect(at.page.locator(".queued")).to_have_count(0)
        await expect(at.page.locator("#prompt")).to_have_value("And then this")
        await at.page.click(".stop")
        await expect(at.page.locator(".stop")).to_have_count(0)


async def test_files_are_attached_and_a_shell_line_runs(
    open_site: Site, browser: BrowserContext, tmp_path: Path
) -> None:
    (tmp_path / "list.txt").write_text("milk and honey")
    open_site.say({"text": "I read it."})
    async with screen(browser) as at:
        await at.page.goto(open_site.url)
        await at.page.set_input_files("input[type=file]", tmp_path / "list.txt")
        await expect(at.page.locator(".attachments")).to_contain_text("list.txt")
        await at.page.fill("#prompt", "What is in it?")
        await at.page.keyboard.press("Enter")
        await expect(at.page.locator(".prose")).to_have_text("I read it.")
        await expect(at.page.locator(".attached")).to_contain_text("list.txt")
        assert "milk and honey" in open_site.heard()
        await at.page.fill("#prompt", "!echo from the shell")
        await at.page.keyboard.press("Enter")
        await at.page.get_by_role("button", name="Allow once").click()
        await expect(at.page.locator(".tool")).to_contain_text("echo from the shell")
        await at.page.locator(".tool-head").click()
        await expect(at.page.locator(".tool-body")).to_contain_text("from the shell")


async def test_a_sub_agents_question_is_asked_where_its_work_was_ordered(
    open_site: Site, browser: BrowserContext
) -> None:
    order = {"name": "task", "arguments": {"prompt": "Make it for me", "agent": "general"}}
    work = {"name": "bash", "arguments": {"command": "mkdir -p by_another"}}
    open_site.say({"calls": [order]}, {"calls": [work]}, {"text": "Made."}, {"text": "Reported."})
    async with screen(browser) as at:
        await begin(at.page, open_site, "Let it be made")
        await expect(at.page.locator(".asked .command")).to_have_text("mkdir -p by_another")
        await at.page.keyboard.press("Alt+1")
        await expect(at.page.locator(".prose").last).to_have_text("Reported.")
        await at.page.locator(".tool-head").click()
        await at.page.get_by_role("link", name="Open the sub-agent").click()
        await expect(at.page.locator(".prose").last).to_have_text("Made.")
        assert at.faults == []
    assert (open_site.project / "by_another").is_dir()


async def test_a_tab_nobody_looks_at_gives_its_connection_back_and_catches_up(
    open_site: Site, browser: BrowserContext
) -> None:
    look = (
        "Object.defineProperty(document, 'hidden', {configurable: true, get: () => %s});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    async with screen(browser) as at:
        ended: list[str] = []
        at.page.on("requestfailed", lambda request: ended.append(request.url))
        await at.page.clock.install()
        await at.page.goto(open_site.url)
        await expect(at.page.locator("#prompt")).to_be_visible()
        await at.page.evaluate(look % "true")
        while not ended:
            await at.page.clock.fast_forward(5_000)
        made = {"title": "Made while nobody looked"}
        await at.page.request.post(f"{open_site.url}/session", data=made)
        await at.page.evaluate(look % "false")
        await expect(at.page.locator(".sessions .title").first).to_have_text(made["title"])
        assert ended == [f"{open_site.url}/web/events"]
