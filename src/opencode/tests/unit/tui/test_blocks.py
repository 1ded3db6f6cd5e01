import pytest

from opencode.core.delta import Usage
from opencode.core.display import Diff, FileView, Table, Text, Todos
from opencode.core.message import Message, Part, TextPart, ToolPart
from opencode.tui.blocks.block import (
    AnswerBlock,
    AnyBlock,
    EndBlock,
    NoticeBlock,
    ReasoningBlock,
    RuleBlock,
    ToolBlock,
    UserBlock,
    can_fold,
    guessed,
)
from opencode.tui.blocks.diff import diff, hunks
from opencode.tui.blocks.draw import draw
from opencode.tui.blocks.of_message import blocks_of_all
from opencode.tui.blocks.steps import duration, money, tokens
from opencode.tui.looks.lines import Line, cells_of
from opencode.tui.looks.look import PLAIN

PATCH = (
    "--- a.py\n+++ a.py\n@@ -1,3 +1,3 @@ def f\n"
    " def f(x):\n-    return x + 1\n+    return x + 22\n end\n"
)


def shown(rows: list[Line]) -> list[str]:
    return ["".join(s.text for s in row.segments).rstrip() for row in rows]


def call(tool: str, status: str = "completed", **more: object) -> ToolPart:
    return ToolPart("c", tool, status=status, **more)  # pyright: ignore


def drawn(block: AnyBlock, width: int = 60) -> list[str]:
    block.gap = 0
    return shown(draw(block, width, PLAIN))


def test_a_call_is_one_calm_line_that_opens() -> None:
    part = call("bash", input={"command": "make"}, display=[Text("line1\nline2")])
    block = ToolBlock("t", part)
    assert drawn(block) == ["  ▸ Bash $ make"]
    block.opened = True
    assert drawn(block) == ["  ▾ Bash $ make", "  │ line1", "  │ line2"]


def test_an_open_call_says_all_that_its_line_had_no_room_for() -> None:
    long = "python -m tool " + " ".join(f"--option-{n}" for n in range(9))
    rows = drawn(ToolBlock("t", call("bash", input={"command": long}, output="x"), opened=True))
    assert rows[0].endswith("…")
    assert "".join(row[4:] + " " for row in rows[1:-1]).split() == ["$", *long.split()]
    assert rows[-1] == "  │ x"
    asked = {"agent": "explore", "description": "Callers", "prompt": "Find all callers"}
    rows = drawn(ToolBlock("t", call("task", input=asked, output="Two."), opened=True))
    assert rows == ["  ▾ Task @explore Callers", "  │ Find all callers", "  │ Two."]


def test_a_tool_of_others_is_shown_with_what_it_was_given() -> None:
    given = {"title": "a [bug]", "count": 2, "labels": ["x"]}
    assert drawn(ToolBlock("t", call("tracker_add", input=given))) == [
        "  ▸ tracker_add title=a [bug], count=2"
    ]


def test_a_running_command_shows_its_last_lines() -> None:
    block = ToolBlock("t", call("bash", "running", input={"command": "make"}))
    block.progress = "\n".join(f"line {n}" for n in range(50))
    rows = drawn(block)
    assert rows[0] == "  ● Bash $ make"
    assert rows[1:] == [f"  │ line {n}" for n in range(42, 50)]


def test_a_failed_call_shows_its_first_line_and_a_denied_one_is_struck() -> None:
    failed = ToolBlock("t", call("read", "error", input={"path": "x"}, output="No such file\nmore"))
    assert drawn(failed) == ["  ✗ Read x", "    No such file"]
    denied = ToolBlock("t", call("rm", "denied", input={"path": "x"}, output="Denied: rm x"))
    assert drawn(denied) == ["  ⊘ Remove x · denied", "    Denied: rm x"]
    strikes = [s.style for s in draw(denied, 60, PLAIN)[0].segments if s.style]
    assert any(style.strike for style in strikes)


def test_a_small_diff_stands_open_and_a_large_one_does_not() -> None:
    part = call("edit", input={"path": "a.py"}, display=[Diff("a.py", PATCH, 1, 1)])
    assert drawn(ToolBlock("t", part)) == [
        "  ▾ Edit a.py · +1 −1",
        "  │ 1   def f(x):",
        "  │ 2 -     return x + 1",
        "  │ 2 +     return x + 22",
        "  │ 3   end",
    ]
    part = call("edit", input={"path": "a.py"}, display=[Diff("a.py", PATCH, 60, 1)])
    assert len(drawn(ToolBlock("t", part))) == 1


def test_files_of_one_call_are_named_and_a_rename_says_from_what_to_what() -> None:
    given = {"action": "rename", "symbol": "f", "new_name": "g"}
    shown = [Diff("a.py", PATCH, 1, 1), Diff("b.py", PATCH, 1, 1)]
    block = ToolBlock("t", call("lsp", input=given, display=shown), opened=True)
    head, first, *rest = drawn(block)
    assert head == "  ▾ Code rename f → g · +1 −1 · +1 −1"
    assert first == "  │ a.py"
    assert "  │ b.py" in rest


def test_a_wide_diff_is_side_by_side_and_marks_the_words() -> None:
    rows = diff(PATCH, "a.py", 120, PLAIN)
    assert len(rows) == 3
    left, right = shown(rows)[1].split("│")
    assert left.strip() == "2 -     return x + 1"
    assert right.strip() == "2 +     return x + 22"
    added = next(row for row in hunks(PATCH)[0][1] if row.kind == "+")
    assert [added.text[a:b] for a, b in added.marks] == ["22"]


def test_a_file_is_numbered_from_where_it_was_read() -> None:
    part = call("read", input={"path": "b.py"}, display=[FileView("b.py", "x = 1\ny = 2\n", 99)])
    rows = drawn(ToolBlock("t", part, opened=True))
    assert rows == ["  ▾ Read b.py · 2 lines", "  │  99  x = 1", "  │ 100  y = 2"]


def test_matches_stand_under_their_file() -> None:
    table = Table(["file", "line", "text"], [["a.py", "1", "[x]"], ["a.py", "9", "y"]], "2 matches")
    rows = drawn(ToolBlock("t", call("grep", input={"pattern": "p"}, display=[table]), opened=True))
    assert rows == ["  ▾ Grep p · 2 matches", "  │ a.py", "  │      1  [x]", "  │      9  y"]


def test_todos_are_a_list_with_marks() -> None:
    todos = Todos([("a", "completed"), ("b", "in_progress"), ("c", "pending")])
    rows = drawn(ToolBlock("t", call("todo", display=[todos])))
    assert rows == ["  ▾ Todos · 1/3", "  │ ✓ a", "  │ ▶ b", "  │ ○ c"]


def test_a_huge_output_is_bounded_and_says_so() -> None:
    part = call("bash", input={"command": "x"}, display=[Text("row\n" * 5000)])
    rows = drawn(ToolBlock("t", part, opened=True))
    assert len(rows) < 500
    assert "more lines" in rows[-1]


def test_what_is_said_beside_tools_fits_into_a_line_or_two() -> None:
    assert drawn(UserBlock("u", "hi", "build", ["a.png"])) == ["▌ hi", "▌ [a.png]"]
    assert drawn(ReasoningBlock("r", "so\nthen")) == ["  ▸ Thought so"]
    assert drawn(NoticeBlock("n", "error", "It broke.", "Mend it.")) == [
        "  ✗ It broke.",
        "    Mend it.",
    ]
    assert drawn(RuleBlock("r", "Compaction"), 30) == ["───────── Compaction ─────────"]
    assert drawn(EndBlock("e", "build", "p/m", 2.14, 0.0123)) == [
        "  ▪ build · p/m · 2.1s · $0.0123"
    ]
    assert "price unknown" in drawn(EndBlock("e", "build", "p/m", None, None))[0]


@pytest.mark.parametrize("width", [20, 60, 130])
def test_no_block_is_wider_than_the_view(width: int) -> None:
    wide = "中文" * 60
    blocks: list[AnyBlock] = [
        UserBlock("u", wide, "build", [wide]),
        NoticeBlock("n", "error", wide, wide),
        RuleBlock("r", wide),
        EndBlock("e", wide, wide),
        ReasoningBlock("g", wide, opened=True),
        ToolBlock("t", call("bash", input={"command": wide}, display=[Text(wide)]), opened=True),
        ToolBlock("d", call("edit", input={"path": wide}, display=[Diff("a", PATCH, 1, 1)])),
    ]
    for block in blocks:
        assert max(cells_of(row) for row in draw(block, width, PLAIN)) <= width, block


def test_guesses_cost_nothing_and_folding_is_for_what_has_more() -> None:
    assert guessed(UserBlock("u", "a\nb"), 80) == 3
    assert not can_fold(UserBlock("u", "a"))
    assert can_fold(ToolBlock("t", call("bash", output="x")))
    assert not can_fold(ToolBlock("t", call("bash")))


def test_figures_are_short() -> None:
    assert [duration(s) for s in (0.42, 12.4, 200, 3900)] == ["0.4s", "12s", "3m 20s", "1h 5m"]
    assert [money(c) for c in (0.0123, 1.5)] == ["$0.0123", "$1.50"]
    assert [tokens(n) for n in (840, 12_345, 1_200_000)] == ["840", "12.3k", "1.2M"]


def test_errors_of_a_language_server_stand_under_the_edit_even_when_it_is_folded() -> None:
    found = [[f"a.py:{n}:1", "error", f"wrong {n}"] for n in range(5)]
    table = Table(["place", "severity", "message"], found, "5 errors")
    part = ToolPart("c", "edit", {"path": "a.py"}, status="completed")
    part.display = [Diff("a.py", "@@ -1 +1 @@\n-a\n+b\n", 500, 500), table]
    rows = drawn(ToolBlock("c", part))
    assert rows[0].endswith("5 errors")
    assert rows[1:] == [f"    ✗ a.py:{n}:1  wrong {n}" for n in range(3)] + ["    … 2 more lines"]
    opened = drawn(ToolBlock("c", part, opened=True))
    assert "  │ ✗ a.py:4:1  wrong 4" in opened


def test_a_sub_agents_steps_are_shown_once() -> None:
    part = ToolPart("c", "task", {"description": "look"}, status="running")
    block = ToolBlock("c", part, progress="read a.py", steps=["Read a.py"])
    assert sum("a.py" in row for row in drawn(block)) == 1


def test_a_new_file_has_no_old_side_even_where_there_is_room_for_one() -> None:
    rows = shown(diff("@@ -0,0 +1,2 @@\n+x = 1\n+y = 2\n", "a.py", 120, PLAIN))
    assert rows == ["1 + x = 1", "2 + y = 2"]


def test_a_stored_run_ends_once_and_says_what_all_of_it_took() -> None:
    def answer(id: str, finish: str, ended: float, *parts: Part) -> Message:
        message = Message(id, "assistant", agent="build", model="m", created=1.0, ended=ended)
        message.parts.extend(parts)
        message.finish, message.usage = finish, Usage(input=100, cost=0.25)
        return message

    note = Message("n", "user", created=5.0)
    note.parts.append(TextPart("[a.py: no errors]", origin="nudge"))
    asked = Message("u", "user", created=1.0)
    asked.parts.append(TextPart("Fix it"))
    stored = [
        asked,
        answer("a", "tool_calls", 4.0, call("bash")),
        note,
        answer("b", "stop", 9.0, TextPart("Done")),
    ]
    blocks = blocks_of_all(stored, busy=False)
    assert [type(block) for block in blocks] == [
        UserBlock,
        ToolBlock,
        NoticeBlock,
        AnswerBlock,
        EndBlock,
    ]
    notice, end = blocks[2], blocks[-1]
    assert isinstance(notice, NoticeBlock)
    assert notice.text == "a.py: no errors"
    assert isinstance(end, EndBlock)
    assert (end.seconds, end.cost, end.tokens) == (8.0, 0.5, 200)
    assert not any(isinstance(b, EndBlock) for b in blocks_of_all(stored, busy=True))
