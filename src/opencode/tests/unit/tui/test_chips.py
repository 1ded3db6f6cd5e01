from pathlib import Path

import pytest

from opencode.core.error import UsageError
from opencode.core.message import FilePart
from opencode.tui.writing.chips import Chips, dropped, part_of
from opencode.tui.writing.drafts import Drafts

SHOT = FilePart("shot.png", "image/png", "AA==")


def test_a_chip_stands_for_its_text_or_file_as_long_as_it_is_written() -> None:
    chips = Chips()
    written = f"{chips.fold('a long text')} and {chips.attach(SHOT)}"
    assert chips.unfold(written) == "a long text and [shot.png #2]"
    assert chips.files(written) == [SHOT]
    assert chips.files("nothing") == []
    chips.clear()
    assert (chips.unfold(written), chips.files(written)) == (written, [])


def test_an_attachment_that_comes_back_finds_its_own_chip_and_no_other() -> None:
    chips = Chips()
    written = "see [issue #1] and [shot.png #2]"
    assert chips.attach(SHOT, written) == ""
    assert chips.files(written) == [SHOT]
    assert chips.attach(SHOT, written) == "[shot.png #3]"


def test_names_of_files_break_no_chip() -> None:
    chips = Chips()
    chip = chips.attach(FilePart("a[1]#2\n.png", "image/png", ""))
    assert len(chips.files(chip)) == 1


@pytest.mark.parametrize("spelled", ["{}", "'{}'", "file://{}", " {} "])
def test_a_dropped_file_is_known_however_the_terminal_spells_it(
    tmp_path: Path, spelled: str
) -> None:
    (tmp_path / "a b.PNG").touch()
    assert dropped(spelled.format(tmp_path / "a b.PNG")) == tmp_path / "a b.PNG"
    assert dropped(str(tmp_path / "none.png")) is None
    assert dropped("just words.png\nand more") is None


def test_what_is_larger_than_models_take_is_refused() -> None:
    assert part_of("a.jpeg", b"x").mime == "image/jpeg"
    with pytest.raises(UsageError, match="5 MB"):
        part_of("a.png", bytes(5 * 1024 * 1024 + 1))


def test_drafts_are_for_their_owner_alone_and_vanish_when_they_are_empty(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "drafts")
    drafts.write("ses_1", "unsent")
    [file] = (tmp_path / "drafts").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert Drafts(tmp_path / "drafts").read("ses_1") == "unsent"
    drafts.write("ses_1", "")
    assert list((tmp_path / "drafts").iterdir()) == []


def test_a_draft_keeps_what_is_attached_until_the_chip_is_gone(tmp_path: Path) -> None:
    drafts, shot = Drafts(tmp_path), FilePart("shot.png", "image/png", "QQ==")
    drafts.write("ses_1", "[shot.png #1] look", {"1": shot})
    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}
    assert Drafts(tmp_path).files("ses_1") == {"1": shot}
    drafts.write("ses_1", "look", {})
    assert [file.suffix for file in tmp_path.iterdir()] == [".txt"]
    assert Drafts(tmp_path).files("ses_1") == {}
    (tmp_path / "spoilt").write_text("no draft")
    for file in tmp_path.glob("*.txt"):
        file.with_suffix(".files").write_text("no json")
    assert Drafts(tmp_path).files("ses_1") == {}


def test_drafts_last_as_long_as_the_app_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for drafts in (Drafts(None), Drafts(tmp_path / "file" / "drafts")):
        drafts.write("ses_1", "unsent")
        assert drafts.read("ses_1") == "unsent"
        assert drafts.read("ses_2") == ""
