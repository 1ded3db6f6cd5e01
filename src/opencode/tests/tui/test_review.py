from pathlib import Path

import pytest

from opencode.core.display import Diff
from opencode.core.review import Changed
from opencode.tests.fakes.door import FakeDoor
from opencode.tests.tui.conftest import Seat, Sitting
from opencode.tui.screens.preview import PreviewScreen
from opencode.tui.screens.review import ReviewScreen
from opencode.tui.widgets.pane import Pane

PATCH = """@@ -1,2 +1,2 @@
 first
-old word here
+new word here
@@ -40,2 +40,2 @@
 fortieth
-second old
+second new
"""


def changed() -> FakeDoor:
    door = FakeDoor()
    door.changed = [
        Changed(Diff("src/a.py", PATCH, 2, 2), "changed", version="v1"),
        Changed(Diff("b.txt", "@@ -0,0 +1 @@\n+made\n", 1, 0), "added", version="v2"),
    ]
    return door


async def reviewed(seat: Seat) -> ReviewScreen:
    await seat.say("Go")
    await seat.press("ctrl+g")
    await seat.until(lambda: isinstance(seat.app.screen, ReviewScreen))
    await seat.sees("src/a.py")
    screen = seat.app.screen
    assert isinstance(screen, ReviewScreen)
    return screen


async def test_every_changed_file_stands_there_with_its_counts_and_diff(sitting: Sitting) -> None:
    async with sitting(door=changed()) as seat:
        await reviewed(seat)
        await seat.sees("2 files changed · +3 −2")
        await seat.sees("+2 −2")
        await seat.sees("new word here")
        await seat.press("j")
        await seat.sees("+ made")
        await seat.press("escape")
        await seat.until(lambda: seat.app.screen is seat.app.chat)


@pytest.mark.parametrize(("size", "wide"), [((180, 30), 1), ((100, 30), 0), ((60, 20), 0)])
async def test_old_and_new_stand_side_by_side_where_there_is_room(
    sitting: Sitting, size: tuple[int, int], wide: int
) -> None:
    async with sitting(door=changed(), size=size) as seat:
        await reviewed(seat)
        await seat.sees("new word here")
        rows = seat.screen().split("\n")
        assert any("old word" in row and "new word" in row for row in rows) == wide
        await seat.press("s")
        rows = seat.screen().split("\n")
        assert any("old" in row and "new" in row for row in rows) != wide


async def test_n_and_p_go_from_hunk_to_hunk_and_on_into_the_next_file(sitting: Sitting) -> None:
    async with sitting(door=changed()) as seat:
        await reviewed(seat)
        seen: list[str] = []
        for key in ("n", "n", "p", "p"):
            await seat.press(key)
            known = ("Hunk 1 of 2", "Hunk 2 of 2", "Hunk 1 of 1")
            seen.append(next(part for part in known if part in seat.screen()))
        assert seen == ["Hunk 2 of 2", "Hunk 1 of 1", "Hunk 2 of 2", "Hunk 1 of 2"]


async def test_a_hunk_and_a_file_are_taken_back_and_brought_again(sitting: Sitting) -> None:
    door = changed()
    async with sitting(door=door) as seat:
        await reviewed(seat)
        await seat.press("n", "u")
        await seat.until(lambda: door.reverted)
        assert door.reverted == [("src/a.py", 1, "v1")]
        await seat.sees("z brings it again")
        await seat.press("U")
        await seat.until(lambda: len(door.reverted) == 2)
        assert door.reverted[1] == ("src/a.py", None, "v1")
        await seat.until(lambda: "src/a.py  " not in seat.screen())
        await seat.press("z")
        await seat.until(lambda: door.restored)
        assert door.restored == [("src/a.py", "v1")]


async def test_a_large_diff_is_drawn_while_the_keys_go_on(sitting: Sitting) -> None:
    door = changed()
    rows = "".join(f"-old {n}\n+new {n}\n" for n in range(1500))
    big = Changed(Diff("big.txt", f"@@ -1,1500 +1,1500 @@\n{rows}", 1500, 1500), "changed")
    door.changed = [big, *door.changed]
    async with sitting(door=door) as seat:
        await seat.say("Go")
        await seat.press("ctrl+g")
        await seat.sees("+ new 0")
        await seat.press("j")
        await seat.sees("new word here")


async def test_what_others_changed_is_marked_and_left_alone(sitting: Sitting) -> None:
    door = changed()
    door.changed = [Changed(door.changed[0].diff, "changed", version="v", held="others")]
    async with sitting(door=door) as seat:
        await reviewed(seat)
        await seat.sees("somebody else")
        await seat.press("u")
        await seat.press("U")
        assert door.reverted == []


async def test_the_mouse_picks_a_file_and_a_hunk(sitting: Sitting) -> None:
    async with sitting(door=changed()) as seat:
        await reviewed(seat)
        await seat.pilot.click("#files", offset=(4, 1))
        await seat.sees("+ made")
        await seat.pilot.click("#files", offset=(4, 0))
        await seat.sees("1 of 2")
        await seat.pilot.click(Pane, offset=(10, 7))
        await seat.sees("2 of 2")


async def test_nothing_changed_is_said(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.type("/diff")
        await seat.press("enter")
        await seat.sees("has changed nothing")


async def test_a_file_is_read_from_the_review_at_its_hunk(sitting: Sitting, project: Path) -> None:
    (project / "src").mkdir()
    (project / "src" / "a.py").write_text("".join(f"row = {n}\n" for n in range(1, 100)))
    async with sitting(door=changed()) as seat:
        screen = await reviewed(seat)
        screen._folder = str(project)
        await seat.press("n", "v")
        await seat.until(lambda: isinstance(seat.app.screen, PreviewScreen))
        await seat.sees("41  row = 41")


async def read(seat: Seat, path: str) -> Pane:
    seat.app.facts.directory = str(Path.cwd())
    await seat.type(f"/open {path}")
    await seat.press("enter")
    await seat.until(lambda: isinstance(seat.app.screen, PreviewScreen))
    await seat.pilot.pause(0.1)
    return seat.app.screen.query_one(Pane)


async def test_a_file_is_read_in_colours_with_its_numbers(sitting: Sitting, project: Path) -> None:
    (project / "main.py").write_text("def f():\n    return 'x'\n")
    async with sitting() as seat:
        pane = await read(seat, "main.py")
        await seat.sees("1  def f():")
        styles = {s.style for s in pane.render_line(0) if s.text.strip()}
        assert len(styles) >= 3


async def test_a_line_that_is_named_is_in_view_and_a_text_is_found(
    sitting: Sitting, project: Path
) -> None:
    (project / "long.txt").write_text("".join(f"row {n}\n" for n in range(1, 1000)))
    async with sitting() as seat:
        await read(seat, "long.txt:500")
        await seat.sees("500  row 500")
        await seat.press("slash")
        await seat.type("row 7")
        await seat.sees("of 111")
        await seat.sees("700  row 700")
        await seat.press("enter")
        await seat.sees("2 of 111" if "2 of 111" in seat.screen() else "of 111")
        await seat.press("up")
        await seat.sees("700  row 700")
        await seat.press("escape", "escape")
        await seat.until(lambda: seat.app.screen is seat.app.chat)


async def test_bytes_are_shown_as_such_and_of_a_big_file_the_beginning(
    sitting: Sitting, project: Path
) -> None:
    (project / "x.bin").write_bytes(bytes(range(256)) * 1000)
    (project / "big.txt").write_text("0123456789\n" * 600_000)
    async with sitting() as seat:
        await read(seat, "x.bin")
        await seat.sees("00000010  10 11")
        await seat.sees("no text")
        await seat.press("escape")
        await read(seat, "big.txt")
        await seat.sees("only the beginning")
        await seat.press("G")
        await seat.sees("454545")


async def test_what_is_no_file_says_so(sitting: Sitting, project: Path) -> None:
    async with sitting() as seat:
        await read(seat, "nothing.txt")
        await seat.sees("No such file")
        await seat.press("escape")
        await read(seat, "/dev/null")
        await seat.sees("is no file")
