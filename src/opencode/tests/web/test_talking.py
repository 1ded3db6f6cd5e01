from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opencode.tests.fakes.cutting_proxy import cutter
from opencode.tests.web.conftest import PHONE, Screen, expect, screen
from opencode.tests.web.serving import Site

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

WATCH = """window.seen = [];
new MutationObserver(() => window.seen.push(document.querySelector(".prose")?.innerText.trim()))
  .observe(document, { subtree: true, childList: true, characterData: true });"""
"""Remembers every state the first answer was drawn in."""


async def ask(page: Page, text: str) -> None:
    await page.fill("#prompt", text)
    await page.click(".send")


async def nothing_sticks_out(page: Page) -> bool:
    return await page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


async def test_an_answer_grows_while_it_is_streamed_and_is_drawn_as_markdown(
    open_site: Site, either: Screen
) -> None:
    page = either.page
    rest = " and an end.\n\n```python\nx = 1\n```\nA<br>B <img src=x onerror=alert(1)>"
    open_site.say({"events": [{"text": "A **bold** start"}, {"sleep": 0.4}, {"text": rest}]})
    await page.evaluate(WATCH)
    await ask(page, "Say it")
    await expect(page.locator(".prose")).to_contain_text("an end")
    await expect(page.locator(".prose strong")).to_have_text("bold")
    assert "A bold start" in await page.evaluate("window.seen")
    await expect(page.locator(".prose .hljs-number")).to_have_text("1")
    await expect(page.locator(".stop")).to_have_count(0)
    await expect(page.locator(".bar h1")).to_have_text("A title by the model")
    await expect(page.locator(".prose br")).to_have_count(1)
    await expect(page.locator(".prose")).to_contain_text("<img src=x onerror=alert(1)>")
    assert await nothing_sticks_out(page)
    assert either.faults == []


async def test_a_change_is_shown_before_it_is_allowed_and_then_made(
    open_site: Site, either: Screen
) -> None:
    page, note = either.page, open_site.project / "note.txt"
    note.write_text("one\ntwo\nthree\n")
    edit = {"path": "note.txt", "old_string": "two", "new_string": "zwei"}
    read = {"calls": [{"name": "read", "arguments": {"path": "note.txt"}}]}
    open_site.say(read, {"calls": [{"name": "edit", "arguments": edit}]}, {"text": "Translated."})
    await ask(page, "Translate it")
    asked = page.locator(".asked")
    await expect(asked.locator(".added")).to_contain_text("zwei")
    await expect(asked.locator("h2")).to_contain_text("Edit")
    await expect(asked.locator(".diff .n").first).to_be_hidden()
    await expect(asked.locator(".rules")).to_have_text("edit note.txt")
    assert "two" in note.read_text()
    await asked.get_by_role("button", name="Allow once").click()
    await expect(page.locator("#prompt")).to_be_focused()
    await expect(page.locator(".prose").last).to_have_text("Translated.")
    assert note.read_text() == "one\nzwei\nthree\n"
    size = page.viewport_size
    assert size
    sides = page.locator(".tool .split" if size["width"] > 1000 else ".tool .unified")
    await expect(sides).to_be_visible()
    await expect(page.locator(".tool .sum")).to_have_text("+1 −1")
    assert await nothing_sticks_out(page)
    assert either.faults == []


async def test_all_of_a_long_file_can_be_seen_before_it_is_allowed(
    open_site: Site, wide: Screen
) -> None:
    page, content = wide.page, "".join(f"row {n}\n" for n in range(1_600))
    write = {"name": "write", "arguments": {"path": "long.txt", "content": content}}
    open_site.say({"calls": [write]}, {"text": "Fine."})
    await ask(page, "Write it")
    asked = page.locator(".asked")
    await expect(asked.get_by_text("row 1599", exact=True)).to_have_count(0)
    await asked.get_by_role("button", name="More: 100").click()
    await expect(asked.locator(".added").last).to_contain_text("row 1599")
    await asked.get_by_role("button", name="Reject", exact=True).click()
    await expect(page.locator(".prose").last).to_have_text("Fine.")


async def test_what_is_allowed_for_the_session_is_not_asked_again_and_can_be_taken_back(
    open_site: Site, wide: Screen
) -> None:
    page = wide.page
    run = {"calls": [{"name": "bash", "arguments": {"command": "mkdir -p made"}}]}
    open_site.say(run, run, {"text": "Twice."})
    await ask(page, "Make it twice")
    await page.get_by_role("button", name="In this session").click()
    await expect(page.locator(".prose").last).to_have_text("Twice.")
    await expect(page.locator(".tool.completed")).to_have_count(2)
    await page.keyboard.press("Alt+,")
    row = page.locator(".rows li", has_text="bash mkdir")
    await row.get_by_role("button").click()
    await expect(row).to_have_count(0)


async def test_a_rejection_says_why_and_the_model_hears_it(open_site: Site, wide: Screen) -> None:
    page = wide.page
    open_site.say(
        {"calls": [{"name": "bash", "arguments": {"command": "touch never"}}]}, {"text": "Fine."}
    )
    await ask(page, "Touch it")
    await page.get_by_role("button", name="Reject and say why").click()
    await page.get_by_label("What should it do instead?").fill("Use another name")
    await page.get_by_role("button", name="Reject", exact=True).click()
    await expect(page.locator(".prose").last).to_have_text("Fine.")
    await expect(page.locator(".tool.denied")).to_be_visible()
    assert "Use another name" in open_site.heard()
    assert not (open_site.project / "never").exists()


async def test_a_question_is_answered_with_a_choice_or_own_words(
    open_site: Site, phone: Screen
) -> None:
    page = phone.page
    colour = {"question": "Which colour?", "options": ["Red", "Blue"]}
    name = {"question": "Which name?", "options": ["Ann"]}
    calls = [{"name": "question", "arguments": one} for one in (colour, name)]
    open_site.say(*({"calls": [one]} for one in calls), {"text": "Thanks."})
    await ask(page, "Ask me")
    send = page.locator(".asked").get_by_role("button", name="Send")
    await page.get_by_label("Red").check()
    await send.click()
    await expect(page.locator(".asked legend")).to_have_text("Which name?")
    await page.get_by_label("Your own answer").fill("Zoë")
    await send.click()
    await expect(page.locator(".prose").last).to_have_text("Thanks.")
    told = open_site.heard()
    assert "Red" in told
    assert "Zoë" in told


async def test_a_prompt_to_a_busy_session_can_be_taken_back_and_escape_stops_the_run(
    open_site: Site, either: Screen
) -> None:
    page = either.page
    open_site.say({"events": [{"text": "Never ending"}, {"sleep": 60}]}, {"text": "Another."})
    await ask(page, "Go on for ever")
    await expect(page.locator(".prose")).to_have_text("Never ending")
    await ask(page, "And then this")
    await expect(page.locator(".queued")).to_contain_text("And then this")
    await page.locator(".queued").get_by_role("button", name="Take back").click()
    await expect(page.locator(".queued")).to_have_count(0)
    await expect(page.locator("#prompt")).to_have_value("And then this")
    await page.keyboard.press("Escape")
    await expect(page.get_by_text("Stopped", exact=True)).to_be_visible()
    await expect(page.locator(".stop")).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(page.locator(".prose").last).to_have_text("Another.")
    assert either.faults == []


async def test_a_reload_or_a_cut_connection_in_the_middle_loses_nothing_and_doubles_nothing(
    open_site: Site, browser: BrowserContext
) -> None:
    words = [f"word{n} " for n in range(60)]
    open_site.say(*({"text": some, "pause": 0.025} for some in (words, words[:30])))
    port = int(open_site.url.rpartition(":")[2])
    async with cutter(port) as network, screen(browser) as at:
        answers = at.page.locator(".prose")
        await at.page.goto(network.url)
        await ask(at.page, "Count")
        await expect(answers).to_contain_text("word5 ")
        await at.page.reload()
        await expect(answers).to_contain_text("word0")
        await expect(answers).to_have_text("".join(words).strip())
        assert at.faults == []
        await at.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        await ask(at.page, "Again")
        await expect(answers.last).to_contain_text("word5 ")
        network.refuse = True
        network.cut()
        await expect(at.page.locator(".toast.warning")).to_be_visible()
        network.refuse = False
        await expect(answers.last).to_have_text("".join(words[:30]).strip())
        await expect(answers).to_have_count(2)
        await expect(at.page.locator(".toast.warning")).to_have_count(0)
        await at.page.reload()
        await expect(answers).to_have_count(2)


_ANEW = """
const at = performance.getEntriesByType("resource").map((one) => one.name);
const file = (name) => import(at.find((one) => one.endsWith(name)));
Promise.all([file("/js/state.js"), file("/js/sync.js")]).then(([{ state }, { readSession }]) => {
  Object.assign(state.open, { epoch: "of a server that is gone", busy: true });
  return readSession(state.open.info.id);
})
"""


async def test_a_run_that_ended_with_its_server_is_told(open_site: Site, wide: Screen) -> None:
    open_site.say({"text": "Short."}, {"text": "Again."})
    await ask(wide.page, "Say it")
    await expect(wide.page.locator(".foot small").last).to_be_visible()
    await wide.page.evaluate(_ANEW)
    await expect(wide.page.locator(".ending")).to_contain_text("the server was started anew")
    await ask(wide.page, "Again")
    await expect(wide.page.locator(".prose").last).to_have_text("Again.")
    await expect(wide.page.locator(".ending")).to_have_count(0)


async def test_a_second_tab_sees_the_same_and_may_answer(
    open_site: Site, wide: Screen, phone: Screen
) -> None:
    open_site.say(
        {"text": "I try.", "calls": [{"name": "bash", "arguments": {"command": "touch tab"}}]},
        {"text": "Both of us."},
    )
    page, other = wide.page, phone.page
    await ask(page, "Touch it")
    await expect(page.locator(".asked")).to_be_visible()
    await other.goto(page.url)
    await expect(other.locator(".prose")).to_have_text("I try.")
    await other.get_by_role("button", name="Allow once").click()
    await expect(other.locator(".prose").last).to_have_text("Both of us.")
    await expect(page.locator(".prose").last).to_have_text("Both of us.")
    await expect(page.locator(".asked")).to_have_count(0)
    assert [*wide.faults, *phone.faults] == []


_DROPPED = """const dataTransfer = new DataTransfer();
dataTransfer.items.add(new File(["x"], "beside.txt"));
const dropped = new DragEvent("drop", { dataTransfer, bubbles: true });
document.querySelector(".sidebar").dispatchEvent(dropped);
"""


async def test_files_are_attached_and_a_shell_line_runs(
    open_site: Site, wide: Screen, tmp_path: Path
) -> None:
    page = wide.page
    (tmp_path / "list.txt").write_text("milk and honey")
    open_site.say({"text": "I read it."})
    await page.set_input_files("input[type=file]", tmp_path / "list.txt")
    await page.evaluate(_DROPPED)
    await expect(page.locator(".attachments")).to_have_text(re.compile("list.txt.*beside.txt"))
    await ask(page, "What is in it?")
    await expect(page.locator(".prose")).to_have_text("I read it.")
    await expect(page.locator(".attached").first).to_contain_text("list.txt")
    assert "milk and honey" in open_site.heard()
    await page.fill("#prompt", "!echo from the shell")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Allow once").click()
    await expect(page.locator(".tool")).to_contain_text("echo from the shell")
    await page.locator(".tool-head").click()
    await expect(page.locator(".tool-body")).to_contain_text("from the shell")


async def test_a_sub_agents_question_is_asked_where_its_work_was_ordered(
    open_site: Site, wide: Screen
) -> None:
    page = wide.page
    order = {"name": "task", "arguments": {"prompt": "Make it for me", "agent": "general"}}
    work = {"name": "bash", "arguments": {"command": "mkdir -p by_another"}}
    open_site.say({"calls": [order]}, {"calls": [work]}, {"text": "Made."}, {"text": "Reported."})
    await ask(page, "Let it be made")
    await expect(page.locator(".asked .command")).to_have_text("mkdir -p by_another")
    await page.keyboard.press("Alt+1")
    await expect(page.locator(".prose").last).to_have_text("Reported.")
    await page.locator(".tool-head").click()
    await page.get_by_role("link", name="Open the sub-agent").click()
    await expect(page.locator(".prose").last).to_have_text("Made.")
    assert wide.faults == []
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
