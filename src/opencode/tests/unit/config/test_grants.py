import os
import subprocess
import sys
from pathlib import Path

import pytest

from opencode.config import paths
from opencode.config.grants import Grants
from opencode.core.error import ConfigError, UsageError
from opencode.core.permission import Rule

PUSH = Rule("bash", "git push", "allow")
MAKE = Rule("bash", "make", "allow")


def test_a_grant_holds_for_its_scope_and_no_further(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    grants = Grants()
    grants.add([PUSH], "session", session="s1", project=here)
    grants.add([MAKE], "project", session="s1", project=here)
    everywhere = Rule("outside", "/opt/*", "allow")
    grants.add([everywhere], "user", session="s1", project=here)
    assert grants.rules("s1", here) == [PUSH, MAKE, everywhere]
    assert grants.rules("s2", here) == [MAKE, everywhere]
    assert grants.rules("s2", there) == [everywhere]


def test_a_project_is_its_real_folder(tmp_path: Path) -> None:
    real, other = tmp_path / "real", tmp_path / "other"
    real.mkdir()
    other.mkdir()
    (tmp_path / "link").symlink_to(real)
    Grants().add([MAKE], "project", session="s", project=tmp_path / "link")
    assert Grants().rules("x", real) == [MAKE]
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to(other)
    assert Grants().rules("x", tmp_path / "link") == []


def test_grants_lie_in_the_users_data_folder_for_the_user_alone(tmp_path: Path) -> None:
    Grants().add([MAKE], "user", session="s", project=tmp_path)
    file = paths.data_dir() / "grants.json"
    assert file.is_file()
    if os.name != "nt":
        assert file.stat().st_mode & 0o777 == 0o600


def test_only_what_allows_is_kept_and_nothing_twice(tmp_path: Path) -> None:
    grants = Grants()
    assert len(grants.add([MAKE, MAKE], "project", session="s", project=tmp_path)) == 1
    assert grants.add([MAKE], "project", session="t", project=tmp_path) == []
    assert grants.add([Rule("bash", "x", "deny")], "user", session="s", project=tmp_path) == []
    assert len(grants.add([MAKE], "user", session="s", project=tmp_path)) == 1


def test_a_grant_says_what_when_and_by_whom_and_can_be_taken_back(tmp_path: Path) -> None:
    grants = Grants()
    [kept] = grants.add([MAKE], "user", session="s1", project=tmp_path)
    [gone] = grants.add([PUSH], "project", session="s2", project=tmp_path)
    assert [g.id for g in grants.all()] == [gone.id, kept.id]
    assert (gone.rule, gone.scope, gone.session, gone.project) == (
        PUSH,
        "project",
        "s2",
        os.path.realpath(tmp_path),
    )
    assert grants.revoke(gone.id[-8:]) == gone
    assert Grants().rules("s2", tmp_path) == [MAKE]
    with pytest.raises(UsageError, match="no grant"):
        grants.revoke(gone.id)
    with pytest.raises(UsageError, match=r"no grant|More than one"):
        grants.revoke("")


def test_a_session_that_is_gone_takes_its_grants_along(tmp_path: Path) -> None:
    grants = Grants()
    grants.add([PUSH], "session", session="s1", project=tmp_path)
    grants.add([PUSH], "session", session="s2", project=tmp_path)
    grants.forget("s1")
    assert [g.session for g in grants.all()] == ["s2"]


def test_a_damaged_file_allows_nothing_and_is_not_overwritten(tmp_path: Path) -> None:
    grants = Grants()
    grants.path.parent.mkdir(parents=True, exist_ok=True)
    grants.path.write_text("{ torn")
    assert grants.rules("s", tmp_path) == []
    with pytest.raises(ConfigError, match=r"grants\.json"):
        grants.all()
    with pytest.raises(ConfigError):
        grants.add([MAKE], "user", session="s", project=tmp_path)
    assert grants.path.read_text() == "{ torn"


def test_processes_that_grant_at_once_lose_nothing(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from opencode.config.grants import Grants;"
        "from opencode.core.permission import Rule\n"
        "for i in range(8): Grants().add([Rule('bash', f'{sys.argv[1]} {i}', 'allow')], 'user',"
        " session='s', project=Path('.'))"
    )
    source = str(Path(__file__).parents[4])
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, name], env={**os.environ, "PYTHONPATH": source}
        )
        for name in "abc"
    ]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert len(Grants().all()) == 24
