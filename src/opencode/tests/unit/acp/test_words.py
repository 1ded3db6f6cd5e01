import base64
import random
from pathlib import Path
from typing import cast

import pytest
from acp import RequestError
from acp.helpers import audio_block, embedded_blob_resource, resource_block, resource_link_block
from acp.schema import AcpMcpServer, SseMcpServer

from opencode.acp import calls, choices
from opencode.acp.diffs import hunks
from opencode.acp.forms import answers_of, form_of
from opencode.acp.narrate import Narrator
from opencode.acp.prompt import heard
from opencode.acp.servers import entries
from opencode.acp.sound import sound
from opencode.acp.terminal import Screen
from opencode.core.agent import Agent
from opencode.core.ask import Ask, Option, Question
from opencode.core.delta import TextDelta
from opencode.core.door import Door
from opencode.core.event import MessageChunk, MessageReset, Notice, ToolStarted
from opencode.core.message import FilePart, ToolPart
from opencode.core.place import Place
from opencode.core.provider import ModelInfo
from opencode.core.session import new_session
from opencode.tools.shared.patches.diff import diff_of

PAIRS = [
    ("a\nb\nc\n", "a\nB\nc\n"),
    ("a\nb", "a\nc"),
    ("a\nb\n", "a\nb"),
    ("a\nb", "a\nb\n"),
    (None, "x\ny"),
    ("x\n", None),
    ("- a\n+ b\n", "--- a\n+++ b\n"),
]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_hunk_that_covers_the_file_is_the_file_before_and_after(
    before: str | None, after: str | None
) -> None:
    [hunk] = hunks(diff_of("f", before, after))
    assert (hunk.old, hunk.new) == (before, after or "")


def test_hunks_put_one_after_the_other_turn_the_old_file_into_the_new_one() -> None:
    chance = random.Random(7)
    for _ in range(200):
        old = [f"{chance.choice('abc')}{n}" for n in range(chance.randrange(1, 60))]
        new = [chance.choice([line, "changed", f"{line}\nadded"]) for line in old]
        before, after = ("\n".join(lines) + chance.choice(["", "\n"]) for lines in (old, new))
        text = before
        for hunk in reversed(hunks(diff_of("f", before, after))):
            assert hunk.old is not None
            at = "".join(after.splitlines(keepends=True)[: hunk.line - 1])
            assert after.startswith(hunk.new, len(at))
            place = text.rfind(hunk.old)
            text = text[:place] + hunk.new + text[place + len(hunk.old) :]
        assert text == after


def screen(*tails: str) -> tuple[Screen, str]:
    made, shown = Screen("call", "/p"), ""
    for tail in tails:
        shown += (made.more(tail) or {"terminal_output": {"data": ""}})["terminal_output"]["data"]
    return made, shown.replace("\r\n", "\n")


def test_a_terminal_gets_each_line_once_also_when_only_the_end_of_the_output_is_seen() -> None:
    lines = [f"line {n}\n" for n in range(300)]
    tails = ["".join(lines[max(0, n - 20) : n]) for n in range(1, 301)]
    made, shown = screen(*tails)
    assert shown == "".join(lines)
    ended = made.end(ToolPart("call", "bash", output=shown + "[exit 2, 1.0 s]"))
    assert ended["terminal_output"]["data"] == "[exit 2, 1.0 s]"
    assert ended["terminal_exit"]["exit_code"] == 2


def test_a_terminal_that_missed_output_shows_all_of_it_at_the_end() -> None:
    made, shown = screen("one\n", "x" * 100)
    assert shown == "one\n\n…\n" + "x" * 100
    ended = made.end(ToolPart("call", "bash", output="the whole\n[killed by signal 9, 1.0 s]"))
    assert ended["terminal_output"]["data"].endswith("the whole\r\n[killed by signal 9, 1.0 s]")
    assert ended["terminal_exit"] == {"terminal_id": "call", "exit_code": None, "signal": "9"}


async def test_blocks_that_are_no_text_are_attached_named_or_refused(tmp_path: Path) -> None:
    place = Place(tmp_path)
    link = tmp_path.parent / "link"
    link.symlink_to(tmp_path)
    (tmp_path / "a.txt").write_text("hello")
    pdf = base64.b64encode(b"%PDF").decode()
    raw = base64.b64encode(b"\xff\xfe\x00").decode()
    said = await heard(
        [
            resource_link_block("a", (link / "a.txt").as_uri()),
            resource_link_block("gone", (tmp_path / "gone.txt").as_uri()),
            resource_block(
                embedded_blob_resource("file:///x.pdf", pdf, mime_type="application/pdf")
            ),
            resource_block(embedded_blob_resource("thing://x.bin", raw)),
        ],
        place,
        link,
    )
    assert "`a.txt``gone.txt` (there is no such file)" in said.text
    assert "(binary, not attached)" in said.text
    [first, second] = said.parts
    assert "hello" in getattr(first, "text", "")
    assert isinstance(second, FilePart)
    assert second.data == pdf
    with pytest.raises(RequestError, match="Sound"):
        await heard([audio_block("", "audio/wav")], place, tmp_path)


def test_a_form_has_a_field_for_each_question_and_its_answers_come_back() -> None:
    questions = [
        Question("One?", options=[Option("a"), Option("b")], multiple=True),
        Question("Two?"),
    ]
    form = form_of(Ask("que", "ses", "question", questions=questions))
    assert list(form.properties or {}) == ["answer1", "other1", "answer2"]
    filled = {"answer1": ["a", "b"], "other1": "c", "answer2": None}
    assert answers_of(questions, filled) == [["a", "b", "c"], []]


def test_servers_of_every_transport_become_entries() -> None:
    far = SseMcpServer(type="sse", name="far", url="http://127.0.0.1/sse", headers=[])
    assert entries([far]) == {"far": {"type": "sse", "url": far.url, "headers": {}}}
    with pytest.raises(RequestError, match="stdio"):
        entries([AcpMcpServer(type="acp", name="x", server_id="1")])


def test_what_a_call_would_write_is_shown_as_a_diff_before_it_is_allowed(tmp_path: Path) -> None:
    edits = [{"old_string": "a", "new_string": "b"}, {"old_string": "c", "new_string": "d"}]
    several = calls.proposed(ToolPart("1", "multiedit", {"path": "f", "edits": edits}), tmp_path)
    assert [(getattr(one, "old_text", ""), getattr(one, "new_text", "")) for one in several] == [
        ("a", "b"),
        ("c", "d"),
    ]
    new = calls.proposed(ToolPart("1", "write", {"path": "f", "content": "x"}), tmp_path)
    assert getattr(new[0], "path", "") == str(tmp_path / "f")
    assert not calls.proposed(ToolPart("1", "bash", {"command": "ls"}), tmp_path)


def test_text_in_backticks_is_fenced_by_more_of_them() -> None:
    assert calls.fenced("a ```` b", "py") == "`````py\na ```` b\n`````"


def test_a_broken_stream_and_a_warning_are_told(tmp_path: Path) -> None:
    teller = Narrator(tmp_path)
    reset = MessageReset("s", "m", "it broke", 1.0, 1)
    assert not list(teller.tell(reset))
    list(teller.tell(MessageChunk("s", "m", TextDelta("half"))))
    [told] = teller.tell(reset)
    assert "it broke" in told.model_dump_json()
    [told] = teller.tell(Notice("s", "warning", "x", "careful"))
    assert told.session_update == "agent_thought_chunk"
    assert not list(teller.tell(Notice("s", "info", "x", "fine")))


def test_halves_of_characters_do_not_break_the_connection(tmp_path: Path) -> None:
    event = ToolStarted("s", "m", ToolPart("1", "read", {"path": "a\udcff", "n": [1, "\ud83d"]}))
    made = sound(event)
    assert made.call.input == {"path": "a?", "n": [1, "?"]}
    [update] = Narrator(tmp_path).tell(made)
    assert "a?" in update.model_dump_json()
    assert sound(made) is made


class Looking:
    """A door to look through."""

    async def agents(self) -> list[Agent]:
        return [Agent("build"), Agent("general", mode="subagent"), Agent("mine", mode="all")]

    async def models(self) -> list[ModelInfo]:
        return [ModelInfo("a/wise", "Wise", efforts=("low", "high")), ModelInfo("a/plain")]


async def test_effort_can_be_set_only_where_the_model_knows_any() -> None:
    door = cast("Door", Looking())
    session = new_session("/p", model="a/wise")
    mode, model, effort = await choices.options(door, session)
    assert [one.value for one in mode.options] == ["build", "mine"]
    assert (model.current_value, len(model.options)) == ("a/wise", 2)
    assert effort.current_value == choices.DEFAULT
    assert [one.value for one in effort.options] == [choices.DEFAULT, "low", "high"]
    session.effort = "high"
    assert (await choices.options(door, session))[2].current_value == "high"
    session.model = "b/gone"
    assert [one.id for one in await choices.options(door, session)] == ["mode", "model"]
    state = await choices.modes(door, session)
    assert [one.id for one in state.available_modes] == ["build", "mine"]
