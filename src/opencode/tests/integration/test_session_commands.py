import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from opencode.cli.main import app
from opencode.cli.shared.output import run_command
from opencode.config import paths
from opencode.config.grants import Grants
from opencode.core.files import Change
from opencode.core.message import TextPart, ToolPart, user_message
from opencode.core.permission import Rule
from opencode.core.session import Session, new_session
from opencode.session.store import SessionStore
from opencode.session.undo.blobs import digest
from opencode.session.undo.history import FileHistory


class Oc:
    """The command line in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = run_command(app, list(arguments))
        out, err = self._capsys.readouterr()
        return code, out, err

    def out(self, *arguments: str) -> str:
        code, out, err = self(*arguments)
        assert code == 0, err
        return out

    def json(self, *arguments: str) -> Any:
        return json.loads(self.out(*arguments))


@pytest.fixture
def oc(capsys: pytest.CaptureFixture[str]) -> Oc:
    return Oc(capsys)


async def a_turn(project: Path) -> Session:
    """What a run leaves behind: a prompt, an edit, an answer."""
    data = paths.data_dir()
    store = SessionStore(data / "sessions", data, project)
    session = store.create(new_session(str(project), model="test/one"))
    session.title = "Change the greeting"
    files = FileHistory(data, project, session.id)
    (project / "a.txt").write_text("hello\n")
    prompt = user_message("Say hi instead of hello")
    session.messages.append(prompt)
    files.begin(prompt.id)
    await files.apply([Change(project / "a.txt", digest(b"hello\n"), b"hi\n")])
    answer = session.begin_answer("build", "test/one")
    answer.parts = [
        ToolPart("c1", "edit", {"path": "a.txt"}, status="completed", output="Edited."),
        TextPart("Done.\x1b]0;evil\x07"),
    ]
    answer.finish = "stop"
    await store.save(session, answer, sync=True)
    await store.close(session)
    await files.close()
    return session


@pytest.fixture
def session(project: Path) -> Session:
    return asyncio.run(a_turn(project))


def test_a_listed_session_can_be_shown_and_found(session: Session, oc: Oc) -> None:
    (one,) = oc.json("session", "list", "--json")
    assert (one["id"], one["title"], one["messages"]) == (session.id, session.title, 2)
    assert {"updated", "created", "directory", "path"} <= one.keys()
    name = Path(one["path"]).name
    assert re.fullmatch(r"session_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_[0-9a-f]{8}\.json", name)
    table = oc.out("session", "list")
    assert session.id in table
    assert session.title in table
    shown = oc.out("session", "show", session.id[4:12])
    assert "Say hi instead of hello" in shown
    assert "▸ edit(path='a.txt') completed" in shown
    assert "\x1b" not in shown
    assert session.id in oc.out("session", "search", "GREETING", "hello")
    assert "Nothing found" in oc.out("session", "search", "absent")


def test_undo_and_redo_bring_files_and_conversation_back(
    session: Session, project: Path, oc: Oc
) -> None:
    assert "Say hi instead of hello" in oc.out("session", "undo", session.id[4:12])
    assert (project / "a.txt").read_text() == "hello\n"
    assert oc.json("session", "show", session.id, "--json")["messages"] == []
    oc.out("session", "redo", session.id)
    assert (project / "a.txt").read_text() == "hi\n"
    assert len(oc.json("export", session.id)["messages"]) == 2
    code, _, err = oc("session", "redo", session.id)
    assert code == 2
    assert "nothing to redo" in err


def test_without_an_id_the_newest_session_here_is_meant(
    session: Session, project: Path, oc: Oc
) -> None:
    assert "Say hi instead of hello" in oc.out("session", "undo")
    assert (project / "a.txt").read_text() == "hello\n"
    oc.out("session", "redo")
    assert (project / "a.txt").read_text() == "hi\n"
    assert session.id in oc.out("session", "show")
    copy = oc.out("session", "fork").strip()
    assert oc.json("session", "show", copy, "--json")["title"].startswith(session.title)
    oc.out("session", "delete", copy)
    oc.out("session", "delete", session.id)
    code, _, err = oc("session", "undo")
    assert code != 0
    assert "There is no session here" in err


def test_a_file_changed_since_is_named_and_left(session: Session, project: Path, oc: Oc) -> None:
    (project / "a.txt").write_text("mine\n")
    assert "somebody else" in oc.out("session", "undo", session.id)
    assert (project / "a.txt").read_text() == "mine\n"


def test_export_delete_import_gives_the_same_messages(
    session: Session, tmp_path: Path, oc: Oc
) -> None:
    out = tmp_path / "session.json"
    oc.out("export", session.id, "-o", str(out))
    before = json.loads(out.read_text())
    assert {"id", "title", "messages"} <= before.keys()
    assert "session restore" in oc.out("session", "delete", session.id)
    assert oc.json("session", "list", "--json") == []
    assert oc.out("import", str(out)).strip() == session.id
    assert oc.json("export")["messages"] == before["messages"]
    assert oc.out("import", str(out)).strip() != session.id
    assert set(oc.json("export", session.id, "--format", "opencode")) == {"info", "messages"}


def test_a_damaged_session_is_shown_as_far_as_it_is_whole_and_named_damaged(
    session: Session, oc: Oc
) -> None:
    path = Path(oc.json("session", "list", "--json")[0]["path"])
    path.write_bytes(path.read_bytes().replace(b"Say hi", b"Say \x00hi"))
    code, out, err = oc("session", "show", session.id)
    assert (code, "Change the greeting" in out) == (0, True)
    assert "This session is damaged: message 1" in err


def test_a_deleted_session_comes_back(session: Session, oc: Oc) -> None:
    oc.out("session", "delete", session.id)
    assert session.id in oc.out("session", "list", "--deleted")
    oc.out("session", "restore", session.id[4:12])
    assert session.id in oc.out("session", "list")


def test_a_fork_is_a_copy_with_a_number_and_no_freer(session: Session, oc: Oc) -> None:
    held = [Rule("bash", "*", "deny")]
    Grants().bind(session.id, held)
    copy = oc.out("session", "fork", session.id).strip()
    assert Grants().bound(copy) == held
    shown = oc.json("session", "show", copy, "--json")
    assert shown["title"] == "Change the greeting (fork #1)"
    assert [m["parts"] for m in shown["messages"]] == [
        m["parts"] for m in oc.json("export", session.id)["messages"]
    ]
    assert shown["messages"][0]["id"] != session.messages[0].id


@pytest.mark.parametrize(
    "line", ["session show nope", "session delete nope", "export nope", "session restore nope"]
)
def test_an_unknown_session_is_a_clean_error(project: Path, oc: Oc, line: str) -> None:
    code, _, err = oc(*line.split())
    assert code == 1
    assert "nope" in err


def test_what_is_no_session_is_not_imported(project: Path, oc: Oc) -> None:
    (project / "f.json").write_text("[1, 2]")
    code, _, err = oc("import", "f.json")
    assert code == 2
    assert "no session" in err
