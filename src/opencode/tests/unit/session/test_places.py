import re
from pathlib import Path

import pytest

from opencode.core.session import new_session
from opencode.session.places import file_name, session_folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_an_ordinary_folder_keeps_its_sessions_with_the_user(project: Path, data: Path) -> None:
    assert session_folder(project, data).path == data / "sessions"


@pytest.mark.parametrize("name", ["opencode.toml", "opencode.json", "opencode.jsonc"])
def test_a_project_with_its_own_settings_keeps_them_in_docs(
    project: Path, data: Path, name: str
) -> None:
    (project / name).write_text("")
    assert session_folder(project, data).path == project / "docs" / "sessions"


def test_an_existing_docs_sessions_folder_is_used(project: Path, data: Path) -> None:
    (project / "docs" / "sessions").mkdir(parents=True)
    assert session_folder(project, data).path == project / "docs" / "sessions"


def test_project_dir_of_the_user_may_lie_anywhere(
    project: Path, data: Path, tmp_path: Path
) -> None:
    folder = session_folder(project, data, str(tmp_path / "else"))
    assert folder.path == tmp_path / "else" / "docs" / "opencode" / "sessions"
    assert not folder.notice


def test_project_dir_of_an_untrusted_project_must_lie_inside(project: Path, data: Path) -> None:
    inside = session_folder(project, data, "notes", of_project=True)
    assert inside.path == project / "notes" / "docs" / "opencode" / "sessions"
    outside = session_folder(project, data, "../other", of_project=True)
    assert outside.path == data / "sessions"
    assert "opencode trust" in outside.notice
    trusted = session_folder(project, data, "../other", of_project=True, trusted=True)
    assert not trusted.notice


def test_a_link_in_an_untrusted_project_does_not_lead_sessions_out(
    project: Path, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere" / "sessions").mkdir(parents=True)
    (project / "docs").symlink_to(tmp_path / "elsewhere")
    folder = session_folder(project, data)
    assert folder.path == data / "sessions"
    assert folder.notice


def test_a_file_is_named_by_date_time_and_short_id(project: Path) -> None:
    session = new_session(str(project))
    name = file_name(session.id, session.created)
    assert re.fullmatch(r"session_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_[0-9a-f]{8}\.json", name)
    assert name[-13:-5] == session.id[4:12]
