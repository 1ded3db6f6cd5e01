"""The installed command in tmux with a scripted model: whole tasks, as a person sees them."""

import asyncio
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opencode.config.schema import SessionSection
from opencode.core.message import TextPart, user_message
from opencode.core.session import Session, new_session
from opencode.session.store import SessionStore
from opencode.tests.fakes.model_client import model_server
from opencode.tests.tui.in_tmux import OPENCODE, Tmux, settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not shutil.which("tmux") or not shutil.which("pgrep") or not OPENCODE.exists(),
        reason="needs tmux and the installed command",
    ),
]


@pytest.fixture
def tmux(project: Path, alone: Path) -> Iterator[Tmux]:
    made = Tmux(project)
    yield made
    made.close()


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {
        "calls": [
            {"id": f"call_{name}_{len(str(arguments))}", "name": name, "arguments": arguments}
        ]
    }


def test_ten_steps_with_one_question_end_with_the_files_changed(
    tmux: Tmux, project: Path, alone: Path
) -> None:
    (project / "numbers.txt").write_text("one\n")
    steps = [
        call("read", path="numbers.txt"),
        call("grep", pattern="one"),
        call("write", path="a.txt", content="a\n"),
        call("write", path="b.txt", content="b\n"),
        call("edit", path="numbers.txt", old="one", new="two"),
        call("glob", pattern="*.txt"),
        call("bash", command="touch made-by-hand"),
        call("read", path="a.txt"),
        call("read", path="b.txt"),
        {"text": "All ten steps are done."},
    ]
    with model_server(steps) as service:
        settings(alone, service.url, ['[permission]\nbash = "ask"\n[sandbox]\nenabled = false'])
        tmux.run("--no-server")
        tmux.see("Ask anything")
        tmux.type("Do ten things")
        tmux.press("Enter")
        tmux.see("touch made-by-hand", "once")
        assert not (project / "made-by-hand").exists()
        tmux.press("1")
        tmux.see("All ten steps are done.")
        tmux.leave()
    assert (project / "made-by-hand").exists()
    assert (project / "numbers.txt").read_text() == "two\n"


def test_the_mouse_answers_folds_scrolls_copies_and_chooses(
    tmux: Tmux, project: Path, alone: Path
) -> None:
    steps = [
        call("bash", command="touch clicked && seq 1 60"),
        {"text": "Words to be dragged over."},
        {"text": "A title", "repeat": True},
    ]
    with model_server(steps) as service:
        settings(alone, service.url, ['[permission]\nbash = "ask"\n[sandbox]\nenabled = false'])
        tmux.run("--no-server")
        tmux.see("Ask anything")
        tmux.type("Touch it")
        tmux.press("Enter")
        tmux.click("Allow once")
        tmux.drag("Words to be dragged over.", 5)
        tmux.see("5 characters")
        assert tmux.copied() == "Words"
        tmux.click("Bash $ touch")
        tmux.until(lambda screen: "▾ Bash" in screen and "Words" not in screen)
        for _ in range(30):
            tmux.mouse(65, 10, 10)
        tmux.see("60", "Words to be dragged")
        tmux.type("typed after it all")
        tmux.see(" typed after it all")
        tmux.press("C-p")
        tmux.see("All commands")
        for _ in range(8):
            tmux.mouse(65, 40, 12)
        tmux.click("Switch agent")
        tmux.click("plan  ")
        tmux.see(" plan toy/gpt-test")
        tmux.press("C-b")
        tmux.click("A clicked")
        tmux.see("read anew")
        tmux.press("Escape")
        tmux.leave()
    assert (project / "clicked").exists()


def test_esc_in_mid_stream_stops_and_a_storm_of_sizes_leaves_the_screen_whole(
    tmux: Tmux, alone: Path
) -> None:
    endless = {"text": ["piece "] * 2000, "pause": 0.02, "repeat": True}
    with model_server([endless]) as service:
        settings(alone, service.url)
        tmux.run("--no-server")
        tmux.see("Ask anything")
        tmux.type("Go on")
        tmux.press("Enter")
        tmux.see("piece piece")
        for number in range(30):
            tmux.resize(20 + number * 37 % 180, 6 + number * 13 % 60)
        tmux.resize(90, 24)
        tmux.see("piece piece", "Esc stops")
        tmux.press("Escape")
        tmux.see("cancelled")
        screen = tmux.see("Ask anything")
        assert len(screen.split("\n")) <= 25
        assert max(map(len, screen.split("\n"))) <= 90
        assert tmux.leave().count("Go on with: opencode session resume") == 1


def test_a_thousand_messages_are_there_again_and_a_killed_app_loses_nothing(
    tmux: Tmux, project: Path, alone: Path
) -> None:
    session = long_session(alone, project)
    with model_server([{"text": "Answered before the end.", "repeat": True}]) as service:
        settings(alone, service.url)
        tmux.run("session", "resume", session)
        tmux.see("answer 499")
        tmux.type("One more")
        tmux.press("Enter")
        tmux.see("Answered before the end.")
        tmux.type("never sent")
        tmux.until(lambda _: list(alone.glob(".local/state/opencode/drafts/*.txt")))
        os.kill(tmux.pid(), signal.SIGKILL)
        tmux.see("ended with 137")
        again = Tmux(project)
        again.run("--continue")
        again.see("One more", "Answered before the end.", "never sent")
        again.leave()
        again.close()


def long_session(home: Path, project: Path) -> str:
    data = home / ".local" / "share" / "opencode"
    store = SessionStore(data / "sessions", data, project, SessionSection())
    session = store.create(new_session(str(project), model="toy/gpt-test"))
    for number in range(500):
        session.messages.append(user_message(f"prompt {number}"))
        answer = session.begin_answer("build", "toy/gpt-test")
        answer.parts, answer.finish = [TextPart(f"answer {number}")], "stop"
    session.title, session.titled_by = "A long one", "person"
    asyncio.run(kept(store, session))
    return session.id


async def kept(store: SessionStore, session: Session) -> None:
    await store.save(session, *session.messages, sync=True)
    await store.close(session)
