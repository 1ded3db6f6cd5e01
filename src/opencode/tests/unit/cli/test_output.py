import io
import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from opencode.cli.main import app
from opencode.cli.shared.output import clean, print_table, run_command, safe
from opencode.cli.show.plain import Plain
from opencode.core.display import Text
from opencode.core.event import MessageFinished, RunFinished, ToolFinished
from opencode.core.message import Message, TextPart, ToolPart

ROWS = [("ses_1", "a title of several words that is long"), ("ses_2", "short")]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(to: io.StringIO) -> str:
    with redirect_stdout(to):
        print_table(("ID", "TITLE"), ROWS)
    return to.getvalue()


def test_the_last_column_is_broken_where_the_line_of_a_terminal_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    assert printed(Terminal()) == (
        "ID     TITLE\nses_1  a title of several\n       words that is long\nses_2  short\n"
    )


def test_a_pipe_gets_one_line_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    assert printed(io.StringIO()).count("\n") == 3


@pytest.mark.parametrize("words", [["tui"], ["attach", "http://127.0.0.1:9"]])
def test_the_terminal_app_says_that_it_needs_a_terminal(
    words: list[str], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(app, words) == 2
    told = capsys.readouterr()
    assert "opencode run" in told.err
    assert told.out == ""


def test_the_doctor_and_the_figures_speak_the_language(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENCODE_LANGUAGE", "de")
    assert run_command(app, ["doctor"]) == 0
    assert run_command(app, ["stats"]) == 0
    assert run_command(app, ["models"]) == 0
    assert (
        run_command(app, ["permissions", "check", "bash", "(git clean -f); x=1; npm publish"]) == 0
    )
    told = "".join(capsys.readouterr())
    for english in (
        "nobody",
        "key",
        "not there",
        "folders",
        "Nothing",
        "MODEL ",
        "no rule",
        "delete",
    ):
        assert english not in told.replace("auth login", ""), english
    assert "löscht Dateien, die git nicht verfolgt" in told
    assert "veröffentlicht ein Paket" in told


def test_whoever_stops_reading_hears_no_complaint() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "opencode", "config", "schema"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert done.stderr == b""


def test_text_keeps_the_spaces_and_joined_letters_of_every_language_and_loses_controls() -> None:
    text = "règles\u00a0: oui\u202f!\u3000次 👩\u200d💻\n\tx"
    assert safe(text) == text
    assert safe("a\x1b[31m\u202eb") == "a\ufffd[31m\ufffdb"
    assert clean("a\u200db\nc\u202e") == "a\u200db c "


@pytest.mark.parametrize(("last", "shown"), [("Done.", "Done.\n"), ("", "I look.\n")])
def test_quiet_prints_the_answer_and_what_came_before_a_call_only_without_one(
    last: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = Plain("s", quiet=True)
    first = Message("m1", "assistant", [TextPart("I look."), ToolPart("c", "ls")])
    for message in (first, Message("m2", "assistant", [TextPart(last)])):
        plain.show(0, MessageFinished("s", message))
    plain.show(0, RunFinished("s", "done"))
    assert capsys.readouterr().out == shown


def test_of_a_long_line_that_a_call_shows_only_the_beginning_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call = ToolPart("c", "bash", {"command": "x"}, status="completed", display=[Text("y" * 9999)])
    Plain("s").show(0, ToolFinished("s", "m", call))
    assert len(capsys.readouterr().err) < 500
