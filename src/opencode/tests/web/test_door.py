import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from opencode import web
from opencode.tests.web.serving import PYTHON, Site


def frames(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Number and event of each frame."""
    mark = ""
    for line in lines:
        if line.startswith("id: "):
            mark = line.removeprefix("id: ")
        elif line.startswith("data: "):
            yield mark, json.loads(line.removeprefix("data: "))


def test_the_stream_goes_on_from_a_number_and_says_when_something_was_lost(
    open_site: Site,
) -> None:
    with httpx.Client(base_url=open_site.url, timeout=20) as http:
        with http.stream("GET", "/web/events") as answer:
            events = frames(answer.iter_lines())
            _, hello = next(events)
            made = [http.post("/session", json={"title": f"Number {n}"}).json() for n in range(3)]
            seen = [next(events) for _ in made]
        assert [event["info"]["title"] for _, event in seen] == [one["title"] for one in made]
        assert seen[0][0].startswith(hello["epoch"])
        with http.stream("GET", "/web/events", headers={"last-event-id": seen[0][0]}) as answer:
            events = frames(answer.iter_lines())
            assert next(events)[1]["lost"] is False
            assert [next(events), next(events)] == seen[1:]
        for mark in ("0123abcd-4", "nonsense", f"{hello['epoch']}-999999"):
            with http.stream("GET", "/web/events", headers={"last-event-id": mark}) as answer:
                assert next(frames(answer.iter_lines()))[1]["lost"] is True
        whole = http.get(f"/web/session/{made[0]['id']}").json()
        assert (whole["epoch"], whole["busy"]) == (hello["epoch"], False)
        assert whole["n"] >= int(seen[-1][0].rpartition("-")[2])


@pytest.mark.skipif(os.name != "posix", reason="the stub is a shell script")
def test_opencode_web_starts_the_persons_browser_on_a_page_that_is_there(
    project: Path, tmp_path: Path
) -> None:
    stub, told = tmp_path / "browser", tmp_path / "told"
    stub.write_text(f'#!/bin/sh\necho "$1" > {told}.new && mv {told}.new {told}\n')
    stub.chmod(0o755)
    environment = {**os.environ, "BROWSER": f"{stub} %s", "PYTHONPATH": str(PYTHON)}
    command = [sys.executable, "-m", "opencode", "web", "--dir", str(project)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        address = process.stdout.readline().split()[-1]
        while not told.exists() and process.poll() is None:
            time.sleep(0.02)
        assert told.read_text().strip() == address
        assert "<!doctype html>" in httpx.get(address).text
        with httpx.stream("GET", f"{address}/web/events") as answer:
            assert next(frames(answer.iter_lines()))[1]["type"] == "hello"
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0


def test_without_the_password_nothing_is_answered_but_the_form(locked_site: Site) -> None:
    with httpx.Client(base_url=locked_site.url) as http:
        for path in (
            "/",
            "/web/js/app.js",
            "/web/login.js",
            "/web/icon.svg",
            "/web/events",
            "/doc",
        ):
            refused = http.get(path)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith("Basic")
        form = http.get("/", headers={"accept": "text/html"})
        assert (form.status_code, "/web/login.css" in form.text) == (401, False)
        assert http.post("/web/login").status_code == 401
        stale = {"cookie": f"opencode-{locked_site.url.rpartition(':')[2]}=guess"}
        assert http.get("/session", headers=stale).status_code == 401


def test_the_page_is_whole_strict_and_asks_for_nothing_from_outside(open_site: Site) -> None:
    with httpx.Client(base_url=open_site.url) as http:
        page = http.get("/")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert http.get("/", headers={"if-none-match": page.headers["etag"]}).status_code == 304
        named = re.findall(r'(?:src|href)="(/web/[^"]+)"', page.text)
        for path in named:
            kept = http.get(path)
            assert (kept.status_code, "immutable" in kept.headers["cache-control"]) == (200, True)
        assert http.get("/web/js/app.js").headers["cache-control"] == "no-cache"
        assert http.get("/web/@another/js/app.js").headers["cache-control"] == "no-cache"
        packed = http.get("/web/vendor/marked.js")
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content == (web.FOLDER / "vendor" / "marked.js").read_bytes()
        for path in ("/web/../__init__.py", "/web/%2e%2e/__init__.py", "/web/none.js", "/web/js"):
            assert http.get(path).status_code == 404
        assert http.post("/web/login").status_code == 204
        assert "set-cookie" not in http.post("/web/login").headers
    modules = {p.relative_to(web.FOLDER).as_posix() for p in web.FOLDER.rglob("*.js")}
    loaded = {path.split("/", 3)[3] for path in named if path.endswith(".js")}
    assert loaded == modules - {"login.js"}
    own = [p for p in web.FOLDER.rglob("*") if p.is_file() and "vendor" not in p.parts]
    assert not [p for p in own if "https://" in p.read_text("utf-8")]
    assert not [p for p in own if p.suffix == ".js" and p.read_text("utf-8").count("\n") > 300]
    texts = json.dumps(json.loads((web.FOLDER / "app.webmanifest").read_text()))
    assert "opencode" in texts
