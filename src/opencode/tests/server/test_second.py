from pathlib import Path

import httpx

from opencode.tests.server.served import served


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
        for name in ("skill", "reference", "integration"):
            assert (await http.get(f"/{name}")).json()["data"] == []
    assert where["directory"] == str(project)
    assert found["location"] == where
    assert found["data"] == [{"path": "src/main.py", "type": "file"}]
    assert folder == [{"path": "src/main.py", "type": "file"}]
    assert {"build", "plan"} <= {one["id"] for one in agents}
    assert "rules" in {one["id"] for one in models}
    assert "offline" in {one["id"] for one in providers}
    assert "init" in {one["name"] for one in commands}
    assert elsewhere.status_code == 400
