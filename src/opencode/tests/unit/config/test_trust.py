import os
from pathlib import Path

import pytest

from opencode.config import paths, trust
from opencode.config.load import load_settings
from opencode.core.error import ConfigError

SEEN = {"k": "seen"}
LOOSE = '[permissions]\nbash_allow = ["make"]\n'


def test_trust_is_of_a_real_folder_and_of_what_was_shown(tmp_path: Path) -> None:
    real, other = tmp_path / "real", tmp_path / "other"
    for folder in (real, other):
        folder.mkdir()
    (tmp_path / "link").symlink_to(real)
    trust.trust(tmp_path / "link", SEEN)
    assert trust.is_trusted(real, SEEN)
    assert trust.is_trusted(tmp_path / "link", SEEN)
    assert trust.changed(real, {"k": "changed", **{"new": "x"}}) == ["k", "new"]
    assert trust.changed(other, SEEN) is None
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to(other)
    assert not trust.is_trusted(tmp_path / "link", SEEN)


def test_trust_is_listed_and_taken_back(tmp_path: Path) -> None:
    trust.trust(tmp_path, SEEN)
    trust.trust(tmp_path, {"k": "b", "l": "c"})
    assert [(e.folder, e.seen) for e in trust.trusted_folders()] == [
        (os.path.realpath(tmp_path), {"k": "b", "l": "c"})
    ]
    assert trust.untrust(tmp_path)
    assert not trust.untrust(tmp_path)
    assert not trust.is_trusted(tmp_path, {"k": "b"})


def test_the_list_is_the_users_alone_and_damage_trusts_nothing(tmp_path: Path) -> None:
    trust.trust(tmp_path, SEEN)
    file = paths.data_dir() / "trust.json"
    if os.name != "nt":
        assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("torn")
    assert not trust.is_trusted(tmp_path, SEEN)
    with pytest.raises(ConfigError, match=r"trust\.json") as caught:
        trust.trust(tmp_path, SEEN)
    assert "opencode trust" in caught.value.hint


def test_settings_that_changed_since_are_ignored_again(project: Path) -> None:
    (project / "opencode.toml").write_text(LOOSE)
    shown = load_settings(project, trusted=trust.is_trusted)
    assert shown.settings.permissions.bash_allow == []
    trust.trust(shown.root, shown.seen)
    assert load_settings(project, trusted=trust.is_trusted).settings.permissions.bash_allow
    (project / "opencode.toml").write_text(LOOSE.replace("make", "rm"))
    assert not load_settings(project, trusted=trust.is_trusted).trusted


def test_a_worktree_pointer_does_not_borrow_trust(tmp_path: Path) -> None:
    main, tree = tmp_path / "main", tmp_path / "tree"
    for folder in (main, tree):
        folder.mkdir()
        (folder / "opencode.toml").write_text(LOOSE)
    (main / ".git").mkdir()
    (tree / ".git").write_text(f"gitdir: {main}/.git/worktrees/tree\n")
    loaded = load_settings(main)
    trust.trust(loaded.root, loaded.seen)
    assert load_settings(main, trusted=trust.is_trusted).trusted
    assert not load_settings(tree, trusted=trust.is_trusted).trusted


def test_never_is_remembered_until_trust_or_revoke_takes_it_back(tmp_path: Path) -> None:
    trust.trust(tmp_path, SEEN)
    trust.refuse(tmp_path)
    assert trust.is_refused(tmp_path)
    assert not trust.is_trusted(tmp_path, SEEN)
    trust.trust(tmp_path, SEEN)
    assert not trust.is_refused(tmp_path)
    trust.refuse(tmp_path)
    assert not trust.untrust(tmp_path)
    assert not trust.is_refused(tmp_path)


def test_a_project_that_asks_for_nothing_can_be_trusted_until_it_does(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert not load_settings(tmp_path, trusted=trust.is_trusted).trusted
    trust.trust(tmp_path, {})
    assert load_settings(tmp_path, trusted=trust.is_trusted).trusted
    (tmp_path / "opencode.toml").write_text(LOOSE)
    assert not load_settings(tmp_path, trusted=trust.is_trusted).trusted
