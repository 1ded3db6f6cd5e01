import os
import socket
import sys
from pathlib import Path

import pytest

from opencode.batch.places import lay_out, patch_of
from opencode.config import paths


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are no files there")
def test_a_copy_of_a_whole_home_holds_neither_itself_nor_pipes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCODE_DATA_DIR", str(tmp_path / "data"))
    home = paths.data_dir() / "batch" / "b" / "task"
    home.mkdir(parents=True)
    (tmp_path / "a.txt").write_text("one\n")
    for n in range(5):  # they come in any order
        os.mkfifo(tmp_path / f"pipe{n}")
        (paths.data_dir() / f"d{n}").mkdir()
    with socket.socket(socket.AF_UNIX) as one:
        monkeypatch.chdir(tmp_path)
        one.bind("socket")
        place = lay_out(tmp_path, home, copy=True)
    assert sorted(path.name for path in place.folder.iterdir() if path.is_file()) == ["a.txt"]
    assert not list(place.folder.rglob("tree"))
    (place.folder / "a.txt").write_text("two\n")
    assert "+two" in patch_of(place)
