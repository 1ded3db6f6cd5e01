import random
from collections.abc import AsyncGenerator, Iterator
from itertools import count
from typing import Any

import pytest

from opencode.agent.repetition import Nudge, Stop, unless_endless, watch
from opencode.core.delta import Delta, TextDelta
from opencode.core.message import (
    CallStatus,
    Message,
    TextPart,
    ToolPart,
    absorb,
    user_message,
)

Step = list[tuple[str, dict[str, Any], str]] | list[tuple[str, dict[str, Any], str, CallStatus]]
_IDS = count()


def step(*calls: Any, text: str = "") -> Message:
    message = Message(f"msg_{next(_IDS)}", "assistant", [TextPart(text)] if text else [])
    for tool, given, output, *status in calls:
        part = ToolPart(f"call_{next(_IDS)}", tool, given, output=output)
        part.status = status[0] if status else "completed"
        message.parts.append(part)
    return message


def play(steps: list[Message]) -> list[str]:
    """What watch says after each step, as the loop asks it: nudges join the conversation."""
    messages = [user_message("fix it")]
    said: list[str] = []
    for message in steps:
        messages.append(message)
        found = watch(messages)
        said.append(type(found).__name__ if found else "")
        if isinstance(found, Nudge):
            messages.append(user_message("", TextPart(found.text, origin="nudge")))
        if isinstance(found, Stop):
            break
    return said


def bash(command: str, output: str) -> tuple[str, dict[str, Any], str]:
    return ("bash", {"command": command}, output)


def read(path: str, output: str, **more: int) -> tuple[str, dict[str, Any], str]:
    return ("read", {"path": path, **more}, output)


CYCLES: dict[str, list[Any]] = {
    "one": [read("a.py", "x = 1")],
    "two": [read("a.py", "x = 1"), bash("pytest -q", "1 failed in 0.12s")],
    "three": [read("a.py", "x"), read("b.py", "y"), bash("make", "error")],
    "four": [read("a.py", "x"), read("b.py", "y"), bash("make", "error"), bash("ls", "a.py")],
}


@pytest.mark.parametrize("cycle", CYCLES.values(), ids=CYCLES.keys())
def test_a_cycle_is_told_on_its_third_turn_and_stopped_on_its_fourth(cycle: list[Any]) -> None:
    said = play([step(call) for _ in range(6) for call in cycle])
    assert said.index("Nudge") == 3 * len(cycle) - 1
    assert said.index("Stop") == 4 * len(cycle) - 1
    assert said.count("Nudge") == 1


@pytest.mark.parametrize(
    "repeats",
    [
        [bash("pytest -q", f"1 failed in 0.{n}2s") for n in range(4)],
        [bash("date", f"2026-01-0{n + 1}T10:00:0{n}Z") for n in range(4)],
        [bash(f"x {'  ' * n} y", "z") for n in range(4)],
        [bash("run", f"pid {n}123 started") for n in range(4)],
        [bash("run", f"id 3f2504e0-4f89-11d3-9a0c-0305e82c330{n}") for n in range(4)],
        [bash("run", f"object at 0x7f00aa{n}0ff") for n in range(4)],
        [bash(f"tail log.{1700000000 + n}", "gone") for n in range(4)],
        [read("a.py", "x = 1", limit=100 + n) for n in range(4)],
        [read("a.py", "no line there", offset=9000 + 10 * n) for n in range(4)],
        [
            ("grep", {"pattern": "x", "path": "y"}, "none"),
            ("grep", {"path": "y", "pattern": "x"}, "none"),
        ]
        * 2,
    ],
)
def test_times_spaces_ids_and_order_do_not_hide_a_loop(repeats: list[Any]) -> None:
    assert play([step(call) for call in repeats])[-1] == "Stop"


def test_calls_side_by_side_count_in_any_order() -> None:
    one, two = read("a", "x"), read("b", "y")
    assert play([step(one, two), step(two, one), step(one, two), step(two, one)])[-1] == "Stop"


@pytest.mark.parametrize("status", ["error", "denied"])
def test_a_call_that_fails_alike_is_told_the_second_and_stopped_the_third_time(status: str) -> None:
    failing = ("edit", {"path": "a.py", "old_string": "x"}, "not found", status)
    assert play([step(failing)] * 4) == ["", "Nudge", "Stop"]


def test_a_bad_call_is_compared_by_its_raw_text() -> None:
    steps: list[Message] = []
    for text in ('{"a": 1', '{"b": 2', '{"c": 3'):
        message = step(("read", {}, "does not fit", "error"))
        message.calls[0].raw = text
        steps.append(message)
    assert "Stop" not in play(steps)


def test_the_nudge_names_the_facts() -> None:
    messages = [user_message("go"), *[step(read("a.py", "x = 1")) for _ in range(3)]]
    found = watch(messages)
    assert isinstance(found, Nudge)
    assert "3 times in a row" in found.text
    assert 'read {"path":"a.py"}' in found.text


def test_a_new_prompt_starts_the_count_anew() -> None:
    three = [step(read("a.py", "x")) for _ in range(3)]
    assert (
        watch([user_message("go"), *three, user_message("again"), step(read("a.py", "x"))]) is None
    )


def test_a_nudge_does_not_start_the_count_anew() -> None:
    three = [step(read("a.py", "x")) for _ in range(3)]
    nudge = user_message("", TextPart("stop it", origin="nudge"))
    assert isinstance(watch([user_message("go"), *three, nudge, step(read("a.py", "x"))]), Stop)


def test_watching_changes_nothing_and_says_the_same_again() -> None:
    messages = [user_message("go"), *[step(read("a.py", "x")) for _ in range(3)]]
    before = repr(messages)
    assert watch(messages) == watch(messages)
    assert repr(messages) == before


def test_words_without_end_are_told_and_then_stopped() -> None:
    babble = "Let me check the file once more and then go on. " * 60
    first = step(read("a", "1"), text=f"I begin. {babble}")
    second = step(read("b", "2"), text=babble)
    messages = [user_message("go"), first]
    assert isinstance(watch(messages), Nudge)
    assert isinstance(watch([*messages, second]), Stop)


async def test_an_answer_that_never_ends_is_ended() -> None:
    async def stream(piece: str) -> AsyncGenerator[Delta]:
        while True:
            yield TextDelta(piece)

    message = Message("m", "assistant")
    async for delta in unless_endless(stream("Let me think again. "), message):
        absorb(message, delta)
    assert message.finish == "length"
    assert len(message.text) < 20_000
    assert isinstance(watch([user_message("go"), message]), Nudge)


@pytest.mark.parametrize(
    "text",
    [
        "=" * 4000,
        "| --- " * 700,
        " ".join(f"{n} is a number, and the next is {n + 1}." for n in range(200)),
        "\n".join(f"- [ ] task {n}: look at module_{n}.py" for n in range(150)),
        "I will look at it.\n" * 5,
        "x" * 100,
        "",
    ],
)
def test_lists_rules_and_short_refrains_are_no_babble(text: str) -> None:
    assert watch([user_message("go"), step(read("a", "1"), text=text)]) is None


# Good runs, as agents really go about their work. None of them may be told or stopped.


def edit_and_test(r: random.Random) -> Iterator[Message]:
    for n in range(r.randint(4, 12)):
        edit = {"path": "a.py", "old_string": f"step {n}", "new_string": f"step {n + 1}"}
        yield step(("edit", edit, "Edited a.py"))
        yield step(bash("pytest -q", f"1 failed, {r.randint(1, 3)} passed in 0.3s"))


def edit_and_the_same_failure(r: random.Random) -> Iterator[Message]:
    for n in range(r.randint(4, 10)):
        yield step(("edit", {"path": "a.py", "old_string": "a" * n, "new_string": "b"}, "Edited"))
        yield step(bash("pytest -q", "E   AssertionError\n1 failed in 0.1s"))


def pages(r: random.Random) -> Iterator[Message]:
    for n in range(r.randint(4, 15)):
        lines = "\n".join(f"{n * 200 + i}: line {r.random()}" for i in range(200))
        yield step(read("big.py", lines, offset=n * 200 + 1, limit=200))


def pages_of_alike_lines(r: random.Random) -> Iterator[Message]:
    for n in range(r.randint(4, 15)):
        lines = "\n".join(f"{n * 50 + i}: value {n * 50 + i}" for i in range(50))
        yield step(read("data.txt", lines, offset=n * 50 + 1, limit=50))


def many_files(r: random.Random) -> Iterator[Message]:
    for n in range(r.randint(4, 20)):
        yield step(read(f"src/m{n}.py", '"""Empty."""'), text="Let me read the next file.")


def folders(r: random.Random) -> Iterator[Message]:
    for n in range(r.randint(4, 10)):
        yield step(bash(f"mkdir -p pkg{n}", ""))


def one_test_file_after_another(r: random.Random) -> Iterator[Message]:
    for n in range(r.randint(4, 12)):
        yield step(
            bash(f"pytest -q tests/test_feature_number_{n}.py", ".   [100%]\n1 passed in 0.02s")
        )


def searches_without_hits(r: random.Random) -> Iterator[Message]:
    for n in range(r.randint(4, 9)):
        yield step(("grep", {"pattern": f"ERR{100 + n}"}, "No matches"))


def retry_after_a_fix(r: random.Random) -> Iterator[Message]:
    yield step(bash("make", "missing header"))
    yield step(bash("make", "missing header"))
    yield step(bash("apt-get install -y libx", "done"))
    for n in range(r.randint(2, 4)):
        yield step(bash("make", f"error in part {n}"))
        yield step(("write", {"path": f"part{n}.c", "content": f"{n}"}, "Wrote"))
    yield step(bash("make", "ok"))


def polling(r: random.Random) -> Iterator[Message]:
    for n in range(r.randint(5, 20)):
        yield step(("process", {"action": "read", "id": "job_1"}, f"{n * 10}s elapsed, building"))


def polling_with_time_only(r: random.Random) -> Iterator[Message]:
    for n in range(r.randint(5, 20)):
        yield step(("process", {"action": "read", "id": "job_1"}, f"10:00:{10 + n} waiting"))


def reread_after_writes(r: random.Random) -> Iterator[Message]:
    for n in range(r.randint(4, 9)):
        yield step(read("a.py", f"version {n}"))
        yield step(("write", {"path": "a.py", "content": f"version {n + 1}"}, "Wrote a.py"))


def commits(r: random.Random) -> Iterator[Message]:
    for n in range(r.randint(4, 9)):
        yield step(bash("git add -A && git commit -qm 'wip' -m 'part'", f"[main {n}] part {n}"))
        yield step(bash("git status --short", ""))
        edit = {"path": f"f{n}", "old_string": "a", "new_string": "b"}
        yield step(("edit", edit, "Edited"))


def checks_between_edits(r: random.Random) -> Iterator[Message]:
    for n in range(r.randint(4, 8)):
        yield step(("edit", {"path": f"f{n}.py", "old_string": "a", "new_string": "b"}, "Edited"))
        yield step(bash("ruff check .", "All checks passed!"), bash("mypy .", "Success"))


def failing_in_new_ways(r: random.Random) -> Iterator[Message]:
    for n in range(r.randint(4, 8)):
        yield step(
            ("edit", {"path": "a.py", "old_string": f"guess {n * 'x'}"}, "not found", "error")
        )


def many_at_once(r: random.Random) -> Iterator[Message]:
    for n in range(r.randint(4, 8)):
        yield step(*[read(f"d{n}/f{i}.py", "pass") for i in range(r.randint(1, 6))])


GOOD = [
    edit_and_test,
    edit_and_the_same_failure,
    pages,
    pages_of_alike_lines,
    many_files,
    folders,
    one_test_file_after_another,
    searches_without_hits,
    retry_after_a_fix,
    polling,
    polling_with_time_only,
    reread_after_writes,
    commits,
    checks_between_edits,
    failing_in_new_ways,
    many_at_once,
]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("run", GOOD)
def test_a_good_run_is_neither_told_nor_stopped(run: Any, seed: int) -> None:
    assert not any(play(list(run(random.Random(seed)))))


@pytest.mark.parametrize("seed", range(20))
def test_a_day_of_good_work_in_one_run_is_left_alone(seed: int) -> None:
    r = random.Random(seed)
    parts = r.sample(GOOD, 5)
    assert not any(play([message for part in parts for message in part(r)]))
