"""The original's events as ours, in the orders in which its server was seen to send them."""

from typing import Any

import pytest

from opencode.core.delta import TextDelta
from opencode.core.display import Diff, FileView, Todos
from opencode.core.event import (
    AskRaised,
    Event,
    MessageAdded,
    MessageChunk,
    MessageFinished,
    QueueChanged,
    RunFinished,
    RunStarted,
    SessionReplaced,
    SessionUpdated,
    ToolFinished,
    ToolStarted,
)
from opencode.core.message import ToolPart
from opencode.remote.original.hearing import Hearing
from opencode.remote.original.reading import call_of, info_of, message_of

S = "ses_1"


@pytest.fixture
def hearing() -> Hearing:
    return Hearing(info_of)


def told(hearing: Hearing, *frames: dict[str, Any]) -> list[Event]:
    return [event for frame in frames for event in hearing.of(frame)]


def frame(kind: str, **properties: Any) -> dict[str, Any]:
    return {"type": kind, "properties": {"sessionID": S, **properties}}


def status(kind: str) -> dict[str, Any]:
    return frame("session.status", status={"type": kind})


def user(name: str) -> dict[str, Any]:
    return frame("message.updated", info=user_info(name))


def user_info(name: str) -> dict[str, Any]:
    model = {"providerID": "p", "modelID": "m"}
    return {
        "id": name,
        "sessionID": S,
        "role": "user",
        "time": {"created": 1000},
        "agent": "build",
        "model": model,
    }


def answer(name: str, parent: str, ended: bool = False, **more: Any) -> dict[str, Any]:
    return frame("message.updated", info=answer_info(name, parent, ended, **more))


def answer_info(name: str, parent: str, ended: bool = False, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "sessionID": S,
        "role": "assistant",
        "parentID": parent,
        "time": {"created": 1000, **({"completed": 2000} if ended else {})},
        "agent": "build",
        "providerID": "p",
        "modelID": "m",
        "path": {"cwd": "/proj"},
        **more,
    }


def text(message: str, words: str, name: str = "t", ended: bool = False) -> dict[str, Any]:
    time = {"time": {"start": 1, "end": 2}} if ended else {}
    part = {"id": f"{message}{name}", "messageID": message, "sessionID": S, "type": "text"}
    return frame("message.part.updated", part={**part, "text": words, **time})


def delta(message: str, piece: str) -> dict[str, Any]:
    return frame(
        "message.part.delta", messageID=message, partID=f"{message}t", field="text", delta=piece
    )


def tool(message: str, state: dict[str, Any], name: str = "bash") -> dict[str, Any]:
    part = {"id": "c", "messageID": message, "sessionID": S, "type": "tool"}
    return frame(
        "message.part.updated", part={**part, "tool": name, "callID": "call1", "state": state}
    )


def begun(hearing: Hearing) -> list[Event]:
    return told(hearing, user("u"), text("u", "Hi"), status("busy"), answer("a", "u"))


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def words(events: list[Event]) -> list[str]:
    deltas = [event.delta for event in events if isinstance(event, MessageChunk)]
    return [delta.text for delta in deltas if isinstance(delta, TextDelta)]


def test_a_prompt_joins_with_all_its_parts_and_the_pieces_follow(hearing: Hearing) -> None:
    seen = told(
        hearing,
        user("u"),
        text("u", "See "),
        text("u", "it", "2"),
        status("busy"),
        answer("a", "u"),
    )
    assert kinds(seen) == ["MessageAdded", "RunStarted", "MessageStarted"]
    assert isinstance(seen[0], MessageAdded)
    assert seen[0].message.text == "See it"
    pieces = told(hearing, text("a", ""), delta("a", "Hel"), delta("a", "lo"), text("a", "Hello"))
    assert words(pieces) == ["Hel", "lo"]
    end = told(hearing, answer("a", "u", ended=True), status("busy"), status("idle"))
    assert kinds(end) == ["MessageFinished", "RunFinished"]


def test_a_stopped_run_ends_once_and_after_its_answer(hearing: Hearing) -> None:
    begun(hearing)
    aborted = {"name": "MessageAbortedError", "data": {"message": "Aborted"}}
    seen = told(
        hearing,
        frame("session.error", error=aborted),
        status("idle"),
        text("a", "It", ended=True),
        answer("a", "u", ended=True, error=aborted),
        status("idle"),
    )
    assert kinds(seen) == ["MessageChunk", "MessageFinished", "RunFinished"]
    assert isinstance(seen[-1], RunFinished)
    assert (seen[-1].reason, seen[-1].detail) == ("cancelled", "")


def test_a_prompt_that_never_begins_ends_with_the_reason_and_only_once(hearing: Hearing) -> None:
    wrong = {"name": "UnknownError", "data": {"message": "Agent not found\n    at a stack"}}
    seen = told(hearing, frame("session.error", error=wrong), frame("session.error", error=wrong))
    assert [(e.reason, e.detail) for e in seen if isinstance(e, RunFinished)] == [
        ("error", "Agent not found")
    ]
    late = told(hearing, user("u"), text("u", "Hi"), status("busy"))
    again = told(hearing, frame("session.error", error=wrong), status("idle"))
    more = told(hearing, frame("session.error", error=wrong), user("u"), status("idle"))
    ends = [event for event in (*late, *again) if isinstance(event, RunFinished)]
    assert [event.detail for event in ends] == ["Agent not found"]
    assert kinds(more) == ["RunFinished"]


def test_a_prompt_that_was_not_taken_is_told_unless_the_events_have_told_it(
    hearing: Hearing,
) -> None:
    end = hearing.refused(S, "no")
    assert isinstance(end, RunFinished)
    assert (end.reason, end.detail) == ("error", "no")
    begun(hearing)
    wrong = {"name": "APIError", "data": {"message": "nope"}}
    ended = answer("a", "u", ended=True, error=wrong)
    seen = told(hearing, frame("session.error", error=wrong), status("idle"), ended)
    assert [event.detail for event in seen if isinstance(event, RunFinished)] == ["nope"]
    assert hearing.refused(S, "Unexpected server error.") is None


def test_prompts_wait_while_it_is_busy_and_join_when_they_are_answered(hearing: Hearing) -> None:
    begun(hearing)
    waiting = told(hearing, user("u2"), text("u2", "More"), text("a", "x"))
    assert [len(e.queued) for e in waiting if isinstance(e, QueueChanged)] == [1]
    joined = told(hearing, answer("a", "u", ended=True), answer("a2", "u2"))
    assert kinds(joined) == ["MessageFinished", "MessageAdded", "QueueChanged", "MessageStarted"]
    told(hearing, user("u3"), text("u3", "Never answered"), answer("a2", "u2", ended=True))
    assert kinds(told(hearing, status("idle"))) == ["MessageAdded", "QueueChanged", "RunFinished"]


def test_what_was_read_with_the_conversation_is_not_told_again(hearing: Hearing) -> None:
    entries = [
        {"info": user_info("u"), "parts": [text("u", "Hi")["properties"]["part"]]},
        {"info": answer_info("a", "u", ended=True), "parts": []},
    ]
    found, queued = hearing.talk.meet(S, entries)
    assert ([m.id for m in found], queued) == (["u", "a"], [])
    seen = told(hearing, user("u"), text("u", "Hi"), status("busy"), answer("a", "u"))
    assert (
        told(hearing, text("a", "All"), answer("a", "u", ended=True), status("idle")) == seen == []
    )


def test_a_conversation_read_while_it_grows_is_as_far_as_its_events(hearing: Hearing) -> None:
    begun(hearing)
    told(hearing, text("a", ""), delta("a", "Hel"))
    entry = {"info": answer_info("a", "u"), "parts": [text("a", "")["properties"]["part"]]}
    found, _ = hearing.talk.meet(S, [entry])
    assert [message.text for message in found] == ["Hel", "Hi"]
    assert hearing.running(S, found[:1]) == RunStarted(S, "u", "build", "p/m")
    rest = told(hearing, delta("a", "lo"), text("a", "Hello", ended=True), delta("a", "late"))
    assert words(rest) == ["lo"]


def test_an_answer_joined_in_its_middle_is_read_anew_at_its_end(hearing: Hearing) -> None:
    hearing.busy.add(S)
    parts = [text("a", "")["properties"]["part"]]
    found, _ = hearing.talk.meet(S, [{"info": answer_info("a", "u"), "parts": parts}])
    assert isinstance(hearing.running(S, found), RunStarted)
    told(hearing, delta("a", "end"), text("a", "The beginning and the end", ended=True))
    seen = told(hearing, answer("a", "u", ended=True), status("idle"))
    assert kinds(seen) == ["MessageFinished", "SessionReplaced", "RunFinished"]
    assert isinstance(seen[0], MessageFinished)
    assert seen[0].message.text == "The beginning and the end"


def test_a_call_is_told_once_with_its_question_and_its_child(hearing: Hearing) -> None:
    begun(hearing)
    given = {"command": "ls"}
    asked = {
        "id": "per_1",
        "permission": "bash",
        "patterns": ["ls"],
        "metadata": {"command": "ls -la"},
        "always": ["ls *"],
        "tool": {"messageID": "a", "callID": "call1"},
    }
    seen = told(
        hearing,
        tool("a", {"status": "pending", "input": {}, "raw": ""}),
        frame("permission.asked", **asked),
        tool("a", {"status": "running", "input": given, "time": {"start": 1}}),
        tool("a", {"status": "running", "input": given, "metadata": {"sessionId": "ses_2"}}),
        tool("a", {"status": "running", "input": given, "metadata": {"output": "x"}}),
        frame("permission.replied", requestID="per_1", reply="once"),
        tool("a", {"status": "completed", "input": given, "output": "x", "time": {"end": 2}}),
        tool("a", {"status": "completed", "input": given, "output": "x", "time": {"end": 2}}),
    )
    assert kinds(seen) == [
        "MessageChunk",
        "AskRaised",
        "MessageChunk",
        "ToolStarted",
        "AskRaised",
        "ToolStarted",
        "AskRaised",
        "ToolProgress",
        "AskAnswered",
        "ToolFinished",
    ]
    ask = next(event.ask for event in seen if isinstance(event, AskRaised))
    assert (ask.tool, ask.text, ask.rules[0].target) == ("bash", "ls -la", "ls *")
    assert [e.call.child for e in seen if isinstance(e, ToolStarted)] == ["", "ses_2"]
    assert [e.call.output for e in seen if isinstance(e, ToolFinished)] == ["x"]


def session(name: str = S, **more: Any) -> dict[str, Any]:
    info = {"id": name, "directory": "/proj", "title": "Mine", "time": {"updated": 1}, **more}
    return {"type": "session.updated", "properties": {"sessionID": name, "info": info}}


def test_a_session_is_told_when_something_of_it_changed(hearing: Hearing) -> None:
    seen = told(hearing, session(), session(time={"updated": 5}), session(title="Other"))
    assert [e.info.title for e in seen if isinstance(e, SessionUpdated)] == ["Mine", "Other"]
    fresh = told(hearing, session("ses_3", title="New session - 2026-11-21T10:29:48.920Z"))
    assert [e.info.title for e in fresh if isinstance(e, SessionUpdated)] == [""]


def test_undo_by_others_is_told_and_the_prompt_after_it_is_no_redo(hearing: Hearing) -> None:
    seen = told(
        hearing,
        session(revert={"messageID": "msg_2"}),
        session(revert={"messageID": "msg_1"}),
        session(revert={"messageID": "msg_2"}),
        frame("message.removed", messageID="msg_2"),
        session(),
    )
    reasons = [event.reason for event in seen if isinstance(event, SessionReplaced)]
    assert reasons == ["undo", "undo", "redo"]


def test_a_question_below_says_whose_it_is(hearing: Hearing) -> None:
    told(hearing, session(title="Root"), session("ses_2", title="Look", parentID=S))
    asked = [{"question": "Which?", "options": [{"label": "Red"}]}]
    [seen] = told(hearing, frame("question.asked", sessionID="ses_2", id="que_1", questions=asked))
    assert isinstance(seen, AskRaised)
    assert seen.ask.path == ["Root", "Look"]


def shown(name: str, given: dict[str, Any], metadata: dict[str, Any]) -> ToolPart:
    state = {"status": "completed", "input": given, "metadata": metadata, "output": "done"}
    return call_of({"callID": "c", "tool": name, "state": state}, "/proj")


def test_calls_show_what_they_did() -> None:
    patch = "Index: /proj/a.py\n====\n--- /proj/a.py\n+++ /proj/a.py\n@@ -1 +1 @@\n-x\n+y\n"
    file = {"file": "/proj/a.py", "patch": patch, "additions": 1, "deletions": 1}
    edited = shown("edit", {"filePath": "/proj/a.py", "oldString": "x"}, {"filediff": file})
    assert edited.input == {"path": "a.py", "old_string": "x"}
    assert edited.display == [Diff("a.py", "@@ -1 +1 @@\n-x\n+y\n", 1, 1)]
    made = shown("write", {"filePath": "/proj/b", "content": "1\n2\n"}, {"exists": False})
    assert made.display == [Diff("b", "@@ -0,0 +1,2 @@\n+1\n+2\n", 2, 0)]
    view = {"type": "file", "path": "/proj/a.py", "text": "x", "lineStart": 3}
    assert shown("read", {}, {"display": view}).display == [FileView("a.py", "x", 3)]
    todos = [{"content": "It", "status": "in_progress", "priority": "high"}]
    listed = shown("todowrite", {"todos": todos}, {})
    assert (listed.tool, listed.display) == ("todo", [Todos([("It", "in_progress")])])


def test_a_refused_call_and_a_failed_answer_say_so() -> None:
    no = "The user rejected permission to use this specific tool call."
    part = {"callID": "c", "tool": "bash", "state": {"status": "error", "error": no}}
    assert call_of(part, "").status == "denied"
    error = {"name": "APIError", "data": {"message": "nope"}}
    failed = message_of({"info": answer_info("a", "u", ended=True, error=error), "parts": []})
    assert (failed.finish, failed.error) == ("error", "nope")
