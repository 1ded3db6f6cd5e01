import asyncio

from opencode.core.command import Command
from opencode.core.delta import TextDelta, Usage
from opencode.tests.fakes.door import FakeDoor
from opencode.tests.tui.conftest import Seat, Sitting
from opencode.tui.dialogs.picker import Picker
from opencode.tui.widgets.prompt import Prompt


async def command(seat: Seat, text: str) -> None:
    await seat.type(text)
    await seat.press("enter")


async def test_compact_folds_with_the_words_that_matter(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("hello")
        seat.door.end(seat.session)
        await command(seat, "/compact the parser")
        await seat.until(lambda: seat.door.folded)
        assert seat.door.folded == ["the parser"]
        await seat.sees("Folded")


async def test_esc_stops_the_folding(sitting: Sitting) -> None:
    door = FakeDoor()
    door.folding = asyncio.Event()
    async with sitting(door=door) as seat:
        await seat.say("hello")
        seat.door.end(seat.session)
        await command(seat, "/compact")
        await seat.sees("Folding the conversation")
        await seat.press("escape")
        await seat.until(lambda: door.cancelled)
        door.folding.set()
        await seat.until(lambda: not seat.app.facts.busy)


async def test_cost_is_told_model_by_model(sitting: Sitting) -> None:
    async with sitting(size=(100, 40)) as seat:
        await seat.say("hello")
        seat.door.stream(seat.session, TextDelta("hi"))
        seat.session.usage = Usage(input=1900, output=200, cache_read=5000, cost=0.03)
        await command(seat, "/cost")
        await seat.sees("In all: 1.9k in · 200 out · 5.0k from the cache · $0.0300")
        await seat.sees("fake/one: 900 in · 100 out · $0.0100")
        await seat.sees("titles, folding, sub-agents: 1.0k in")


async def test_status_says_where_we_are_and_what_is_connected(sitting: Sitting) -> None:
    async with sitting(size=(100, 40)) as seat:
        await seat.say("hello")
        seat.app.facts.servers["lsp pyright"] = "running"
        await command(seat, "/status")
        await seat.sees("Agent build · model fake/one")
        await seat.sees("lsp pyright · running")


async def test_prompts_with_names_stand_beside_the_commands(sitting: Sitting) -> None:
    door = FakeDoor()
    door.known = [
        Command("deploy", "Deploy it.", "Ship to the stage"),
        Command("greet", "Greet $1.", "Say hello to one"),
    ]
    async with sitting(door=door, size=(100, 50)) as seat:
        await seat.type("/depl")
        await seat.sees("Ship to the stage")
        await seat.press("escape")
        seat.app.chat.query_one(Prompt).put("")
        await seat.press("ctrl+p")
        await seat.until(lambda: isinstance(seat.app.screen, Picker))
        await seat.type("say hello")
        await seat.press("enter")
        await seat.until(lambda: seat.app.chat.query_one(Prompt).text == "/greet ")
        seat.app.chat.query_one(Prompt).put("")
        await seat.press("ctrl+p")
        await seat.type("ship to")
        await seat.press("enter")
        await seat.until(lambda: door.said)
        assert door.said[0][1] == "/deploy"


async def test_a_session_is_shared_and_the_address_copied(sitting: Sitting) -> None:
    async with sitting(size=(120, 40)) as seat:
        await seat.say("hello")
        await command(seat, "/share")
        await seat.sees("/s/")
        await command(seat, "/unshare")
        await seat.sees("Nobody can read it")
