import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from opencode.core.error import StaleFile, ToolError
from opencode.core.files import Change
from opencode.session.undo.history import FileHistory
from opencode.workspace.collaborators.buffered import Buffered


@dataclass
class Typed:
    """What an editor holds, and what it was handed."""

    texts: dict[Path, str] = field(default_factory=dict)
    taken: list[tuple[str, str]] = field(default_factory=list)
    asked: int = 0
    refusal: str = "No."

    async def read(self, session: str, path: Path) -> str | None:
        del session
        self.asked += 1
        return self.texts.get(path)

    async def write(self, session: str, path: Path, text: str) -> str:
        self.texts.pop(path, None)
        self.taken.append((session, text))
        return self.refusal if path.name == "refused.txt" else ""


def name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def files(project: Path, tmp_path: Path) -> Buffered:
    history = FileHistory(tmp_path / "data", project, "ses_1")
    history.begin("msg_1")
    return Buffered(history, Typed(), "ses_person")


def typed(files: Buffered) -> Typed:
    assert isinstance(files.buffers, Typed)
    return files.buffers


@pytest.mark.parametrize(
    ("saved", "text", "seen"),
    [
        (b"one\r\ntwo\r\n", "one\n2\n", b"one\r\n2\r\n"),
        (b"\xef\xbb\xbfone\n", "two\n", b"\xef\xbb\xbftwo\n"),
        ("gr\u00fcn und s\u00fc\u00df\n".encode("latin-1"), "\u00e4\n", b"\xe4\n"),
        (b"one\r\n", "one\n", b"one\r\n"),
        (b"", "new\n", b"new\n"),
    ],
)
async def test_what_was_typed_is_read_as_it_would_be_saved(
    saved: bytes, text: str, seen: bytes, files: Buffered, project: Path
) -> None:
    file = project / "a.txt"
    file.write_bytes(saved)
    typed(files).texts[file] = text
    assert await files.read(file) == seen
    assert file.read_bytes() == saved


async def test_an_editor_is_not_asked_for_bytes_that_are_no_text(
    files: Buffered, project: Path
) -> None:
    file = project / "a.png"
    file.write_bytes(b"\x89PNG\0\0")
    assert await files.read(file) == b"\x89PNG\0\0"
    assert not typed(files).asked


async def test_only_utf8_is_handed_to_the_editor_and_always_for_the_persons_session(
    files: Buffered, project: Path
) -> None:
    for number, after in enumerate([b"\xe4\n", b"\xef\xbb\xbfx", "ä\n".encode()]):
        await files.apply([Change(project / f"{number}.txt", "", after)])
        assert (project / f"{number}.txt").read_bytes() == after
    assert typed(files).taken == [("ses_person", "ä\n")]


async def test_undo_comes_back_to_what_was_typed_and_redo_to_the_edit(
    files: Buffered, project: Path
) -> None:
    file = project / "a.txt"
    file.write_bytes(b"saved\n")
    typed(files).texts[file] = "typed\n"
    await files.apply([Change(file, name(b"typed\n"), b"edited\n")])
    assert file.read_bytes() == b"edited\n"
    undone = await files.files.undo(["msg_1"])
    assert (undone.restored, file.read_bytes()) == (["a.txt"], b"typed\n")
    await files.files.undo([undone.change])
    assert file.read_bytes() == b"edited\n"


async def test_a_change_of_neither_the_disk_nor_the_editor_is_refused_and_nothing_is_saved(
    files: Buffered, project: Path
) -> None:
    file = project / "a.txt"
    file.write_bytes(b"saved\n")
    typed(files).texts[file] = "typed\n"
    with pytest.raises(StaleFile):
        await files.apply([Change(file, name(b"other\n"), b"edited\n")])
    assert file.read_bytes() == b"saved\n"


async def test_one_file_refused_takes_all_back_also_in_the_editor_and_undo_has_nothing_to_do(
    files: Buffered, project: Path
) -> None:
    first, new, refused = (project / f"{word}.txt" for word in ("first", "new", "refused"))
    first.write_bytes(b"one\n")
    refused.write_bytes(b"two\n")
    changes = [
        Change(first, name(b"one\n"), b"1\n"),
        Change(new, "", b"new\n"),
        Change(refused, name(b"two\n"), b"2\n"),
    ]
    with pytest.raises(ToolError, match="Nothing was changed"):
        await files.apply(changes)
    assert (first.read_bytes(), refused.read_bytes()) == (b"one\n", b"two\n")
    assert not new.exists()
    assert typed(files).taken[-1] == ("ses_person", "one\n")
    assert not (await files.files.undo(["msg_1"])).restored
    await files.apply([Change(first, name(b"one\n"), b"1\n")])
    assert first.read_bytes() == b"1\n"
