import csv
import io
from pathlib import Path

import msgspec
import pytest

from opencode.cli.main import app
from opencode.cli.shared.output import run_command
from opencode.config import paths
from opencode.core.delta import Usage
from opencode.core.ids import new_id
from opencode.core.message import Message, ToolPart, user_message
from opencode.core.session import new_session
from opencode.session import rewind
from opencode.session.store import SessionStore

DAY = 86_400.0


def shelf(project: Path) -> SessionStore:
    return SessionStore(paths.data_dir() / "sessions", paths.data_dir(), project)


async def worked(project: Path, *answers: Usage, days_ago: float = 0, more: float = 0.0) -> str:
    store = shelf(project)
    session = store.create(new_session(str(project), model="test/one"))
    session.created -= days_ago * DAY
    for usage in answers:
        answer = Message(new_id("msg"), "assistant", model="test/one", usage=usage)
        answer.created -= days_ago * DAY
        call = ToolPart(new_id("call"), "bash", {"command": "ls"})
        call.start()
        call.close("completed", "a b")
        answer.parts.append(call)
        session.messages += [user_message("go"), answer]
        session.usage += usage
    session.usage += Usage(7 if more else 0, cost=more)
    await store.save(session, *session.messages)
    await store.close(session)
    return session.id


def shown(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert run_command(app, ["stats", *options]) == 0
    return capsys.readouterr().out


async def test_tokens_cost_tools_and_what_titles_cost_are_added_up(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await worked(project, Usage(100, 50, 10, 5, cost=0.5), Usage(1, 1, cost=0.25), more=0.125)
    found = msgspec.json.decode(shown(capsys, "--json"))
    assert found["sessions"] == 1
    assert found["total"]["cost"] == 0.875
    assert found["total"]["input"] == 108
    assert [one["model"] for one in found["models"]] == [
        "test/one",
        "titles, summaries, retries, undone",
    ]
    assert found["projects"][0]["project"] == str(project)
    assert (found["tools"][0]["tool"], found["tools"][0]["calls"]) == ("bash", 2)
    table = shown(capsys)
    assert "$0.88" in table or "$0.8750" in table
    assert "bash" in table


async def test_an_unknown_price_makes_the_sum_unknown_not_smaller(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await worked(project, Usage(1, 1, cost=0.5), Usage(1, 1, cost=None))
    assert msgspec.json.decode(shown(capsys, "--json"))["total"]["cost"] is None
    assert "cost unknown" in shown(capsys)


async def test_days_and_projects_narrow_what_is_counted(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    await worked(project, Usage(1, 1, cost=1.0), days_ago=10)
    await worked(other, Usage(1, 1, cost=2.0))
    assert msgspec.json.decode(shown(capsys, "--json"))["total"]["cost"] == 3.0
    assert msgspec.json.decode(shown(capsys, "--json", "--days", "2"))["total"]["cost"] == 2.0
    here = msgspec.json.decode(shown(capsys, "--json", "--project", "."))
    assert here["total"]["cost"] == 1.0
    assert run_command(app, ["stats", "--project", "nowhere"]) == 2


async def test_a_copy_of_a_session_is_not_paid_twice(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ident = await worked(project, Usage(1, 1, cost=1.0))
    store = shelf(project)
    await store.close(store.create(rewind.fork(store.load(ident))))
    found = msgspec.json.decode(shown(capsys, "--json"))
    assert (found["total"]["cost"], found["sessions"]) == (1.0, 2)
    assert found["tools"][0]["calls"] == 1


async def test_csv_has_a_line_for_each_session_day_and_model(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ident = await worked(project, Usage(3, 4, cost=None))
    (row,) = csv.DictReader(io.StringIO(shown(capsys, "--format", "csv")))
    assert (row["session"], row["input"], row["cost"]) == (ident, "3", "")


async def test_the_places_of_a_batch_count_as_one_folder(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = paths.data_dir().resolve() / "batch"
    await worked(batch / "a" / "one" / "tree", Usage(1, 1, cost=0.5))
    await worked(batch / "a" / "two" / "tree", Usage(2, 1, cost=0.5))
    (one,) = msgspec.json.decode(shown(capsys, "--json"))["projects"]
    assert (one["project"], one["answers"], one["input"]) == (str(batch), 2, 3)
