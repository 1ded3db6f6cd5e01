import asyncio
import base64
import random
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.events import Paste

from opencode.core.delta import TextDelta
from opencode.core.door import McpServer
from opencode.core.message import FilePart
from opencode.tests.fakes.door import FakeDoor
from opencode.tests.tui.conftest import Seat, Sitting
from opencode.tui.widgets.prompt import Prompt
from opencode.tui.writing.chips import part_of

PNG = b"\x89PNG\r\n\x1a\nnot much of a picture"


def prompt(seat: Seat) -> Prompt:
    return seat.app.chat.query_one(Prompt)


async def test_prompts_that_wait_are_shown_and_up_takes_the_last_one_back(
    sitting: Sitting,
) -> None:
    async with sitting() as seat:
        await seat.say("first")
        seat.door.stream(seat.session, TextDelta("Half an"), end=False)
        await seat.say("second thing")
        await seat.say("third\nthing")
        await seat.sees("⧗ third thing")
        assert "⧗ second thing" in seat.screen()
        await seat.press("up")
        await seat.until(lambda: prompt(seat).text == "third\nthing")
        assert [m.text for m in seat.session.queued] == ["second thing"]
        await seat.until(lambda: "⧗ third" not in seat.screen())
        await seat.type(" changed")
        await seat.press("enter")
        await seat.until(lambda: len(seat.session.queued) == 2)
        assert seat.session.queued[-1].text == "third\nthing changed"


async def test_any_prompt_that_waits_is_chosen_and_comes_before_what_is_written(
    sitting: Sitting,
) -> None:
    async with sitting() as seat:
        await seat.press("ctrl+x", "k")
        await seat.sees("No prompt waits")
        await seat.say("first")
        await seat.say("second")
        await seat.say("third")
        await seat.type("begun")
        await seat.press("ctrl+x", "k")
        await seat.sees("Prompts that wait")
        await seat.press("up", "enter")
        await seat.until(lambda: prompt(seat).text == "second\nbegun")
        assert [m.text for m in seat.session.queued] == ["third"]


async def test_files_are_completed_as_git_sees_them_folder_by_folder_with_a_range(
    sitting: Sitting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("src/deep/chat.py", "logs/chat.log", "notes.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".gitignore").write_text("logs/\n")
    monkeypatch.chdir(tmp_path)
    async with sitting() as seat:
        await seat.type("see @cha")
        await seat.sees("src/deep/chat.py")
        assert "chat.log" not in seat.screen()
        await seat.press("tab", "number_sign", "1", "minus", "9")
        assert prompt(seat).text == "see @src/deep/chat.py#1-9"
        prompt(seat).put("")
        await seat.type("@sr")
        await seat.sees(" src/")
        await seat.press("tab")
        await seat.sees("src/deep/")
        await seat.press("tab")
        await seat.until(lambda: prompt(seat).text == "@src/deep/")
        await seat.sees("src/deep/chat.py")
        await seat.press("enter")
        await seat.until(lambda: prompt(seat).text == "@src/deep/chat.py ")


async def test_what_servers_let_read_is_completed(sitting: Sitting) -> None:
    door = FakeDoor()
    door.servers["hub"] = McpServer("hub", "ready", resources=[("doc://plan", "The plan")])
    async with sitting(door=door) as seat:
        await seat.type("@hub")
        await seat.sees("The plan")
        await seat.press("enter")
        assert prompt(seat).text == "@hub:doc://plan "


async def test_a_picture_dropped_from_elsewhere_goes_along_with_the_prompt(
    sitting: Sitting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    outside, inside = tmp_path / "my shot.png", tmp_path / "here" / "in.png"
    for file in (outside, inside):
        file.write_bytes(PNG)
    async with sitting() as seat:
        prompt(seat).post_message(Paste(str(outside).replace(" ", "\\ ")))
        await seat.sees("[my shot.png #1]")
        prompt(seat).post_message(Paste(f"'{inside}'"))
        await seat.sees("@in.png")
        await seat.press("enter")
        await seat.until(lambda: seat.door.said)
        [sent] = [p for p in seat.session.messages[0].parts if isinstance(p, FilePart)]
        assert (sent.name, sent.mime) == ("my shot.png", "image/png")
        assert base64.b64decode(sent.data) == PNG


async def test_a_picture_whose_chip_was_removed_stays_behind(
    sitting: Sitting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "a.png").write_bytes(PNG)
    async with sitting() as seat:
        prompt(seat).post_message(Paste(str(tmp_path / "a.png")))
        await seat.sees("[a.png #1]")
        prompt(seat).put("")
        await seat.say("no picture")
        assert not [p for p in seat.session.messages[0].parts if isinstance(p, FilePart)]


@pytest.mark.skipif(sys.platform != "linux", reason="the way of Wayland")
async def test_a_picture_on_the_clipboard_is_pasted_and_taken_back_with_its_prompt(
    sitting: Sitting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clipboard(tmp_path, monkeypatch, PNG, b"")
    async with sitting() as seat:
        await seat.say("first")
        await seat.press("ctrl+v")
        await seat.sees("[image.png #1]")
        await seat.type("look")
        await seat.press("enter")
        await seat.until(lambda: seat.session.queued)
        await seat.press("up")
        await seat.sees("[image.png #1] look")
        await seat.press("enter")
        await seat.until(lambda: len(seat.door.said) == 3)
        [sent] = [p for p in seat.session.queued[0].parts if isinstance(p, FilePart)]
        assert base64.b64decode(sent.data) == PNG


@pytest.mark.skipif(sys.platform != "linux", reason="the way of Wayland")
async def test_words_on_the_clipboard_are_pasted_where_there_is_no_picture(
    sitting: Sitting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clipboard(tmp_path, monkeypatch, b"", "grüß".encode())
    async with sitting() as seat:
        await seat.press("ctrl+v")
        await seat.until(lambda: prompt(seat).text == "grüß")
        monkeypatch.setenv("SSH_CONNECTION", "1 2 3 4")
        prompt(seat).put("")
        await seat.press("ctrl+v")
        await seat.press("x")
        assert prompt(seat).text == "x"


async def test_a_draft_outlives_the_app_and_switching_between_sessions(
    sitting: Sitting, tmp_path: Path
) -> None:
    door = FakeDoor()
    one, two = await door.create(title="one"), await door.create(title="two")
    history = tmp_path / "state" / "prompts.jsonl"
    async with sitting(door=door, history=history, session=one.id) as seat:
        await seat.type("of one")
        await seat.app.chat.desk.show_session(two)  # pyright: ignore[reportOptionalMemberAccess]
        assert prompt(seat).text == ""
        await seat.type("of two")
        await seat.app.chat.desk.show_session(one)  # pyright: ignore[reportOptionalMemberAccess]
        assert prompt(seat).text == "of one"
    async with sitting(door=door, history=history, session=two.id) as seat:
        await seat.until(lambda: prompt(seat).text == "of two")
        await seat.press("enter")
        await seat.until(lambda: door.said)
    assert len(list((history.parent / "drafts").iterdir())) == 1


async def test_a_draft_comes_back_with_its_pictures(sitting: Sitting, tmp_path: Path) -> None:
    history = tmp_path / "prompts.jsonl"
    async with sitting(history=history) as seat:
        prompt(seat).attach(part_of("shot.png", PNG))
        await seat.type("look")
    async with sitting(history=history) as seat:
        await seat.sees("[shot.png #1] look")
        prompt(seat).attach(part_of("other.png", PNG))
        await seat.press("enter")
        await seat.until(lambda: seat.door.said and seat.session.messages)
        sent = [p for p in seat.session.messages[0].parts if isinstance(p, FilePart)]
        assert [part.name for part in sent] == ["shot.png", "other.png"]
        assert base64.b64decode(sent[0].data) == PNG
    assert not list((tmp_path / "drafts").iterdir())


async def test_a_draft_is_safe_from_a_crash_a_moment_after_the_last_key(
    sitting: Sitting, tmp_path: Path
) -> None:
    async with sitting(history=tmp_path / "prompts.jsonl") as seat:
        await seat.type("unsent")
        await seat.until(lambda: list(tmp_path.glob("drafts/*.txt")))
        [file] = tmp_path.glob("drafts/*.txt")
        assert file.read_text() == "unsent"


async def test_the_terminal_s_own_cursor_stands_where_an_input_method_writes(
    sitting: Sitting,
) -> None:
    dice = random.Random(7)
    pieces = ["a", "é", "日本", "한글", "ｶﾞ", "🙂", "e\u0301", " ", "字", "x-y", "👩‍👩‍👧"]
    async with sitting() as seat:
        for _ in range(200):
            text = "".join(dice.choices(pieces, k=dice.randint(0, 12)))
            prompt(seat).put(text)
            await asyncio.sleep(0.002)
            begin = prompt(seat).content_region
            at = seat.app.cursor_position
            assert (at.x - begin.x, at.y - begin.y) == (cell_len(text), 0), repr(text)


async def test_vim_keys_move_and_change_and_esc_leaves_insert_mode(sitting: Sitting) -> None:
    async with sitting(vim=True) as seat:
        await seat.type("one two")
        await seat.press("escape")
        await seat.sees("NORMAL")
        await seat.press("b", "d", "w", "p", "0", "x")
        assert prompt(seat).text == "ne two"
        await seat.press("u", "u")
        assert prompt(seat).text == "one "
        await seat.press("A", "j")
        await seat.until(lambda: "NORMAL" not in seat.screen())
        await seat.press("escape", "o", "k", "enter")
        await seat.until(lambda: seat.door.said)
        assert seat.door.said[0][1] == "one j\nk"


async def test_vim_s_visual_mode_marks_what_it_changes_and_ctrl_r_does_it_again(
    sitting: Sitting,
) -> None:
    async with sitting(vim=True) as seat:
        await seat.type("one two three")
        await seat.press("escape", "0", "w", "v", "i", "w")
        await seat.sees("VISUAL")
        assert prompt(seat).selected_text == "tw"  # the cursor's cell shows the rest
        await seat.press("d")
        assert prompt(seat).text == "one  three"
        await seat.press("u")
        assert prompt(seat).text == "one two three"
        await seat.press("ctrl+r")
        assert prompt(seat).text == "one  three"
        assert isinstance(seat.app.screen, type(seat.app.chat))
        await seat.press("V")
        await seat.sees("V-LINE")
        await seat.press("escape", "c", "a", "w", "x", "enter")
        await seat.until(lambda: seat.door.said)
        assert "V-LINE" not in seat.screen()


async def test_vim_s_slash_finds_in_the_conversation_and_esc_still_stops_the_answer(
    sitting: Sitting,
) -> None:
    async with sitting(vim=True) as seat:
        await seat.say("Go")
        await seat.press("escape")
        await seat.sees("NORMAL")
        assert not seat.door.cancelled
        await seat.press("slash")
        await seat.until(lambda: seat.app.screen.focused is not prompt(seat))
        await seat.press("escape", "escape")
        await seat.until(lambda: seat.door.cancelled)


async def test_without_the_option_letters_write_and_esc_is_esc(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.type("one")
        await seat.press("escape", "x")
        assert prompt(seat).text == "onex"


def clipboard(folder: Path, monkeypatch: pytest.MonkeyPatch, picture: bytes, words: bytes) -> None:
    """A clipboard of Wayland's that holds this."""
    (folder / "picture").write_bytes(picture)
    (folder / "words").write_bytes(words)
    program = folder / "wl-paste"
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *image*) f={folder}/picture;; *) f={folder}/words;; esac\n'
        'test -s "$f" && cat "$f"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-1")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    for name in ("SSH_CONNECTION", "SSH_TTY", "DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
