import asyncio
import sqlite3
import threading
from pathlib import Path

import msgspec
import pytest

from opencode.core.delta import Usage
from opencode.core.message import TextPart, user_message
from opencode.core.session import Session, new_session
from opencode.session.index import queries
from opencode.session.store import SessionStore


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


async def said(store: SessionStore, *texts: str, title: str = "") -> Session:
    session = store.create(new_session(store.directory, model="test/one"))
    session.title = title
    for text in texts:
        session.messages.append(user_message(text))
        answer = session.begin_answer("build", "test/one")
        answer.parts, answer.finish = [TextPart("Fine.")], "stop"
        answer.usage = Usage(100, 20, cost=0.5)
    await store.close(session)
    return session


def store(project: Path, data: Path) -> SessionStore:
    return SessionStore(data / "sessions", data, project)


async def test_search_finds_all_words_in_title_and_messages_of_any_script(
    project: Path, data: Path
) -> None:
    one = await said(store(project, data), "Where is the parser?", "세션을 찾아줘", title="Grammar")
    await said(store(project, data), "Nothing here")
    found = store(project, data)
    for words in ("parser", "PARSER grammar", "션을 찾", "is", "ars"):
        assert [hit.info.id for hit in found.search(words)] == [one.id], words
    assert found.search("parser nothing") == []
    assert found.search('pars"er%') == []
    assert "the parser?" in found.search("parser")[0].excerpt


async def test_the_index_can_be_deleted_or_ruined_at_any_time(project: Path, data: Path) -> None:
    session = await said(store(project, data), "hello")
    index = data / "index.db"
    for ruin in (index.unlink, lambda: index.write_bytes(b"no database" * 500)):
        assert [info.id for info in store(project, data).infos()] == [session.id]
        ruin()
        assert [info.id for info in store(project, data).infos("hello")] == [session.id]
    half = index.read_bytes()
    index.write_bytes(half[: len(half) // 2])
    assert [info.id for info in store(project, data).infos("hello")] == [session.id]


async def test_the_sessions_table_has_its_columns_and_json(project: Path, data: Path) -> None:
    session = await said(store(project, data), "hello")
    store(project, data).infos()
    with sqlite3.connect(data / "index.db") as db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(sessions)")]
        assert columns == [
            "id", "created_at", "last_active", "model", "agent", "status", "messages", "metadata",
        ]  # fmt: skip
        row = db.execute("SELECT id, messages, metadata, json_valid(messages) FROM sessions")
        ident, messages, metadata, valid = row.fetchone()
    db.close()
    assert (ident, valid) == (session.id, 1)
    contents = [one["content"] for one in msgspec.json.decode(messages)]
    assert contents == ["hello", "Fine."]
    assert msgspec.json.decode(metadata)["directory"] == str(project)


async def test_usage_is_summed_by_day_and_model_and_unknown_prices_stay_unknown(
    project: Path, data: Path
) -> None:
    view = store(project, data)
    session = await said(view, "one", "two")
    view.infos()
    ((_, _, _, _, model, count, tokens, *_, cost),) = view.index.fetch(queries.usage(""))
    assert (model, count, tokens, cost) == ("test/one", 2, 200, 1.0)
    session = view.open(session.id)
    session.messages[-1].usage = Usage(1, 1, cost=None)
    await view.save(session, session.messages[-1])
    await view.close(session)
    assert view.index.fetch(queries.usage(""))[0][-1] is None


async def test_typed_prompts_are_remembered_newest_first_without_doubles(
    project: Path, data: Path
) -> None:
    view = store(project, data)
    await said(view, "first", "second", "first")
    session = view.create(new_session(view.directory))
    session.messages.append(user_message("", TextPart("a rule", origin="rules")))
    await view.close(session)
    view.infos()
    typed = [row[0] for row in view.index.fetch(queries.prompts(view.directory, 10))]
    assert typed == ["first", "second"]


async def test_a_long_lived_face_sees_what_others_write(project: Path, data: Path) -> None:
    face = store(project, data)
    assert await face.listing() == []
    session = await said(store(project, data), "hello")
    assert [info.id for info in await face.listing()] == [session.id]
    assert [info.id for info in await face.listing("hello")] == [session.id]
    (data / "index.db").unlink()
    await face.live_index.close()
    assert [info.id for info in await face.listing()] == [session.id]
    await face.live_index.close()


async def test_who_asks_at_once_shares_one_connection_so_that_the_program_can_end(
    project: Path, data: Path
) -> None:
    face = store(project, data)
    await said(face, "Here.")
    before = set(threading.enumerate())
    await asyncio.gather(*(face.listing() for _ in range(6)))
    started = {
        one for one in set(threading.enumerate()) - before if "_connection_worker" in one.name
    }
    await face.live_index.close()
    assert len(started) == 1
    [connection] = started
    await asyncio.to_thread(connection.join, 30)
    assert not connection.is_alive()


async def test_only_changed_messages_of_a_session_are_indexed_anew(
    project: Path, data: Path
) -> None:
    view = store(project, data)
    session = await said(view, *(f"word{n}" for n in range(20)))
    rows = {
        ident: n for n, ident in view.index.fetch(queries.Query("SELECT n, id FROM message", []))
    }
    session = view.open(session.id)
    session.messages[3].parts = [TextPart("changed")]
    await view.save(session, session.messages[3])
    await view.close(session)
    after = {
        ident: n for n, ident in view.index.fetch(queries.Query("SELECT n, id FROM message", []))
    }
    assert {ident for ident in rows if rows[ident] != after[ident]} == {session.messages[3].id}
    assert view.search("changed")
    assert not view.search("word1 nowhere")
