"""Behind a company's proxy and its own certificates every client of ours gets through."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from opencode.tests.fakes.company import company
from opencode.tests.fakes.model_client import model_server
from opencode.tests.fakes.toy_mcp_http import serving
from opencode.tests.fakes.toy_web import Answer, toy_web

pytestmark = pytest.mark.slow

CONFIG = """
[provider.work]
base_url = "https://models.company.test/v1"
api_key = "k"
[worker]
keep = "0"
[mcp.servers.wiki]
url = "https://wiki.company.test/mcp"
"""


def run(config: str, whole: str = CONFIG, **env: str) -> subprocess.CompletedProcess[str]:
    user = Path(os.environ["HOME"]) / ".config" / "opencode"
    user.mkdir(parents=True, exist_ok=True)
    (user / "opencode.toml").write_text(whole + config)
    return subprocess.run(
        [sys.executable, "-m", "opencode", "run", "--auto", "-m", "work/m", "Look it up"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        env={**os.environ, **env},
        check=False,
    )


@pytest.mark.parametrize("way", ["variables", "settings"])
def test_models_pages_and_servers_are_reached_through_proxy_and_own_authority(
    way: str, project: Path, tmp_path: Path
) -> None:
    look = {"name": "webfetch", "arguments": {"url": "https://docs.company.test/page"}}
    ask = {"name": "wiki_token", "arguments": {}}
    turns = [{"calls": [look, ask]}, {"text": "Found it."}]
    pages = {"/page": Answer("<p>The answer is 42.</p>")}
    with model_server(turns) as model, toy_web(pages) as web, serving(locked=False) as mcp:
        sites = {
            "models.company.test": model.url,
            "docs.company.test": web.url,
            "wiki.company.test": mcp.base,
        }
        with company(tmp_path, sites) as net:
            if way == "variables":
                done = run("", HTTPS_PROXY=net.proxy, SSL_CERT_FILE=str(net.authority))
            else:
                done = run(f'[network]\nproxy = "{net.proxy}"\ncertificates = "{net.authority}"\n')
        bodies = model.bodies()
    assert done.returncode == 0, done.stderr
    assert "Found it." in done.stdout
    results = [m["content"] for m in bodies[-1]["messages"] if m["role"] == "tool"]
    assert "The answer is 42." in results[0]
    assert len(results) == 2
    assert "error" not in results[1].lower()
    assert set(net.seen) == {f"CONNECT {name}:443" for name in sites}


def test_without_the_authority_nothing_is_sent_and_the_error_names_the_fix(
    project: Path, tmp_path: Path
) -> None:
    with model_server([{"text": "no"}]) as model:
        with company(tmp_path, {"models.company.test": model.url}) as net:
            done = run("", HTTPS_PROXY=net.proxy)
        assert model.requests() == []
    assert done.returncode == 1
    assert "certificate" in done.stderr.lower()
    assert "SSL_CERT_FILE" in done.stderr
    assert "[network] certificates" in done.stderr


def test_a_server_on_this_machine_is_reached_without_the_proxy(
    project: Path, tmp_path: Path
) -> None:
    with (
        model_server([{"text": "Here."}]) as model,
        company(tmp_path, {"x.test": model.url}) as net,
    ):
        near = CONFIG.replace("https://models.company.test", model.url).partition("[mcp")[0]
        done = run("", near, HTTP_PROXY=net.proxy, HTTPS_PROXY=net.proxy)
    assert done.returncode == 0, done.stderr
    assert "Here." in done.stdout
    assert net.seen == []
