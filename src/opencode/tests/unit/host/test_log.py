import logging
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from opencode.host import log


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in list(root.handlers):
        if handler not in before:
            root.removeHandler(handler)
            handler.close()
    root.setLevel(level)
    logging.getLogger("opencode").setLevel(logging.NOTSET)


def read(folder: Path) -> str:
    return (folder / log.FILE).read_text()


def test_setting_up_creates_nothing_until_something_is_said(tmp_path: Path) -> None:
    log.set_up(tmp_path / "log", env={})
    assert not (tmp_path / "log").exists()
    logging.getLogger("opencode.agent").info("a run began")
    assert "opencode.agent INFO a run began" in read(tmp_path / "log")


def test_the_level_comes_from_the_flag_else_from_the_variable(tmp_path: Path) -> None:
    log.set_up(tmp_path, env={"OPENCODE_LOG_LEVEL": "debug"})
    logging.getLogger("opencode").debug("one")
    log.set_up(tmp_path, level="warn", env={"OPENCODE_LOG_LEVEL": "debug"})
    logging.getLogger("opencode").info("two")
    logging.getLogger("asyncio").warning("three")
    assert [line.split()[-1] for line in read(tmp_path).splitlines()] == ["one", "three"]


def test_what_others_wrote_begins_no_line_and_steers_no_terminal(tmp_path: Path) -> None:
    log.set_up(tmp_path, env={})
    logging.getLogger("opencode").info("refused %s", "/a\n2026 forged ERROR\r\x1b[2J\u202e")
    text = read(tmp_path)
    assert [line[:4] for line in text.splitlines()[1:]] == ["    ", "    "]
    assert text.isascii() is False
    assert not {"\x1b", "\u202e"} & set(text)


def test_keys_are_blacked_out_by_value_and_by_shape(tmp_path: Path) -> None:
    log.set_up(tmp_path, env={"CUSTOM_API_KEY": "hunter2-hunter2"})
    log.hide(["stored-elsewhere"])
    said = logging.getLogger("opencode")
    shaped = "sk-" + "a1B2" * 6
    said.warning("sent hunter2-hunter2, %s and stored-elsewhere", shaped)
    said.warning("Authorization: Bearer abc.def.ghi-123456")
    text = read(tmp_path)
    assert text.count("[hidden]") == 4
    assert not any(word in text for word in ("hunter2", shaped, "stored-elsewhere", "abc.def"))


def test_lines_carry_the_session_and_can_be_json(tmp_path: Path) -> None:
    log.set_up(tmp_path, json=True, env={})
    token = log.session_id.set("ses_1")
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("opencode").exception("it failed")
    finally:
        log.session_id.reset(token)
    entry = msgspec.json.decode(read(tmp_path).strip())
    assert entry["session"] == "ses_1"
    assert entry["level"] == "ERROR"
    assert "ValueError: broken" in entry["message"]


def test_nothing_reaches_the_screen_unless_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.set_up(tmp_path, env={})
    logging.getLogger("opencode").error("unseen")
    log.set_up(tmp_path, echo=True, env={})
    logging.getLogger("opencode").error("seen")
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "seen" in shown.err
    assert "unseen" not in shown.err


def test_a_full_file_is_numbered_up_and_only_some_are_kept(tmp_path: Path) -> None:
    log.set_up(tmp_path, env={})
    said = logging.getLogger("opencode")
    for _ in range(8):
        said.info("begun")
        with (tmp_path / log.FILE).open("ab") as file:
            file.write(bytes(4_990_000))
        said.info("y" * 20_000)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [log.FILE, *(f"{log.FILE}.{n}" for n in range(1, 5))]


def test_a_folder_that_cannot_be_written_does_not_stop_the_work(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("in the way")
    log.set_up(tmp_path / "log", env={})
    logging.getLogger("opencode").error("lost")


def test_the_settings_choose_level_and_form_unless_the_command_line_did(tmp_path: Path) -> None:
    log.set_up(tmp_path, env={})
    log.settle("ERROR", json=True)
    logging.getLogger("opencode.x").warning("unheard")
    logging.getLogger("opencode.x").error("heard")
    assert '"message":"heard"' in read(tmp_path)
    assert "unheard" not in read(tmp_path)
    log.set_up(tmp_path, level="DEBUG", env={})
    log.settle("ERROR", json=False)
    logging.getLogger("opencode.x").debug("asked for")
    assert "asked for" in read(tmp_path)
