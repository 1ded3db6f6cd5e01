"""A session of 10,000 messages, and lists among 5,000 sessions."""

import asyncio
import tempfile
import time
from pathlib import Path

from opencode.core.message import TextPart, user_message
from opencode.core.session import new_session
from opencode.session.store import SessionStore
from opencode.tests.bench.table import Row, show

_MESSAGES, _SESSIONS = 10_000, 5_000


def main() -> None:
    show("Long sessions", asyncio.run(_measure()))


async def _measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        data, project = Path(folder) / "data", Path(folder) / "project"
        project.mkdir()
        store = SessionStore(data / "sessions", data, project)
        session = store.create(new_session(str(project)))
        words = "what was said and what came of it " * 30
        session.messages.extend(user_message(words) for _ in range(_MESSAGES))
        await store.close(session)
        began = time.perf_counter()
        session = store.open(session.id)
        opened = time.perf_counter() - began
        appends: list[float] = []
        for n in range(200):
            message = user_message(f"more {n}", TextPart(words))
            session.messages.append(message)
            began = time.perf_counter()
            await store.save(session, message, sync=True)
            appends.append(time.perf_counter() - began)
        await store.close(session)
        for n in range(_SESSIONS):
            small = store.create(new_session(str(project)))
            small.title = f"number {n}"
            await store.close(small)
        store.infos(limit=20)
        began = time.perf_counter()
        listed = store.infos(limit=50)
        listing = time.perf_counter() - began
        assert len(listed) == 50
        return [
            Row("open 10,000 messages", opened * 1000, "ms", 1000),
            Row("append to them, synced (median)", sorted(appends)[100] * 1000, "ms", 5),
            Row("list among 5,000 sessions", listing * 1000, "ms", 150),
        ]


if __name__ == "__main__":
    main()
