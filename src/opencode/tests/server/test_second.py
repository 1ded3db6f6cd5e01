import asyncio
from pathlib import Path
from typing import Any

import httpx

from opencode.tests.server.served import call, say, served


async def test_what_newer_clients_ask_first_is_answered_with_its_place(project: Path) -> None:
    (project / "src").mkdir()
    (project / "src" / "main.py").write_text("")
    async with served(project) as at, httpx.AsyncClient(base_url=f"{at.url}/api") as http:
        where = (await http.get("/location")).json()
        found = (await http.get("/fs/find", params={"query": "main"})).json()
        folder = (await http.get("/fs/list?path=src")).json()["data"]
        agents = (await http.get("/agent")).json()["data"]
        models = (await http.get("/model")).json()["data"]
        providers = (await http.get("/provider")).json()["data"]
        commands = (await http.get("/command")).json()["data"]
        elsewhere = await http.get("/location", params={"location[directory]": "/"})
        for name in ("skill", "reference", "question/request", "permission/request", "pty"):
            assert (await http.get(f"/{name}")).json()["data"] == []
        one = (await http.get("/provider/offline")).json()["data"]
        none = await http.get("/provider/nobody")
    assert where["directory"] == str(project)
    assert found["location"] == where
    assert found["data"] == [{"path": "src/main.py", "type": "file"}]
    assert folder == [{"path": "src/main.py", "type": "file"}]
    assert {"build", "plan"} <= {one["id"] for one in agents}
    assert "rules" in {one["id"] for one in models}
    assert one in providers
    assert none.status_code == 404
    assert "init" in {one["name"] for one in commands}
    assert elsewhere.status_code == 400


async def test_sessions_come_in_pages_that_lead_both_ways(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=f"{at.url}/api") as http:
        made = [(await http.post("/session", json={})).json()["data"]["id"] for _ in range(5)]
        asked = {"order": "asc", "limit": 2}
        first = (await http.get("/session", params=asked)).json()
        next_page = {"limit": 2, "cursor": first["cursor"]["next"]}
        second = (await http.get("/session", params=next_page)).json()
        back = {"limit": 2, "cursor": second["cursor"]["previous"]}
        again = (await http.get("/session", params=back)).json()
        newest = (await http.get("/session", params={"limit": 100})).json()
        lost = await http.get("/session", params={"cursor": "asc.after.ses_gone"})
    ids = [one["id"] for one in [*first["data"], *second["data"]]]
    assert sorted(ids) == sorted(made[:4])
    assert "previous" not in first["cursor"]
    assert again == first
    assert sorted(one["id"] for one in newest["data"]) == sorted(made)
    assert newest["cursor"] == {}
    assert newest["data"][0]["location"] == {"directory": str(project)}
    assert lost.status_code == 400
    assert lost.json()["_tag"] == "InvalidRequestError"


async def test_agent_and_model_are_chosen_and_a_prompt_can_be_only_written_down(
    project: Path,
) -> None:
    async with served(project, [say("Yes")]) as at, httpx.AsyncClient(base_url=at.url) as http:
        name = (await http.post("/api/session", json={"agent": "plan"})).json()["data"]["id"]
        here = f"/api/session/{name}"
        provider, _, model = at.model.partition("/")
        chosen = await http.post(f"{here}/agent", json={"agent": "build"})
        asked = {"model": {"providerID": provider, "id": model}}
        assert (await http.post(f"{here}/model", json=asked)).status_code == 204
        told = {"prompt": {"text": "Know this"}, "resume": False}
        await http.post(f"{here}/prompt", json=told)
        await http.post(f"{here}/wait")
        found = (await http.get(here)).json()["data"]
        messages = (await http.get(f"{here}/message")).json()["data"]
        one = (await http.get(f"{here}/message/{messages[0]['id']}")).json()["data"]
        gone = await http.get("/api/session/ses_unknown")
        across = (await http.get("/experimental/session", params={"limit": 1})).json()
        earlier = across[0]["time"]["updated"]
        before = (await http.get("/experimental/session", params={"cursor": earlier})).json()
        named = await http.post("/api/session", json={"id": "ses_mine"})
        alone = await http.post(f"/experimental/session/{name}/background")
    assert chosen.status_code == 204
    assert found["agent"] == "build"
    assert found["model"] == {"providerID": provider, "id": model}
    assert [(m["type"], m["text"]) for m in messages] == [("user", "Know this")]
    assert one == messages[0]
    assert (gone.status_code, gone.json()["_tag"]) == (404, "SessionNotFoundError")
    assert across[0]["project"]["worktree"] == str(project)
    assert before == []
    assert named.status_code == 400
    assert alone.json() is False


async def test_a_question_is_answered_in_its_session_and_another_left_open(project: Path) -> None:
    which = call("question", question="Which one?", options=["red", "blue"])
    script = [which, which, say("Good")]
    async with served(project, script) as at, httpx.AsyncClient(base_url=f"{at.url}/api") as http:
        name = (await http.post("/session", json={})).json()["data"]["id"]
        await http.post(f"/session/{name}/prompt", json={"prompt": {"text": "Ask me"}})
        first = await _question(http, name)
        here = f"/session/{name}/question"
        said = await http.post(f"{here}/{first['id']}/reply", json={"answers": [["red"]]})
        second = await _question(http, name)
        left = await http.post(f"{here}/{second['id']}/reject")
        await http.post(f"/session/{name}/wait")
        gone = await http.post(f"{here}/{first['id']}/reject")
        context = (await http.get(f"/session/{name}/context")).json()["data"]
    assert first["questions"][0]["question"] == "Which one?"
    assert (said.status_code, left.status_code, gone.status_code) == (204, 204, 404)
    assert "red" in context[1]["content"][0]["state"]["content"][0]["text"]
    assert context[2]["content"][0]["name"] == "question"


async def _question(http: httpx.AsyncClient, session: str) -> Any:
    while not (found := (await http.get(f"/session/{session}/question")).json()["data"]):
        await asyncio.sleep(0.01)
    return found[0]
