import base64
import io
import itertools
import operator
import random
import struct
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from opencode.agent.context.history import PRUNED, Sound, sendable
from opencode.agent.context.media import Media
from opencode.core.message import (
    FilePart,
    Message,
    OpaquePart,
    Part,
    ReasoningPart,
    TextPart,
    ToolPart,
)


def user(*parts: Part | str, id: str = "u") -> Message:
    return Message(
        id, "user", [TextPart(p) if isinstance(p, str) else p for p in parts], created=1.0
    )


def said(*parts: Part | str, id: str = "a", **more: Any) -> Message:
    found: list[Part] = [TextPart(p) if isinstance(p, str) else p for p in parts]
    return Message(id, "assistant", found, created=1.0, **more)


def call(id: str = "c1", **more: Any) -> ToolPart:
    more.setdefault("status", "completed")
    more.setdefault("output", "out")
    return ToolPart(id, "read", {"path": "a"}, **more)


def picture(width: int = 4, height: int = 3, kind: str = "PNG", mode: str = "RGB") -> FilePart:
    out = io.BytesIO()
    Image.new(mode, (width, height)).save(out, kind)
    data = base64.b64encode(out.getvalue()).decode()
    return FilePart(f"p.{kind.lower()}", f"image/{kind.lower()}", data)


def texts(messages: list[Message]) -> list[str]:
    return [part.text for m in messages for part in m.parts if isinstance(part, TextPart)]


def test_a_healthy_history_is_passed_on_as_it_is() -> None:
    history = [user("hi"), said(ReasoningPart("hm"), "ok", call()), said("done"), user("more")]
    sent = sendable(history)
    assert all(one is other for one, other in zip(sent, history, strict=True))


def test_open_calls_get_an_outcome_and_the_history_keeps_its_own() -> None:
    history = [user("hi"), said(call(status="running", output=""))]
    before = msgspec.json.encode(history)
    [_, answer] = sendable(history)
    assert answer.calls[0].status == "cancelled"
    assert "Interrupted" in answer.calls[0].output
    assert msgspec.json.encode(history) == before


def test_an_empty_outcome_has_words() -> None:
    [_, answer] = sendable([user("hi"), said(call(output=" \n"))])
    assert answer.calls[0].output == "(no output)"


def test_empty_messages_and_parts_leave_and_neighbours_become_one() -> None:
    raw = msgspec.Raw(b'{"type":"new"}')
    history = [
        user("a"),
        said("", OpaquePart(raw), finish="error"),
        user("b", " "),
        user("c"),
        said("x", call()),
    ]
    sent = sendable(history)
    assert [m.role for m in sent] == ["user", "assistant"]
    assert texts(sent) == ["a", "b", "c", "x"]


def test_answers_without_calls_become_one_and_those_with_calls_do_not() -> None:
    sent = sendable(
        [user("a"), said("1", finish="length"), said("2", call("c1")), said("3", call("c2"))]
    )
    assert [(m.role, m.text) for m in sent] == [
        ("user", "a"),
        ("assistant", "12"),
        ("assistant", "3"),
    ]


def test_the_first_word_and_the_last_one_are_the_users() -> None:
    sent = sendable([said("hello"), user("hi"), said("done")])
    assert [m.role for m in sent] == ["user", "assistant", "user", "assistant", "user"]
    assert sendable([]) == []


def test_ids_names_and_text_are_made_acceptable() -> None:
    odd = ToolPart(
        "c1", "functions.read!", {"a\0": ["\ud800", 1]}, status="completed", output="\ud83d\0x"
    )
    sent = sendable([user("\udfff hi"), said(call("c1"), odd, call(""))])
    assert [part.id for part in sent[1].calls] == ["c1", "c1_2", "call_a"]
    assert sent[1].calls[1].tool == "functions_read_"
    assert msgspec.json.encode(sent)
    assert sent[1].calls[1].input == {"a�": ["�", 1]}


def test_thoughts_that_lead_nowhere_are_not_sent() -> None:
    signed = ReasoningPart("b", {"signature": "s"})
    assert sendable([user("a"), said("x", ReasoningPart("b")), user("c")])[1].parts == [
        TextPart("x")
    ]
    cut = said(ReasoningPart("a"), signed, "x", finish="cancelled")
    assert sendable([user("a"), cut, user("c")])[1].parts == [signed, TextPart("x")]
    assert len(sendable([user("a"), said(signed, finish="error"), user("c")])) == 1


def test_a_redacted_thought_before_a_call_stays() -> None:
    hidden = ReasoningPart("", {"redacted": "xyz"})
    assert sendable([user("a"), said(hidden, call())])[1].parts[0] is hidden


def test_a_pruned_output_is_a_note_and_its_pictures_are_gone() -> None:
    [_, answer] = sendable([user("a"), said(call(pruned=True, output="long", files=[picture()]))])
    assert (answer.calls[0].output, answer.calls[0].files) == (PRUNED, [])


def test_requests_start_at_the_newest_summary_as_the_users_words() -> None:
    old = said("old summary", summary=True)
    new = said(ReasoningPart("hm", {"signature": "s"}), "new summary", summary=True)
    sent = sendable([user("a"), old, user("b"), new, user("c"), said("d", call())])
    assert texts(sent) == ["new summary", "c", "d"]
    assert sent[0].role == "user"
    assert sent[0].parts == [TextPart("new summary"), TextPart("c")]


def conversation(turns: int) -> list[Message]:
    found: list[Message] = []
    for n in range(turns):
        found += [
            user(f"q{n}", id=f"u{n}"),
            said(call(f"c{n}"), id=f"s{n}"),
            said(f"r{n}", id=f"a{n}"),
        ]
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 10, 100])
def test_a_limit_cuts_at_a_persons_message_only(limit: int) -> None:
    history = [*conversation(6), user("last")]
    sent = sendable(history, limit=limit)
    assert sent[0].role == "user"
    assert sent[0].text.startswith(("q", "last"))
    assert len(sent) <= limit
    assert sent[-1].text == "last"


def test_a_run_longer_than_the_limit_is_sent_whole() -> None:
    history = [*conversation(2), user("go"), *[said(call(f"x{n}")) for n in range(9)]]
    assert len(sendable(history, limit=3)) == 10


def test_a_limit_keeps_the_summary() -> None:
    history = [said("sum", summary=True), *conversation(5), user("last")]
    sent = sendable(history, limit=4)
    assert texts(sent)[0] == "sum"
    assert len(sent) <= 4


def test_a_nudge_is_no_place_to_cut() -> None:
    nudge = user(TextPart("facts", origin="nudge"))
    sent = sendable([*conversation(3), user("go"), said(call()), nudge, said(call("z"))], limit=2)
    assert sent[0].text == "go"


def test_a_blind_model_reads_what_it_cannot_see() -> None:
    pdf = FilePart("d.pdf", "application/pdf", base64.b64encode(b"%PDF-1.7 x").decode())
    history = [user("look", picture(), pdf), said(call(files=[picture()]))]
    sent = sendable(history, can_see=False, can_read_pdf=False)
    assert not any(isinstance(part, FilePart) for part in sent[0].parts)
    assert "cannot see images" in texts(sent)[1]
    assert "cannot read PDFs" in texts(sent)[2]
    assert sent[1].calls[0].files == []
    assert "p.png" in sent[1].calls[0].output


def test_pictures_and_documents_that_fit_are_sent_untouched() -> None:
    pdf = FilePart("d.pdf", "application/pdf", base64.b64encode(b"%PDF-1.7 x").decode())
    for file in (picture(), picture(kind="JPEG"), picture(kind="GIF"), picture(kind="WEBP"), pdf):
        assert Media().fit(file) is file


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (FilePart("a.png", "image/png", "***"), "damaged"),
        (FilePart("a.png", "image/png", ""), "empty"),
        (
            FilePart("a.png", "image/png", base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()),
            "damaged",
        ),
        (
            FilePart("a.jpg", "image/jpeg", base64.b64encode(b"\xff\xd8\xff\xe0\0").decode()),
            "damaged",
        ),
        (FilePart("a.zip", "application/zip", base64.b64encode(b"PK\3\4").decode()), "of a kind"),
        (
            FilePart(
                "bomb.png",
                "image/png",
                base64.b64encode(
                    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
                    + struct.pack(">II", 60_000, 60_000)
                    + bytes(20)
                ).decode(),
            ),
            "60000x60000",
        ),
    ],
)
def test_a_bad_file_becomes_a_note_that_says_why(file: FilePart, why: str) -> None:
    [message] = sendable([user("x", file)])
    assert why in texts([message])[1]


def test_a_file_of_text_is_told_in_words() -> None:
    file = FilePart("a.txt", "text/plain", base64.b64encode("hé".encode()).decode())
    assert Media().fit(file) == "a.txt:\nhé"


def test_a_wrong_type_is_put_right() -> None:
    found = Media().fit(FilePart("a.png", "image/png", picture(kind="JPEG").data))
    assert isinstance(found, FilePart)
    assert found.mime == "image/jpeg"


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
def test_a_large_picture_is_made_smaller_once(mode: str) -> None:
    media = Media()
    big = picture(3000, 1500, mode=mode)
    small = media.fit(big)
    assert isinstance(small, FilePart)
    with Image.open(io.BytesIO(base64.b64decode(small.data))) as opened:
        assert opened.size == (2000, 1000)
    assert media.fit(big) is small


def test_a_heavy_picture_is_sent_as_jpeg() -> None:
    noise = Image.frombytes("RGB", (1100, 1100), random.Random(1).randbytes(1100 * 1100 * 3))
    out = io.BytesIO()
    noise.save(out, "PNG")
    found = Media().fit(FilePart("n.png", "image/png", base64.b64encode(out.getvalue()).decode()))
    assert isinstance(found, FilePart)
    assert found.mime == "image/jpeg"
    assert len(found.data) <= 4_500_000


def test_beyond_the_budget_the_older_half_of_the_pictures_leaves_at_once() -> None:
    history: list[Message] = []
    shown: list[int] = []
    for n in range(70):
        history += [user(f"{n}", picture()), said("ok", call(f"c{n}"))]
        sent = sendable(history)
        shown.append(sum(isinstance(p, FilePart) for m in sent for p in m.parts))
    assert shown[59] == 60
    assert shown[60] == 31
    assert shown[69] == 40


text = st.sampled_from(["a", "b c", "", " ", "é", "\ud800", "x\0y"])
parts = st.one_of(
    st.builds(TextPart, text, st.sampled_from(["", "", "nudge"])),
    st.builds(ReasoningPart, text, st.sampled_from([{}, {"signature": "s"}])),
    st.builds(
        FilePart,
        st.just("p"),
        st.sampled_from(["image/png", "text/plain"]),
        st.sampled_from(["", "aGk=", "*"]),
    ),
    st.builds(
        ToolPart,
        st.sampled_from(["c1", "c2", "", "c3"]),
        st.sampled_from(["read", "a b", ""]),
        output=text,
        status=st.sampled_from(["completed", "error", "denied", "cancelled", "running"]),
    ),
    st.just(OpaquePart(msgspec.Raw(b"{}"))),
)
messages = st.builds(
    Message,
    st.sampled_from(["m1", "m2", "m3"]),
    st.sampled_from(["user", "assistant"]),
    st.lists(parts, max_size=4),
    finish=st.sampled_from(["stop", "tool_calls", "error", "cancelled", "length"]),
    created=st.just(1.0),
)


def flat(sent: list[Message]) -> list[tuple[str, bytes]]:
    return [(m.role, msgspec.json.encode(part)) for m in sent for part in m.parts]


@settings(max_examples=60, deadline=None)
@given(st.lists(messages, max_size=12))
def test_every_history_becomes_one_that_providers_take(history: list[Message]) -> None:
    before = repr(history)
    sent = sendable(history)
    assert repr(history) == before
    ids = [part.id for m in sent for part in m.calls]
    assert len(ids) == len(set(ids))
    for one, other in itertools.pairwise(sent):
        assert one.role != other.role or one.calls
    for message in sent:
        assert message.parts
        assert not any(isinstance(part, OpaquePart) for part in message.parts)
        assert not isinstance(message.parts[-1], ReasoningPart)
        if message.role == "user":
            assert not any(isinstance(part, ToolPart | ReasoningPart) for part in message.parts)
        for part in message.calls:
            assert not part.is_open
            assert part.output.strip()
            assert part.tool.replace("_", "a").isalnum()
    if sent:
        assert sent[0].role == "user"
        assert sent[-1].role == "user" or sent[-1].calls
        msgspec.json.encode(sent)


@settings(max_examples=60, deadline=None)
@given(st.lists(messages, max_size=12))
def test_a_longer_history_begins_with_what_a_shorter_one_gave(history: list[Message]) -> None:
    earlier: list[tuple[str, bytes]] = []
    for end in range(1, len(history) + 1):
        now = history[:end]
        sent = sendable(now)
        if sent and sent[-1].id == "msg_go_on":
            continue  # nobody asks a model after its last word
        found = flat(sent)
        assert found[: len(earlier)] == earlier
        earlier = found


@settings(max_examples=60, deadline=None)
@given(st.lists(messages, max_size=12), st.data())
def test_what_is_remembered_of_old_messages_changes_no_request(
    history: list[Message], data: st.DataObject
) -> None:
    sound, fit = Sound(), Media().fit
    for end in range(1, len(history) + 1):
        now = history[:end]
        if data.draw(st.integers(0, 4)) == 0:
            history[data.draw(st.integers(0, end - 1))] = data.draw(messages)
        if data.draw(st.integers(0, 4)) == 0:
            now = now[: data.draw(st.integers(0, end))]
        sees, limit = data.draw(st.sampled_from([True, True, False])), data.draw(st.integers(0, 9))
        known = sendable(now, limit=limit, can_see=sees, fit=fit, sound=sound)
        assert flat(known) == flat(sendable(now, limit=limit, can_see=sees))


def test_what_an_old_message_became_is_passed_on_again_and_not_made_again() -> None:
    sound, media, looked = Sound(), Media(), list[FilePart]()

    def fit(file: FilePart) -> FilePart | str:
        looked.append(file)
        return media.fit(file)

    history = [user("see", picture(2500, 10)), said("x\0"), *conversation(4)]
    before = sendable(history, fit=fit, sound=sound)
    after = sendable([*history, user("more")], fit=fit, sound=sound)
    assert all(map(operator.is_, before[:-4], after))
    assert len(looked) == 1


def test_an_old_picture_is_left_out_once_there_are_too_many() -> None:
    sound, fit, history = Sound(), Media().fit, list[Message]()
    for n in range(70):
        history += [user(f"{n}", picture()), said("ok", call(f"c{n}"))]
        sent = sendable(history, fit=fit, sound=sound)
        assert flat(sent) == flat(sendable(history))


def test_a_call_that_ends_late_is_told_with_its_end() -> None:
    waits = call("late", status="running", output="")
    sound, fit, history = Sound(), Media().fit, [user("go"), said(waits), *conversation(4)]
    sendable(history, fit=fit, sound=sound)
    waits.close("completed", "at last")
    assert "at last" in sendable(history, fit=fit, sound=sound)[1].calls[0].output


def test_the_same_history_gives_the_same_bytes() -> None:
    history = [*conversation(4), user("x", picture(2500, 10))]
    assert msgspec.json.encode(sendable(history)) == msgspec.json.encode(sendable(history))
