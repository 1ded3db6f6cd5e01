from pathlib import Path

import httpx

from opencode.tests.server.served import call, say, served, watched

ONLY_LOOK = [
    {"permission": "*", "pattern": "*", "action": "deny"},
    {"permission": "bash", "pattern": "*", "action": "allow"},
    {"permission": "bash", "pattern": "touch *", "action": "deny"},
]


async def test_a_session_begun_with_rules_is_held_to_them_and_so_is_its_copy(
    project: Path,
) -> None:
    script = [call("bash", command="touch no"), call("bash", command="expr 6 + 5"), say("Done")]
    body = {"permission": ONLY_LOOK, "metadata": {"ticket": 7}, "title": "held"}
    async with served(project, script) as at, httpx.AsyncClient(base_url=at.url) as http:
        made = (await http.post("/session", json=body)).json()
        await http.post(f"/session/{made['id']}/message", json={"content": "Go"})
        told = (await http.get(f"/session/{made['id']}/message")).json()
        more = {"permission": [{"permission": "edit", "pattern": "a.txt", "action": "allow"}]}
        changed = (await http.patch(f"/session/{made['id']}", json=more)).json()
        copy = (await http.post(f"/session/{made['id']}/fork")).json()
        copied = (await http.get(f"/session/{copy['id']}")).json()
    states = [p["state"] for m in told for p in m["parts"] if p["type"] == "tool"]
    assert [one["status"] for one in states] == ["error", "completed"]
    assert "11" in states[1]["output"]
    assert not (project / "no").exists()
    assert changed["metadata"] == {"ticket": 7}
    assert changed["permission"] == [*ONLY_LOOK, *more["permission"]]
    assert copied["permission"] == changed["permission"]


async def test_a_session_is_put_away_and_taken_out_again(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        name = (await http.post("/session")).json()["id"]
        away = await http.patch(f"/session/{name}", json={"time": {"archived": 1795283527926}})
        (listed,) = (await http.get("/session")).json()
        short = (await http.get("/experimental/session")).json()
        whole = (await http.get("/experimental/session", params={"archived": "true"})).json()
        back = await http.patch(f"/session/{name}", json={"time": {"archived": None}})
    assert away.json()["time"]["archived"] == listed["time"]["archived"] == 1795283527926
    assert (short, [one["id"] for one in whole]) == ([], [name])
    assert "archived" not in back.json()["time"]


async def test_parts_that_name_a_sub_agent_have_it_do_the_work(project: Path) -> None:
    async with served(project, [say("One")]) as at, httpx.AsyncClient(base_url=at.url) as http:
        provider = watched(at, [say("One"), say("Two")])
        url = f"/session/{(await http.post('/session')).json()['id']}/message"
        named = [{"type": "text", "text": "Look"}, {"type": "agent", "name": "explore"}]
        await http.post(url, json={"parts": named})
        task = {"type": "subtask", "agent": "general", "description": "d", "prompt": "Count"}
        await http.post(url, json={"parts": [task]})
        wrong = await http.post(url, json={"parts": [{"type": "agent", "name": "nobody"}]})
    first, second = (str(one.messages[-1].parts) for one in provider.requests)
    assert "Let the explore sub-agent" in first
    assert "Let the general sub-agent" in second
    assert "Count" in second
    assert wrong.status_code == 400


async def test_an_agent_named_with_a_prompt_answers_that_prompt_only(project: Path) -> None:
    async with (
        served(project, [say("One"), say("Two"), say("Three")]) as at,
        httpx.AsyncClient(base_url=at.url) as http,
    ):
        name = (await http.post("/session", json={"agent": "plan"})).json()["id"]
        said = [{"content": "a", "agent": "build"}, {"content": "b"}, {"content": "c"}]
        answers = [(await http.post(f"/session/{name}/message", json=one)).json() for one in said]
    assert [one["agent"] for one in answers] == ["build", "plan", "plan"]


async def test_clients_ask_whether_something_may_be_done(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        name = (await http.post("/session")).json()["id"]
        here = f"/api/session/{name}/permission"
        look = {"action": "bash", "resources": ["ls"]}
        fetch = {"action": "webfetch", "resources": ["https://example.org/"]}
        allowed = (await http.post(here, json=look)).json()["data"]
        asked = (await http.post(here, json=fetch)).json()["data"]
        waiting = (await http.get(here)).json()["data"]
        answered = await http.post(f"{here}/{asked['id']}/reply", json={"reply": "reject"})
        gone = await http.post(f"{here}/{asked['id']}/reply", json={"reply": "once"})
    assert (allowed["effect"], asked["effect"]) == ("allow", "ask")
    assert [one["id"] for one in waiting] == [asked["id"]]
    assert answered.status_code == 204
    tags = (gone.json()["_tag"], gone.json()["requestID"])
    assert tags == ("PermissionNotFoundError", asked["id"])


async def test_what_one_server_of_one_project_has_not_is_empty_or_says_what_to_do(
    project: Path,
) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        trees = await http.get("/experimental/worktree")
        tree = (await http.post("/experimental/worktree", json={"name": "x"})).json()
        name = (await http.post("/session")).json()["id"]
        to = {"sessionID": name, "destination": {"directory": str(project)}}
        stayed = await http.post("/experimental/control-plane/move-session", json=to)
        to["destination"] = {"directory": "/elsewhere"}
        moved = (await http.post("/experimental/control-plane/move-session", json=to)).json()
        newer = (await http.post("/global/upgrade", json={"target": "2.0.0"})).json()
        ours = (await http.get("/project/current")).json()["id"]
        await http.patch(f"/project/{ours}", json={"name": "Mine", "icon": {"color": "#fff"}})
        named = (await http.patch(f"/project/{ours}", json={"commands": {"start": "make"}})).json()
    assert trees.json() == []
    assert (tree["name"], "git worktree add" in tree["message"]) == (
        "WorktreeCreateFailedError",
        True,
    )
    assert (stayed.status_code, moved["name"]) == (204, "MoveSessionError")
    assert "opencode upgrade 2.0.0" in newer["error"]
    assert (named["name"], named["icon"], named["commands"]) == (
        "Mine",
        {"color": "#fff"},
        {"start": "make"},
    )


SHAPE = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


async def test_an_answer_has_the_shape_that_was_asked_for_or_says_that_it_has_none(
    project: Path,
) -> None:
    script = [
        call("bash", command="expr 6 + 5"),
        say("Eleven"),
        call("StructuredOutput", n="eleven"),
        call("StructuredOutput", n=11),
        say("No"),
        say("Still no"),
        say("Words"),
    ]
    asked = {"content": "Count", "format": {"type": "json_schema", "schema": SHAPE}}
    once = {"content": "Again", "format": {**asked["format"], "retryCount": 1}}
    async with served(project, script) as at, httpx.AsyncClient(base_url=at.url) as http:
        name = (await http.post("/session")).json()["id"]
        url = f"/session/{name}/message"
        found = (await http.post(url, json=asked)).json()
        missed = (await http.post(url, json=once)).json()
        plain = (await http.post(url, json={"content": "Words"})).json()
        told = (await http.get(url)).json()
        wrong = await http.post(url, json={"content": "x", "format": {"type": "json_schema"}})
        list_of = {"type": "json_schema", "schema": {"type": "array"}}
        unfit = await http.post(url, json={"content": "x", "format": list_of})
        far = {"type": "object", "properties": {"n": {"$ref": f"{at.url}/x.json"}}}
        body = {"content": "x", "format": {"type": "json_schema", "schema": far}}
        fetched = await http.post(url, json=body)
    assert found["info"]["structured"] == {"n": 11}
    calls = [p["state"]["status"] for m in told for p in m["parts"] if p["type"] == "tool"]
    assert calls == ["completed", "error", "completed"]
    assert told[0]["info"]["format"] == {**asked["format"], "retryCount": 2}
    assert missed["info"]["error"]["name"] == "StructuredOutputError"
    assert missed["info"]["error"]["data"]["retries"] == 1
    assert ("structured" in plain["info"], "error" in plain["info"]) == (False, False)
    assert (wrong.status_code, unfit.status_code, fetched.status_code) == (400, 400, 400)
    assert "nothing is fetched" in fetched.text
