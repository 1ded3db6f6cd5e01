import socket
from pathlib import Path

import msgspec
import pytest

from opencode.cli.main import app
from opencode.cli.shared.output import run_command
from opencode.config import keys, paths


def seen(
    capsys: pytest.CaptureFixture[str], *options: str
) -> tuple[int, dict[str, dict[str, str]]]:
    code = run_command(app, ["doctor", "--json", *options])
    found = msgspec.json.decode(capsys.readouterr().out)
    return code, {f"{one['group']}/{one['name']}": one for one in found}


def test_a_bare_machine_is_told_what_works_and_how_to_get_a_model(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = seen(capsys)
    assert code == 0
    assert found["models/keys"]["state"] == "warn"
    assert "opencode auth login" in found["models/keys"]["fix"]
    assert found["models/default"]["detail"] == "offline/rules"
    assert found["programs/git"]["state"] == "ok"
    assert found["folders/data"]["detail"] == str(paths.data_dir())
    assert not paths.data_dir().exists()
    assert run_command(app, ["doctor"]) == 0
    assert "0 failed" in capsys.readouterr().out


def test_keys_are_named_by_where_they_are_and_never_shown(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k-very-secret-one")
    keys.save_key("openai", "k-very-secret-two")
    _, found = seen(capsys)
    assert found["models/anthropic"]["detail"] == "key in ANTHROPIC_API_KEY"
    assert found["models/openai"]["detail"] == "key stored"
    assert "secret" not in str(found)
    paths.auth_file().chmod(0o644)
    code, found = seen(capsys)
    assert (code, found["folders/keys"]["state"]) == (1, "fail")
    assert found["folders/keys"]["fix"].startswith("chmod 600")


def test_what_the_settings_ask_for_and_is_not_there_fails_with_its_fix(
    project: Path, alone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths.config_dir().mkdir(parents=True)
    (paths.config_dir() / "opencode.toml").write_text(
        '[provider.openai]\nmodel = "gpt-4o"\n'
        '[mcp.servers.gone]\ncommand = "no-such-program-here"\n'
        '[mcp.servers.far]\nurl = "http://127.0.0.1:9/mcp"\n'
    )
    code, found = seen(capsys)
    assert code == 1
    assert "OPENAI_API_KEY" in found["models/openai"]["fix"]
    assert "not on PATH" in found["mcp/gone"]["detail"]
    assert found["mcp/far"]["state"] == "off"


def test_a_broken_file_is_the_finding_that_names_its_line(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "opencode.toml").write_text("[ui\n")
    code, found = seen(capsys)
    assert code == 1
    assert f"{project}/opencode.toml:1" in found["settings/files"]["detail"]


def test_a_model_server_on_this_machine_is_found_by_its_port(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{server.getsockname()[1]}")
        _, found = seen(capsys)
        assert found["models/ollama"]["state"] == "ok"
    _, found = seen(capsys)
    assert found["models/ollama"]["state"] == "off"


def test_a_certificate_file_that_is_none_fails(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "ca.pem").write_text("nothing")
    monkeypatch.setenv("CURL_CA_BUNDLE", str(project / "ca.pem"))
    code, found = seen(capsys)
    assert (code, found["network/CURL_CA_BUNDLE"]["state"]) == (1, "fail")
