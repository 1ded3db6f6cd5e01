"""Which hosts a run contacts: every connection and every lookup of it and its worker is noted."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

import opencode
from opencode.tests.fakes.model_client import model_server
from opencode.tests.tui.on_pty import Terminal

pytestmark = pytest.mark.slow

GUARD = """
import os, sys

def note(event, args):
    if event in ("socket.connect", "socket.sendto"):
        said = args[1]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        said = args
    else:
        return
    if isinstance(said, tuple):  # sockets with a path lead nowhere
        with open(os.environ.get("NOTES") or NOTES, "a") as file:
            host = said[0].decode() if isinstance(said[0], bytes) else said[0]
            file.write(f"{host}:{said[1] if len(said) > 1 else 0}\\n")

sys.addaudithook(note)
"""
CONFIG = """
[provider.one]
base_url = "{one}/v1"
[provider.two]
base_url = "{two}/v1"
[agent.general]
model = "two/n"
[worker]
keep = "0"
"""


def noted(folder: Path, config: str) -> tuple[dict[str, str], Path]:
    """An environment in which our program notes every address it looks up or connects to."""
    site, notes = folder / "site", folder / "notes"
    site.mkdir(parents=True)
    notes.touch()
    (site / "opencode").symlink_to(Path(opencode.__file__).parent)
    (folder / "locales").symlink_to(Path(opencode.__file__).parents[2] / "locales")
    (site / "sitecustomize.py").write_text(f"NOTES = {str(notes)!r}\n{GUARD}")
    user = Path(os.environ["HOME"]) / ".config" / "opencode"
    user.mkdir(parents=True, exist_ok=True)
    (user / "opencode.toml").write_text(config)
    return {**os.environ, "PYTHONPATH": str(site)}, notes


def hosts_of(folder: Path, config: str, *words: str) -> tuple[set[str], str]:
    """Every address that was looked up or connected to, and what was printed."""
    environment, notes = noted(folder, config)
    done = subprocess.run(
        [sys.executable, "-m", "opencode", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(notes.read_text().split()), done.stdout


def test_offline_keeps_pages_servers_and_other_providers_out(project: Path, tmp_path: Path) -> None:
    calls = [
        {"name": "webfetch", "arguments": {"url": "https://example.com/"}},
        {"name": "task", "arguments": {"prompt": "Look", "agent": "general"}},
    ]
    turns = [{"calls": calls}, {"text": "Looked."}, {"text": "Done."}]
    with model_server(turns) as one, model_server() as two:
        config = "offline = true\n" + CONFIG.format(one=one.url, two=two.url)
        config += '[mcp.servers.far]\nurl = "https://mcp.example.com/mcp"\n'
        hosts, said = hosts_of(tmp_path, config, "run", "--auto", "-m", "one/m", "Look")
        bodies = one.bodies()
    assert "Done." in said
    assert hosts == {one.url.removeprefix("http://")}
    assert "webfetch" not in [tool["function"]["name"] for tool in bodies[0]["tools"]]
    assert len(bodies) == 3


def test_the_keyless_rules_contact_nobody(project: Path, tmp_path: Path) -> None:
    (project / "a.txt").write_text("TODO\n")
    hosts, said = hosts_of(tmp_path, "", "run", "Find all TODO comments in the codebase")
    assert "a.txt" in said
    assert hosts == set()


FAR = """
offline = true
[provider.ollama]
base_url = "http://ollama.example.com:11434"
[mcp.servers.far]
url = "https://mcp.example.com/mcp"
"""


def test_a_server_that_is_offline_asks_for_no_models_elsewhere(
    project: Path, tmp_path: Path
) -> None:
    with model_server() as one:
        config = FAR + CONFIG.format(one=one.url, two="https://two.example.com")
        environment, notes = noted(tmp_path, config)
        command = [sys.executable, "-m", "opencode", "serve", "--port", "0", "-m", "one/m"]
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            try:
                assert process.stdout
                with httpx.Client(base_url=process.stdout.readline().split()[-1], timeout=40) as at:
                    listed = at.get("/config/providers").json()["providers"]
                    assert at.post("/session", json={}).status_code == 200
            finally:
                process.terminate()
        hosts = set(notes.read_text().split())
    assert "one" in {entry["id"] for entry in listed}
    assert one.url.removeprefix("http://") in hosts, "a server here is asked what it serves"
    assert {host.rpartition(":")[0] for host in hosts} == {"127.0.0.1"}, hosts


def test_the_app_contacts_the_chosen_provider_and_nobody_else(
    project: Path, tmp_path: Path
) -> None:
    with model_server([{"text": "Hello.", "repeat": True}]) as one:
        config = CONFIG.format(one=one.url, two="https://two.example.com")
        environment, notes = noted(tmp_path, config)
        command = [sys.executable, "-m", "opencode", "-m", "one/m", "--prompt", "Say hello"]
        app = Terminal(command=command, **environment)
        try:
            app.see("Hello.")
            app.press(b"\x11")
            assert app.end() == 0
        finally:
            app.close()
        assert set(notes.read_text().split()) == {one.url.removeprefix("http://")}
