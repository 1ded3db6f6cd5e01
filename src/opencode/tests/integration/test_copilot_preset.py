"""`opencode server-openai --preset copilot`, the program itself, on a scripted Copilot."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from opencode.tests.fakes.model_client import ModelServer, model_server

IGNORED: dict[str, Any] = {
    "temperature": 1.0,
    "max_tokens": 10,
    "max_completion_tokens": 10,
    "top_p": 0.5,
    "n": 3,
    "stop": ["END"],
    "presence_penalty": 0.1,
    "frequency_penalty": 0.1,
    "logit_bias": {},
    "user": "somebody",
    "logprobs": True,
    "top_logprobs": 3,
    "seed": 1,
    "tools": [{"type": "function", "function": {"name": "f"}}, {"type": "odd"}],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "stream_options": {"include_usage": True},
    "foo": 1,
}


@dataclass(frozen=True)
class Preset:
    url: str
    model: ModelServer
    log: Path
    terminal: Path


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preset]:
    home = tmp_path_factory.mktemp("preset")
    settings, log, shown = home / ".config" / "opencode", home / "requests.log", home / "shown"
    settings.mkdir(parents=True)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    with model_server() as model:
        (settings / "opencode.toml").write_text(
            '[provider.github-copilot]\napi_key = "gho_lasting"\n'
            "[provider.github-copilot.options]\n"
            f'enterpriseUrl = "{model.url}"\nbaseURL = "{model.url}"\n'
        )
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "PYTHONPATH": str(Path(__file__).parents[3]),
            "XDG_RUNTIME_DIR": os.environ["XDG_RUNTIME_DIR"],
        }
        command = [sys.executable, "-m", "opencode", "server-openai", "--preset", "copilot"]
        command += ["--port", str(port), "--log-file", str(log)]
        with (
            shown.open("wb") as terminal,
            subprocess.Popen(
                command, env=environment, cwd=home, stdout=terminal, stderr=terminal
            ) as process,
        ):
            try:
                url = f"http://127.0.0.1:{port}"
                _until_it_answers(url, process)
                yield Preset(url, model, log, shown)
            finally:
                process.terminate()
                process.wait(10)


def _until_it_answers(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/health")
            return
        except httpx.ConnectError:
            time.sleep(0.05)
    raise AssertionError("it does not start")


def ask(at: Preset, model: str, authorization: str = "", **more: Any) -> httpx.Response:
    body = {"model": model, "messages": [{"role": "user", "content": "Hello!"}], **more}
    headers = {"authorization": authorization} if authorization else {}
    return httpx.post(f"{at.url}/v1/chat/completions", json=body, headers=headers, timeout=30)


def served(at: Preset) -> dict[str, Any]:
    return [one["body"] for one in at.model.requests() if one["wire"]][-1]


def test_any_name_is_served_by_copilots_model_and_echoed(at: Preset) -> None:
    for name in ("gpt-4.1", "whatever", "openai/gpt-4o", "a/b/c"):
        at.model.script({"text": "Hello there"})
        answer = ask(at, name).json()
        assert list(answer)[:5] == ["id", "object", "created", "model", "choices"]
        assert re.fullmatch("chatcmpl-[0-9a-f]{8,}", answer["id"])
        assert answer["model"] == name
        assert answer["choices"][0]["message"]["content"] == "Hello there"
        assert served(at)["model"] == "gpt-4.1"
    heard = [one for one in at.model.requests() if one["wire"]][-1]
    assert heard["headers"]["copilot-integration-id"] == "vscode-chat"


def test_any_authorization_is_taken(at: Preset) -> None:
    for header in ("", "Bearer x", "garbage", "Basic !!!"):
        at.model.script({"text": "Hello there"})
        assert ask(at, "gpt-4.1", header).status_code == 200


def test_what_is_to_be_ignored_is_ignored(at: Preset) -> None:
    at.model.script({"text": "Hello there"}, {"text": "Hello again"})
    assert ask(at, "gpt-4.1").status_code == 200
    plain = served(at)
    answer = ask(at, "gpt-4.1", **IGNORED)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["choices"]) == 1
    assert served(at) == plain
    at.model.script({"text": ["Hello ", "streamed"], "usage": {"input": 3, "output": 2}})
    streamed = ask(at, "gpt-4.1", stream=True, **IGNORED).text
    assert '"total_tokens":5' in streamed
    assert streamed.endswith("data: [DONE]\n\n")


def test_each_request_is_one_line_of_the_log_and_the_terminal_without_words_or_keys(
    at: Preset,
) -> None:
    at.model.script({"text": "Said by the model"}, {"status": 500, "repeat": True})
    ask(at, "odd\nname", "Bearer sk-mine")
    lines = at.log.read_text().splitlines()
    assert "model=odd?name served=github-copilot/gpt-4.1 seconds=" in lines[-1]
    assert lines[-1].endswith("outcome=ok")
    assert lines[-1] in at.terminal.read_text()
    for secret in ("sk-mine", "gho_lasting", "Hello!", "Said by"):
        assert secret not in at.log.read_text() + at.terminal.read_text()


def test_health_and_models_are_there_without_a_key(at: Preset) -> None:
    assert httpx.get(f"{at.url}/health").json()["status"] == "ok"
    listed = httpx.get(f"{at.url}/v1/models").json()
    assert "gpt-4.1" in [one["id"] for one in listed["data"]]
    foreign = httpx.get(f"{at.url}/v1/models", headers={"origin": "http://evil.example"})
    assert foreign.status_code == 403


def test_a_usual_port_that_is_taken_is_an_error_since_callers_know_one_address(
    tmp_path: Path,
) -> None:
    with socket.socket() as other:
        if other.connect_ex(("127.0.0.1", 4040)):  # whoever has it, it is taken
            other.close()
        holder = socket.create_server(("127.0.0.1", 4040)) if other.fileno() < 0 else other
        with holder:
            ran = subprocess.run(
                [sys.executable, "-m", "opencode", "server-openai"],
                env={**os.environ, "HOME": str(tmp_path)},
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=60,
            )
    assert ran.returncode == 1
    assert "Port 4040 on 127.0.0.1 is in use" in ran.stderr
    assert "--port" in ran.stderr
