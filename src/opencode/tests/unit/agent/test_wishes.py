from opencode.agent.wishes import Wishes
from opencode.core.message import Message, TextPart, Wish, user_message


def prompt(system: str = "") -> Message:
    made = user_message("go")
    made.wish = Wish(system) if system else None
    return made


def test_a_wish_is_in_force_until_the_next_prompt_of_somebody() -> None:
    wishes, said = Wishes(), list[Message]()
    assert wishes.now(said).system == ""
    said.append(prompt("short"))
    assert wishes.now(said).system == "short"
    said += [Message("a", "assistant"), user_message("", TextPart("hm", origin="nudge"))]
    assert wishes.now(said).system == "short"
    said.append(prompt())
    assert wishes.now(said).system == ""


def test_a_wish_goes_with_the_prompt_that_is_taken_back() -> None:
    wishes, said = Wishes(), [prompt("long"), Message("a", "assistant"), prompt("short")]
    assert wishes.now(said).system == "short"
    assert wishes.now(said[:2]).system == "long"
    assert wishes.now([]).system == ""
    assert wishes.now([prompt("new"), *said[1:2]]).system == "new"
