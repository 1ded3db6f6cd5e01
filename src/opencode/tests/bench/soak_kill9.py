"""kill -9 at 500 random moments of a turn and 200 of an undo; prints how many held."""

import random
import sys
import tempfile
from pathlib import Path

from opencode.tests.fakes.killing import kill_a_turn, kill_an_undo, prepare_undo

TURNS, UNDOS = 500, 200


def main() -> int:
    chance = random.Random()
    turns = undos = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        session_id, project = "", root / "project"
        project.mkdir()
        for n in range(TURNS):
            if n % 25 == 0:
                session_id = ""
            session_id = kill_a_turn(root / "data", project, session_id, chance)
            turns += 1
    with tempfile.TemporaryDirectory() as folder:
        for n in range(UNDOS):
            project = Path(folder) / str(n)
            project.mkdir()
            prepare_undo(project)
            kill_an_undo(Path(folder) / "data", project, chance)
            undos += 1
    print(f"kill -9 in a turn: {turns} of {TURNS} sessions open with every acknowledged message")
    print(f"kill -9 in an undo: {undos} of {UNDOS} leave each file wholly old or new")
    return 0 if (turns, undos) == (TURNS, UNDOS) else 1


if __name__ == "__main__":
    sys.exit(main())
