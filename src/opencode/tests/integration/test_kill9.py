import os
import random
from pathlib import Path

import pytest

from opencode.tests.fakes.killing import kill_a_turn, kill_an_undo, prepare_undo

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs kill -9")


def test_a_killed_run_loses_nothing_that_was_acknowledged(tmp_path: Path, project: Path) -> None:
    session_id = ""
    for seed in range(8):
        session_id = kill_a_turn(tmp_path / "data", project, session_id, random.Random(seed))


def test_a_killed_undo_leaves_each_file_wholly_old_or_new_and_is_ended_later(
    tmp_path: Path,
) -> None:
    for seed in range(5):
        project = tmp_path / f"project{seed}"
        project.mkdir()
        prepare_undo(project)
        kill_an_undo(tmp_path / "data", project, random.Random(seed))
