from opencode.core.ask import Ask, Reply
from opencode.core.event import (
    AskAnswered,
    AskRaised,
    QueueChanged,
    RunStarted,
    ToolFinished,
    ToolStarted,
)
from opencode.core.message import Message, TextPart, ToolPart, user_message
from opencode.core.session import Session
from opencode.tui.state.facts import Facts


def test_what_is_true_of_the_workspace_outlasts_the_session_in_view() -> None:
    facts = Facts(
        served="http://127.0.0.1:4096", branch="main", isolation="bubblewrap", trust="asked"
    )
    facts.open(Session("ses_a", "/project"))
    assert (facts.served, facts.branch) == ("http://127.0.0.1:4096", "main")
    assert (facts.isolation, facts.trust) == ("bubblewrap", "asked")


def test_a_far_servers_address_stands_for_its_folder_until_a_session_tells_it() -> None:
    facts = Facts(directory="/here", where="http://box:4096")
    assert facts.folder == "http://box:4096"
    facts.open(Session("ses_1", "/there"))
    assert facts.folder == "/there"


def test_it_waits_for_the_person_while_any_question_is_open() -> None:
    facts = Facts(session="s")
    first, second = (ToolPart(name, "bash", {"command": name}) for name in ("one", "two"))
    facts.apply(RunStarted("s", "m", "build", "toy/m"))
    for call in (first, second):
        facts.apply(ToolStarted("s", "m", call))
        facts.apply(AskRaised("s", Ask(call.id, "s", "permission")))
    facts.apply(AskAnswered("s", "one", Reply("allow")))
    facts.apply(ToolFinished("s", "m", first))
    assert facts.doing == "asking"
    facts.apply(AskAnswered("s", "two", Reply("allow")))
    assert facts.doing == "Bash $ two"


def test_the_window_is_that_of_the_model_that_answers() -> None:
    facts = Facts(model="fake/one", window=200_000)
    facts.open(Session("ses_1", "/project", model="fake/one"))
    assert facts.window == 200_000
    facts.open(Session("ses_2", "/project", model="fake/two"))
    assert facts.window == 0


def test_a_note_that_waits_is_no_prompt_of_the_person() -> None:
    facts = Facts(session="s")
    note = Message("m1", "user", [TextPart("A report.", origin="nudge")])
    facts.apply(QueueChanged("s", [note, user_message("And then?")]))
    assert [one.text for one in facts.queued] == ["And then?"]
