from typing import Any

from opencode.core.display import Diff, Display, Table, Todos
from opencode.core.message import ToolPart
from opencode.server.protocol.spelling import error, metadata, tool_input


def made(tool: str, input: dict[str, Any], *display: Display) -> ToolPart:
    return ToolPart("call_1", tool, input, status="completed", display=[*display])


def test_clients_draw_the_questions_and_what_was_answered() -> None:
    table = Table(["question", "answer"], [["Which?", "red"]])
    call = made("question", {"question": "Which?", "options": ["red", "blue"]}, table)
    asked = tool_input(call)["questions"][0]
    assert (asked["question"], [one["label"] for one in asked["options"]]) == (
        "Which?",
        ["red", "blue"],
    )
    assert metadata(call) == {"answers": [["red"]]}
    same = {"questions": [{"question": "Which?", "options": []}]}
    assert tool_input(made("question", same)) == same
    assert "answers" not in metadata(made("question", {"question": "Which?"}))


def test_clients_tell_a_refused_call_from_one_that_failed() -> None:
    refused = ToolPart("call_1", "bash", status="denied", output="No.")
    failed = ToolPart("call_2", "bash", status="error", output="No.")
    assert (error(refused), error(failed)) == ("No. (rejected permission)", "No.")


def test_clients_draw_what_was_written() -> None:
    call = made("write", {"path": "a.txt", "content": "one"})
    assert tool_input(call) == {"filePath": "a.txt", "content": "one"}
    assert "diagnostics" in metadata(call)


def test_clients_draw_the_todos_as_the_call_left_them() -> None:
    call = made("todo", {"action": "complete", "index": 1}, Todos([("Write", "completed")]))
    todo = {"content": "Write", "status": "completed", "priority": "medium"}
    assert tool_input(call)["todos"] == metadata(call)["todos"] == [todo]
    early = made("todo", {"todos": ["[ ] Write"]})
    assert tool_input(early)["todos"] == ["[ ] Write"]


def test_clients_draw_each_file_of_a_patch_and_who_was_asked() -> None:
    new = Diff("a.txt", "--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+x\n", 1, 0)
    changed = Diff("b.txt", "--- a/b.txt\n+++ b/b.txt\n@@ -1 +1 @@\n-x\n+y\n", 1, 1)
    gone = Diff("c.txt", "--- a/c.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n", 0, 1)
    files = metadata(made("apply_patch", {"patch": "…"}, new, changed, gone))["files"]
    assert [one["type"] for one in files] == ["add", "update", "delete"]
    assert [one["deletions"] for one in files] == [0, 1, 1]
    asked = tool_input(made("task", {"prompt": "Look around\nin src", "agent": "explore"}))
    assert (asked["subagent_type"], asked["description"]) == ("explore", "Look around")


def test_clients_draw_what_language_servers_found_wrong_in_a_written_file() -> None:
    table = Table(["place", "severity", "message"], [["src/a.py:3:5", "error", "No such name"]])
    found = metadata(made("write", {"path": "/p/src/a.py", "content": "x"}, table))
    (one,) = found["diagnostics"]["/p/src/a.py"]
    assert (one["range"]["start"], one["message"]) == ({"line": 2, "character": 4}, "No such name")
    assert metadata(made("edit", {"path": "b.py"}))["diagnostics"] == {}
