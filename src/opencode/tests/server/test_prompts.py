from pathlib import Path
from typing import Any

import httpx

from opencode.tests.server.served import call, say, served, watched


def words(text: str, **more: Any) -> dict[str, Any]:
    return {"parts": [{"type": "text", "text": text}], **more}


async def test_a_prompt_keeps_the_id_its_client_gave_it(project: Path) -> None:
    async with served(project, [say("Hi"), say("Ho")]) as at, httpx.AsyncClient() as http:
        session = (await http.post(f"{at.url}/session")).json()["id"]
        url = f"{at.url}/session/{session}/message"
        answer = (await http.post(url, json=words("One", messageID="msg_00mine"))).json()
        again = await http.post(url, json=words("Two", messageID="msg_00mine"))
        odd = await http.post(url, json=words("Two", messageID="../etc"))
        listed = (await http.get(url)).json()
    assert answer["info"]["parentID"] == "msg_00mine"
    assert listed[0]["info"]["id"] == "msg_00mine"
    assert len(listed) == 2
    assert (again.status_code, odd.status_code) == (400, 400)


async def test_a_prompt_without_reply_is_heard_with_the_next(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient() as http:
        provider = watched(at, [say("Blue")])
        session = (await http.post(f"{at.url}/session")).json()["id"]
        url = f"{at.url}/session/{session}/message"
        quiet = (await http.post(url, json=words("My colour is blue.", noReply=True))).json()
        assert provider.requests == []
        await http.post(url, json=words("Which colour?"))
    assert quiet["info"]["role"] == "user"
    [request] = provider.requests
    said = [part.text for message in request.messages for part in message.parts]
    assert "My colour is blue." in said
    assert "Which colour?" in said


async def test_a_file_that_is_named_and_sent_is_brought_once_with_the_lines_asked_for(
    project: Path,
) -> None:
    file = project / "four.txt"
    file.write_text("a\nb\nc\nd\n")
    async with served(project) as at, httpx.AsyncClient() as http:
        provider = watched(at, [say("Seen")])
        session = (await http.post(f"{at.url}/session")).json()["id"]
        whole = {"type": "file", "mime": "text/plain", "url": file.as_uri()}
        lines = {**whole, "url": f"{file.as_uri()}?start=2&end=3"}
        said = {"type": "text", "text": "Look at @four.txt and @four.txt#2-3"}
        url = f"{at.url}/session/{session}/message"
        await http.post(url, json={"parts": [said, whole, lines]})
        listed = (await http.get(url)).json()[0]["parts"]
    files = [(one["filename"], one["url"]) for one in listed if one["type"] == "file"]
    assert files == [("four.txt", file.as_uri())] * 2
    [request] = provider.requests
    heard = [part.text for message in request.messages for part in message.parts]
    brought = [text for text in heard if text.startswith("File ")]
    assert brought == ["File four.txt:\n1\ta\n2\tb\n3\tc\n4\td", "File four.txt:\n2\tb\n3\tc"]


async def test_what_system_and_assistant_are_made_to_say_is_stored_and_heard(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient() as http:
        provider = watched(at, [say("Blue")])
        session = (await http.post(f"{at.url}/session")).json()["id"]
        url = f"{at.url}/session/{session}/message"
        told = (await http.post(url, json={"content": "Be brief.", "role": "system"})).json()
        given = (await http.post(url, json={"content": "It is blue.", "role": "assistant"})).json()
        odd = await http.post(url, json={"content": "x", "role": "robot"})
        assert provider.requests == []
        await http.post(url, json=words("Which colour?"))
    assert (told["info"]["role"], given["info"]["role"]) == ("user", "assistant")
    assert odd.status_code == 400
    [request] = provider.requests
    said = [(m.role, part.text) for m in request.messages for part in m.parts]
    at_all = [pair for pair in said if pair[1] in ("Be brief.", "It is blue.", "Which colour?")]
    assert at_all == [
        ("user", "Be brief."),
        ("assistant", "It is blue."),
        ("user", "Which colour?"),
    ]


async def test_system_words_and_tools_hold_for_one_prompt(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient() as http:
        script = [say("Arr"), call("bash", command="echo hi"), say("No"), say("Plain")]
        provider = watched(at, script)
        session = (await http.post(f"{at.url}/session")).json()["id"]
        url = f"{at.url}/session/{session}/message"
        await http.post(url, json=words("Hello", system="Talk like a pirate."))
        off = {"bash": False, "todowrite": False}
        answer = (await http.post(url, json=words("Run it", tools=off))).json()
        await http.post(url, json=words("Hello"))
        listed = (await http.get(url)).json()
    first, second, _, last = provider.requests
    assert first.system.endswith("Talk like a pirate.")
    assert "pirate" not in last.system
    assert not {"bash", "todo"} & {spec.name for spec in second.tools}
    assert {"bash", "todo"} <= {spec.name for spec in last.tools}
    assert answer["info"]["finish"] == "stop"
    refused = next(p for m in listed for p in m["parts"] if p["type"] == "tool")
    assert refused["state"]["status"] == "error"
    assert listed[0]["info"]["system"] == "Talk like a pirate."


async def test_only_the_named_tools_are_offered_when_the_rest_is_off(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient() as http:
        provider = watched(at, [say("Yes")])
        session = (await http.post(f"{at.url}/session")).json()["id"]
        body = words("Hello", tools={"*": False, "read": True})
        await http.post(f"{at.url}/session/{session}/message", json=body)
    assert [spec.name for spec in provider.requests[0].tools] == ["read"]


async def test_a_session_is_made_below_another(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient() as http:
        above = (await http.post(f"{at.url}/session")).json()["id"]
        below = (await http.post(f"{at.url}/session", json={"parentID": above})).json()
        children = (await http.get(f"{at.url}/session/{above}/children")).json()
        lost = await http.post(f"{at.url}/session", json={"parentID": "ses_nobody"})
    assert below["parentID"] == above
    assert [one["id"] for one in children] == [below["id"]]
    assert lost.status_code == 404
