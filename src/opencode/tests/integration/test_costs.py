"""Every token is paid once: four classes, sub-agents, titles, folds and failed attempts."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from opencode.core.delta import Usage
from opencode.tests.fakes.model_client import model_server
from opencode.tests.fakes.wired import wired

PRICES = {
    "claude-sonnet-4-5": ("3", "15", "0.3", "3.75"),
    "claude-haiku-4-5": ("1", "5", "0.1", "1.25"),
    "gemini-2.5-pro": ("1.25", "10", "0.125", "0"),
    "gpt-test": ("2", "8", "0.5", "0"),
}
NAMES = ("input_price", "output_price", "cache_read_price", "cache_write_price")


def section(*models: str, **more: Any) -> dict[str, Any]:
    """A provider whose models have our prices."""
    priced = {m: dict(zip(NAMES, map(float, PRICES[m]), strict=True)) for m in models}
    return {"api_key": "k", "models": priced, **more}


def by_hand(model: str, input: int, output: int, read: int = 0, write: int = 0) -> Decimal:
    prices = [Decimal(price) for price in PRICES[model]]
    counts = (input, output, read, write)
    return sum(c * p for c, p in zip(counts, prices, strict=True)) / Decimal(1_000_000)


def used(
    input: int, output: int, read: int = 0, write: int = 0, thought: int = 0
) -> dict[str, Any]:
    """`thought` is a part of `output`, which every wire counts in its own way."""
    counts = {"input": input, "output": output, "cache_read": read, "cache_write": write}
    return {"usage": {**counts, "reasoning": thought}}


async def test_a_session_costs_what_a_hand_sum_says_to_the_cent(project: Path) -> None:
    task = {"name": "task", "arguments": {"prompt": "Look around", "agent": "general"}}
    claude = [
        {"text": "I", **used(1000, 7, 2000, 300), "fault": {"kind": "cut", "after": 4}},
        {"calls": [task], **used(1000, 50, 2000, 300)},
        {"text": "Both done.", **used(400, 60, 3300)},
    ]
    small = {"text": "A look around", **used(120, 6)}
    gemini = {"text": "Nothing here.", **used(5000, 90, 1000, thought=70)}
    openai = {"text": "Bye.", **used(700, 20, 600, thought=15)}
    with (
        model_server(claude) as one,
        model_server([gemini]) as two,
        model_server([openai]) as three,
        model_server([small]) as four,
    ):
        providers = {
            "anthropic": section("claude-sonnet-4-5", base_url=one.url),
            "google": section("gemini-2.5-pro", base_url=f"{two.url}/v1beta"),
            "openai": section("gpt-test", base_url=f"{three.url}/v1"),
            "tiny": section("claude-haiku-4-5", base_url=four.url, kind="anthropic"),
        }
        more = {
            "agent": {"general": {"model": "google/gemini-2.5-pro"}},
            "small_model": "tiny/claude-haiku-4-5",
        }
        model = "anthropic/claude-sonnet-4-5"
        async with wired(project, model, providers, more, titles=True) as at:
            session = await at.say("Look")
            await at.until(lambda: any_title(at.events))
            await at.say("Thanks", session, model="openai/gpt-test")
            usage = (await at.door.session(session)).usage
            listed = next(s for s in await at.door.sessions() if s.id == session)
        async with wired(project, model, providers, more) as at:
            kept = (await at.door.session(session)).usage
    lost = by_hand("claude-sonnet-4-5", 1000, 1, 2000, 300)
    total = lost + by_hand("claude-sonnet-4-5", 1000, 50, 2000, 300)
    total += by_hand("claude-sonnet-4-5", 400, 60, 3300)
    total += by_hand("gemini-2.5-pro", 5000, 90, 1000) + by_hand("gpt-test", 700, 20, 600)
    total += by_hand("claude-haiku-4-5", 120, 6)
    assert usage.cost is not None
    assert round(Decimal(usage.cost), 6) == total
    assert usage.cache_read == 2000 + 2000 + 3300 + 1000 + 600
    assert usage.cache_write == 600
    assert usage.reasoning == 70 + 15
    assert kept == usage == listed.usage


def any_title(events: list[Any]) -> bool:
    return any(getattr(getattr(e, "info", None), "title", "") == "A look around" for e in events)


async def test_what_has_no_price_is_unknown_in_every_face_and_never_free(project: Path) -> None:
    from opencode.server.protocol import translate
    from opencode.session.upstream import from_upstream, to_upstream

    with model_server([{"text": "x", **used(10, 5)}]) as service:
        providers = {"mine": {"base_url": f"{service.url}/v1"}}
        async with wired(project, "mine/m", providers) as at:
            session = await at.door.session(await at.say("hello"))
            info = next(s for s in await at.door.sessions() if s.id == session.id)
        [end] = at.ends()
    assert end.usage == Usage(input=10, output=5, cost=None)
    assert session.usage.cost is None
    assert info.usage.cost is None
    assert translate.of_info(info).costUnknown is True
    answer = translate.message_info(session.messages[-1], session.id, "", str(project))
    assert getattr(answer, "costUnknown", None) is True
    exported = to_upstream(session)
    assert exported["info"]["costUnknown"] is True
    assert from_upstream(exported).messages[-1].usage.cost is None
