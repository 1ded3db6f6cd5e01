"""Which hosts a run contacts: every connection and every lookup of it and its worker is noted."""

import os
import subprocess
import sys
from pathlib import Path

import opencode
from opencode.tests.fakes.model_client import model_server

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


def hosts_of(folder: Path, config: str, *words: str) -> tuple[set[str], str]:
    """Every address that was looked up or connected to, and what was printed."""
    site, notes = folder / "site", folder / "notes"
    site.mkdir(parents=True)
    (site / "opencode").symlink_to(Path(opencode.__file__).parent)
    (site / "sitecustomize.py").write_text(f"NOTES = {str(notes)!r}\n{GUARD}")
    user = Path(os.environ["HOME"]) / ".config" / "opencode"
    user.mkdir(parents=True, exist_ok=True)
    (user / "opencode.toml").write_text(config)
    done = subprocess.run(
        [sys.executable, "-m", "opencode", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        env={**os.environ, "PYTHONPATH": str(site)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(notes.read_text().split() if notes.exists() else ()), done.stdout


def test_a_run_contacts_the_chosen_provider_and_nobody_else(project: Path, tmp_path: Path) -> None:
    with model_server([{"text": "Hello."}]) as one, model_server() as two:
        config = CONFIG.format(one=one.url, two=two.url)
        hosts, said = hosts_of(tmp_path, config, "run", "-m", "one/m", "Say hello")
    assert "Hello." in said
    assert hosts == {one.url.removeprefix("http://")}


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
