import os
from pathlib import Path

import pytest

from opencode.config import paths


@pytest.mark.skipif("sys.platform != 'linux'", reason="other systems have other places")
def test_everything_lies_where_the_guide_says_and_asking_makes_nothing(alone: Path) -> None:
    assert paths.config_dir() == alone / ".config/opencode"
    assert paths.data_dir() == alone / ".local/share/opencode"
    assert paths.log_dir() == alone / ".local/state/opencode/log"
    assert paths.cache_dir() == alone / ".cache/opencode"
    assert paths.auth_file() == alone / ".local/share/opencode/auth.json"
    assert paths.runtime_dir() == Path(os.environ["XDG_RUNTIME_DIR"]) / "opencode"
    assert not (alone / ".local").exists()


def test_one_variable_moves_all_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENCODE_DATA_DIR", str(tmp_path))
    places = (paths.data_dir(), paths.log_dir(), paths.cache_dir(), paths.auth_file())
    assert all(place.is_relative_to(tmp_path) for place in places)


def test_the_project_is_the_nearest_repository_else_the_folder_itself(tmp_path: Path) -> None:
    (tmp_path / "a/.git").mkdir(parents=True)
    (tmp_path / "a/b").mkdir()
    (tmp_path / "c").mkdir()
    assert paths.project_root(tmp_path / "a/b") == tmp_path / "a"
    assert paths.project_root(tmp_path / "c") == tmp_path / "c"
