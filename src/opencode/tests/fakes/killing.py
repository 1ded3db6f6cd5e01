"""Start a program of ours, kill it at a random moment, and see what stands on disk."""

import asyncio
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import opencode
from opencode.core.message import open_calls
from opencode.session.document import read_document
from opencode.session.store import SessionStore
from opencode.session.undo.history import FileHistory
from opencode.tests.fakes.undo_worker import FILES, new, old


def start(name: str, *arguments: str) -> subprocess.Popen[str]:
    sources = str(Path(opencode.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-m", f"opencode.tests.fakes.{name}", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": sources},
    )


def kill_a_turn(data: Path, project: Path, session_id: str, chance: random.Random) -> str:
    """Let a process write turns, kill it, open the session; AssertionError when anything that
    was acknowledged is lost. Returns the session's id."""
    process = start("session_writer", str(data), str(project), session_id)
    assert process.stdout is not None
    session_id = process.stdout.readline().split()[1]
    time.sleep(chance.random() * 0.25)
    process.kill()
    told = [
        line.split()
        for line in process.communicate()[0].splitlines(keepends=True)
        if line.endswith("\n")
    ]
    store = SessionStore(data / "sessions", data, project)
    seen = store.load(session_id)
    session = store.open(session_id)
    expected: dict[str, str] = {}
    for kind, *idents in told:
        for ident in idents:
            expected[ident] = kind
    messages = {message.id: message for message in session.messages}
    # An undo may have been written and killed before it could say so, with its last two messages.
    undone = set(list(expected)[-2:]) if told and told[-1][0] == "whole" else set()
    for ident, kind in expected.items():
        if kind == "gone":
            assert ident not in messages, f"{ident} was taken back and is there again"
        elif ident not in undone:
            assert ident in messages, f"{ident} was acknowledged and is lost"
        if kind == "whole" and ident in messages:
            assert messages[ident].calls[0].status == "completed"
    assert not list(open_calls(session.messages))
    assert len(messages) == len(session.messages) >= len(seen.messages)
    info = store.find(session_id)
    assert not info.damaged
    asyncio.run(store.close(session))
    assert not read_document(Path(info.path).read_bytes()).damage
    return session_id


def prepare_undo(project: Path) -> None:
    for n in range(FILES):
        (project / f"f{n}").write_bytes(old(n))
    (project / "folder").mkdir()
    (project / "folder" / "inside").write_bytes(old(99))


def kill_an_undo(data: Path, project: Path, chance: random.Random) -> None:
    """Kill a process while it takes back and brings again; every file is wholly old or new, and
    what was begun is ended by the next one that opens the history."""
    process = start("undo_worker", str(data), str(project))
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "changed\n"
    process.stdin.write("\n")
    process.stdin.flush()
    time.sleep(chance.random() * 0.1)
    process.kill()
    process.communicate()
    check_files(project)
    asyncio.run(_open(data, project))
    states = check_files(project)
    assert len(set(states)) == 1, f"an undo was begun and not ended: {states}"
    left = [path for path in project.rglob(".opencode-*")]
    assert not left, f"litter: {left}"


async def _open(data: Path, project: Path) -> None:
    files = FileHistory(data, project, "ses_undo")
    await files.undo(["nothing"])
    await files.close()


def check_files(project: Path) -> list[str]:
    """ "old" or "new" of each file."""
    states: list[str] = []
    for n in range(FILES):
        content = (project / f"f{n}").read_bytes()
        assert content in (old(n), new(n)), f"f{n} is neither old nor new"
        states.append("old" if content == old(n) else "new")
    made = project / "made" / "here"
    assert not made.exists() or made.read_bytes() == new(0)
    states.append("new" if made.exists() else "old")
    inside = project / "folder" / "inside"
    assert not inside.exists() or inside.read_bytes() == old(99)
    states.append("old" if inside.exists() else "new")
    return states
