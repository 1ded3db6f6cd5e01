import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from opencode.cli.main import app
from opencode.cli.shared.output import run_command
from opencode.config import paths


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    assert run_command(app, ["models", "--json", *words]) == 0
    return msgspec.json.decode(capsys.readouterr().out)


def user(text: str) -> None:
    paths.config_dir().mkdir(parents=True, exist_ok=True)
    (paths.config_dir() / "opencode.toml").write_text(text)


class _Serving(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        good = self.path == "/v1/models" and self.headers["Authorization"] == "Bearer k-of-mine"
        body = json.dumps({"data": [{"id": "served-by-it"}]} if good else {"error": "no"}).encode()
        self.send_response(200 if good else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@pytest.fixture
def service() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Serving) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()
        thread.join()


def test_without_a_key_the_keyless_default_is_listed_and_the_way_to_more_is_said(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(app, ["models"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[-1].startswith("offline/rules")
    assert "opencode auth login" in told.err
    assert run_command(app, ["models", "openai"]) == 0
    assert "OPENAI_API_KEY" in capsys.readouterr().err


def test_models_are_found_by_provider_words_and_abilities(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    everything = listed(capsys)
    assert {str(one["id"]).partition("/")[0] for one in everything} >= {"anthropic", "openai"}
    found = listed(capsys, "anthropic", "--filter", "SONNET 4-5", "--vision", "--reasoning")
    assert {str(one["id"]) for one in found} >= {"anthropic/claude-sonnet-4-5"}
    assert all("sonnet" in str(one["id"]) and one["can_see"] for one in found)
    assert run_command(app, ["models", "--names", "--filter", "claude-sonnet-4-5"]) == 0
    assert "anthropic/claude-sonnet-4-5" in capsys.readouterr().out.splitlines()
    assert run_command(app, ["models", "anthropic"]) == 0
    (line,) = [
        line
        for line in capsys.readouterr().out.splitlines()
        if line.split()[0] == "anthropic/claude-sonnet-4-5"
    ]
    assert line.split()[1:5] == ["200k", "64k", "3.00", "15.00"]


def test_facts_of_the_settings_win_and_unknown_prices_are_unknown(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    user(
        '[provider.mine]\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "small"\n'
        "[provider.mine.models.big]\nwindow = 2000000\ninput_price = 1.5\n"
    )
    found = {one["id"]: one for one in listed(capsys, "mine")}
    assert (found["mine/big"]["window"], found["mine/big"]["input_price"]) == (2000000, 1.5)
    assert found["mine/small"]["input_price"] is None
    assert run_command(app, ["models", "mine"]) == 0
    assert " ? " in capsys.readouterr().out


def test_refresh_asks_a_service_what_it_serves(
    service: str, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    user(f'[provider.mine]\nbase_url = "{service}"\napi_key_env = "MINE_KEY"\n')
    monkeypatch.setenv("MINE_KEY", "k-of-mine")
    assert [one["id"] for one in listed(capsys, "mine", "--refresh")] == ["mine/served-by-it"]
    monkeypatch.setenv("MINE_KEY", "k-of-yours")
    assert run_command(app, ["models", "mine", "--refresh"]) == 0
    assert "answered 401" in capsys.readouterr().err


def test_a_provider_that_does_not_exist_names_the_nearest(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(app, ["models", "anthropc"]) == 2
    assert "did you mean anthropic?" in capsys.readouterr().err
