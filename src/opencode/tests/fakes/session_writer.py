"""A program that lives a scripted turn again and again until it is killed.

It prints a line for each thing it was told is safe: `message ID` after a save, `synced ID` after
a synced one. Arguments: data folder, project, session id or "".
"""

import asyncio
import sys
from pathlib import Path

from opencode.config.schema import SessionSection
from opencode.core.message import TextPart, ToolPart, user_message
from opencode.core.session import Session, new_session
from opencode.session.store import SessionStore


def say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


async def turn(store: SessionStore, session: Session, n: int) -> None:
    prompt = user_message(f"prompt {n}")
    session.messages.append(prompt)
    await store.save(session, prompt)
    say("message", prompt.id)
    answer = session.begin_answer("build", "test/one")
    answer.parts = [TextPart(f"answer {n} " + "x" * 500), ToolPart(f"c{n}", "bash")]
    answer.calls[0].start()
    await store.save(session, answer, sync=True)
    say("message", answer.id)
    answer.calls[0].close("completed", "output " * 50)
    answer.finish = "stop"
    await store.save(session, answer, sync=True)
    say("whole", answer.id)
    if n % 7 == 3:
        session.undone.clear()
        gone = session.messages[-2:]
        del session.messages[-2:]
        await store.save(session, sync=True)
        say("gone", *(message.id for message in gone))
    await store.fold(session)


async def main(data: Path, project: Path, session_id: str) -> None:
    store = SessionStore(data / "sessions", data, project, SessionSection(save_interval=0.02))
    session = store.open(session_id) if session_id else store.create(new_session(str(project)))
    say("session", session.id)
    n = 0
    while True:
        await turn(store, session, n)
        n += 1


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
