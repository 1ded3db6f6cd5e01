from pathlib import Path
from typing import Any

import msgspec
import pytest

from opencode.core.delta import Usage
from opencode.core.display import Diff
from opencode.core.error import SessionUnreadable
from opencode.core.message import (
    FilePart,
    Message,
    OpaquePart,
    ReasoningPart,
    TextPart,
    ToolPart,
    user_message,
)
from opencode.core.session import Session, Todo, Undone, new_session
from opencode.session.document import encode, read_document
from opencode.session.replay import read_session


def a_session() -> Session:
    session = new_session("/p", model="test/one")
    session.title = "Zwölf Boxkämpfer 🥊"
    session.todos = [Todo("look", "completed")]
    session.messages.append(user_message("Find the bug", FilePart("a.png", "image/png", "AAAA")))
    answer = session.begin_answer("build", "test/one")
    answer.parts = [
        ReasoningPart("hm", {"signature": "x"}),
        TextPart("Here\nit is"),
        ToolPart(
            "c1", "edit", {"path": "a.py", "n": 1.5}, status="completed", output="ok\t\u2028",
            display=[Diff("a.py", "@@", 1, 0)], started=1.0, ended=2.0,
        ),
    ]  # fmt: skip
    answer.finish, answer.usage = "stop", Usage(10, 5, cost=None)
    session.undone = [Undone([user_message("gone")], "undo_1")]
    session.queued = [user_message("next")]
    return session


def test_a_session_comes_back_as_it_was() -> None:
    session = a_session()
    document = read_document(encode(session))
    assert document.session == session
    assert document.intact
    assert not document.damage


def test_the_file_is_json_with_id_title_and_messages_at_the_top() -> None:
    found: dict[str, Any] = msgspec.json.decode(encode(a_session()))
    assert found["id"].startswith("ses_")
    assert found["title"]
    assert len(found["messages"]) == 2


def test_a_part_of_a_newer_version_is_written_back_as_it_came() -> None:
    raw = b'{"type":"hologram","x":1.00,"deep":{"y":[1,2]}}'
    known = b'{"type":"text","text":"hi"}'
    data = encode(new_session("/p")).replace(
        b'"messages": []',
        b'"messages": [{"id":"m","role":"user","parts":[%b,%b]}]' % (raw, known),
    )
    document = read_document(data)
    assert [type(part) for part in document.session.messages[0].parts] == [OpaquePart, TextPart]
    assert raw in encode(document.session)
    assert not document.damage


def test_unknown_fields_of_a_newer_version_do_not_hinder_reading() -> None:
    data = encode(a_session()).replace(b'"meta": {}', b'"meta": {},\n  "mood": "blue"')
    newer = data.replace(b'"schema": 1', b'"schema": 2')
    document = read_document(newer)
    assert len(document.session.messages) == 2
    assert not document.damage


def test_halves_of_characters_do_not_stop_a_save() -> None:
    session = a_session()
    session.messages.append(user_message("broken \ud83d end"))
    assert read_document(encode(session)).session.messages[-1].text == "broken ? end"


def test_any_flipped_byte_leaves_a_file_that_opens_or_says_why() -> None:
    data = encode(a_session())
    for at in range(len(data)):
        for bit in (0, 5):
            flipped = bytearray(data)
            flipped[at] ^= 1 << bit
            try:
                document = read_document(bytes(flipped), "ses_fallback")
            except SessionUnreadable:
                pytest.fail(f"byte {at} makes the whole file unreadable")
            assert not document.intact, f"byte {at} goes unnoticed"
            assert document.damage or len(document.session.messages) == 2


def test_a_file_cut_at_any_line_opens_with_what_stands_before() -> None:
    session = a_session()
    session.messages += [Message(f"msg_{n}", "user", [TextPart(f"word {n}")]) for n in range(5)]
    lines = encode(session).splitlines(keepends=True)
    start = next(n for n, line in enumerate(lines) if b'"messages": [' in line)
    for cut in range(1, len(lines) - 1):
        document = read_document(b"".join(lines[:cut]), "ses_fallback") if cut > 1 else None
        if document is not None:
            assert len(document.session.messages) == max(0, min(cut - start - 1, 7))
            assert not document.intact


def test_an_empty_file_is_unreadable_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "session_2026-01-01_00-00-00_00000000.json"
    path.write_bytes(b"")
    with pytest.raises(SessionUnreadable, match="damaged"):
        read_session(path)
    assert path.exists()
