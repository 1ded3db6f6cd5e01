import json
from pathlib import Path
from typing import Any

import pytest

from opencode.core.error import UsageError
from opencode.core.message import OpaquePart, TextPart
from opencode.session.transfer import export_session, import_session
from opencode.tests.unit.session.test_document import a_session

UPSTREAM: dict[str, Any] = {
    "info": {
        "id": "ses_6f2b1c0d4ffeABCDEFGHIJKLMN", "projectID": "p", "directory": "/else",
        "title": "From there", "version": "1.0.0", "time": {"created": 1700000000000,
        "updated": 1700000001000},
    },
    "messages": [
        {"info": {"id": "msg_1", "sessionID": "s", "role": "user",
                  "time": {"created": 1700000000000}, "agent": "build",
                  "model": {"providerID": "anthropic", "modelID": "claude"}},
         "parts": [{"id": "p1", "sessionID": "s", "messageID": "msg_1", "type": "text",
                    "text": "hi"},
                   {"id": "p2", "type": "file", "mime": "image/png", "filename": "a.png",
                    "url": "data:image/png;base64,AAAA"}]},
        {"info": {"id": "msg_2", "sessionID": "s", "role": "assistant", "parentID": "msg_1",
                  "modelID": "claude", "providerID": "anthropic", "mode": "build", "cost": 0.25,
                  "path": {"cwd": "/", "root": "/"},
                  "tokens": {"input": 7, "output": 3, "reasoning": 2,
                             "cache": {"read": 5, "write": 1}},
                  "time": {"created": 1700000000500, "completed": 1700000001000},
                  "finish": "tool-calls"},
         "parts": [{"id": "p3", "type": "step-start", "snapshot": "abc"},
                   {"id": "p4", "type": "tool", "callID": "c1", "tool": "bash",
                    "state": {"status": "completed", "input": {"command": "ls"}, "output": "a",
                              "title": "ls", "metadata": {}, "time": {"start": 1700000000600,
                              "end": 1700000000700}}},
                   {"id": "p5", "type": "tool", "callID": "c2", "tool": "bash",
                    "state": {"status": "running", "input": {"command": "rm"},
                              "time": {"start": 1700000000800}}}]},
    ],
}  # fmt: skip


def test_export_and_import_keep_every_message_exactly() -> None:
    session = a_session()
    back = import_session(export_session(session), "/new")
    assert back.messages == session.messages
    assert (back.id, back.title, back.todos) == (session.id, session.title, session.todos)


def test_an_imported_session_is_inert_and_belongs_here() -> None:
    back = import_session(export_session(a_session()), "/new")
    assert (back.origin, back.directory) == ("imported", "/new")
    assert not back.queued
    assert not back.undone
    assert back.prefix is None


def test_the_originals_export_is_understood() -> None:
    session = import_session(json.dumps(UPSTREAM).encode(), "/new")
    assert (session.id, session.title) == (UPSTREAM["info"]["id"], "From there")
    assert session.created == 1_700_000_000
    user, answer = session.messages
    assert user.text == "hi"
    assert answer.model == "anthropic/claude"
    assert (answer.usage.input, answer.usage.output, answer.usage.cost) == (7, 5, 0.25)
    assert [call.status for call in answer.calls] == ["completed", "cancelled"]
    assert isinstance(answer.parts[0], OpaquePart)


def test_the_originals_export_goes_out_again_with_parts_we_do_not_know() -> None:
    session = import_session(json.dumps(UPSTREAM).encode(), "/new")
    out = json.loads(export_session(session, "opencode"))
    assert out["messages"][1]["parts"][0] == UPSTREAM["messages"][1]["parts"][0]
    state = out["messages"][1]["parts"][1]["state"]
    assert state["time"] == {"start": 1700000000600, "end": 1700000000700}
    assert out["messages"][1]["info"]["tokens"] == UPSTREAM["messages"][1]["info"]["tokens"]


def test_our_session_survives_the_originals_shape() -> None:
    session = a_session()
    back = import_session(export_session(session, "opencode"), "/new")
    assert [m.text for m in back.messages] == [m.text for m in session.messages]
    assert [c.input for c in back.messages[1].calls] == [{"path": "a.py", "n": 1.5}]


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b"\xff\xfe", b'{"info": 3, "messages": []}', b'{"messages": 5}',
     b'{"info": {}, "messages": [{}]}', b'{"messages": [{"role": "king"}]}'],
)  # fmt: skip
def test_what_is_no_session_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(UsageError):
        import_session(data, "/new")


def test_a_foreign_id_cannot_lead_out_of_the_folder() -> None:
    session = a_session()
    session.id = "../../../etc/passwd"
    back = import_session(export_session(session), "/new")
    assert back.id.startswith("ses_")
    assert "/" not in back.id


def test_a_name_with_any_bytes_survives(tmp_path: Path) -> None:
    session = a_session()
    session.messages[0].parts.append(TextPart("a\x00b\u2028c\x1b[31m🥊"))
    assert import_session(export_session(session), "/n").messages == session.messages
