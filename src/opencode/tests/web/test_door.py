import json

import httpx

from opencode import web
from opencode.tests.web.serving import Site


def test_without_the_password_nothing_is_answered_but_the_form(locked_site: Site) -> None:
    with httpx.Client(base_url=locked_site.url) as http:
        for path in ("/", "/web/js/app.js", "/web/events", "/web/sessions", "/web/texts/en"):
            refused = http.get(path)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith("Basic")
        for path in ("/web/login.css", "/web/login.js", "/web/icon.svg"):
            assert http.get(path).status_code == 200
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
        for path in ("/web/../__init__.py", "/web/%2e%2e/__init__.py", "/web/none.js", "/web/js"):
            assert http.get(path).status_code == 404
        assert http.post("/web/login").status_code == 204
        assert "set-cookie" not in http.post("/web/login").headers
    own = [p for p in web.FOLDER.rglob("*") if p.is_file() and "vendor" not in p.parts]
    assert not [p for p in own if "https://" in p.read_text("utf-8")]
    assert not [p for p in own if p.suffix == ".js" and p.read_text("utf-8").count("\n") > 300]
    texts = json.dumps(json.loads((web.FOLDER / "app.webmanifest").read_text()))
    assert "opencode" in texts
