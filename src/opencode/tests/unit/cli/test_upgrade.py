import base64
import hashlib
import os
import site
import subprocess
import threading
import venv
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import opencode
from opencode.cli.main import app
from opencode.cli.shared.output import run_command
from opencode.config import paths
from opencode.host.installation import PACKAGE, Installation

SOURCE = str(Path(opencode.__file__).parents[1])
RUN = "import sys; from opencode.__main__ import main; main()"


def wheel(folder: Path, version: str) -> Path:
    """A wheel of that version with nothing in it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"opencode_textual-{version}-py3-none-any.whl"
    info = f"opencode_textual-{version}.dist-info"
    files = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: opencode-textual\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = ""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
            rows += f"{name},sha256={digest.decode()},{len(text)}\n"
            archive.writestr(name, text)
        archive.writestr(f"{info}/RECORD", f"{rows}{info}/RECORD,,\n")
    return path


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        del format, args


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    wheel(tmp_path / "index" / "opencode-textual", "0.0.2")
    handler = partial(_Quiet, directory=str(tmp_path / "index"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def environment(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """An environment with version 0.0.1, installed by pip, that runs our code."""
    folder = tmp_path / "env"
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    old = wheel(tmp_path / "old", "0.0.1")
    install = [python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", old]
    subprocess.run(install, check=True, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    own = subprocess.run(
        [python, "-c", "import site; print(site.getsitepackages()[-1])"],
        capture_output=True,
        text=True,
        check=True,
    )
    more = "\n".join([SOURCE, *site.getsitepackages()])
    (Path(own.stdout.strip()) / "ours.pth").write_text(more)
    return python, {**os.environ, "PIP_NO_DEPS": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@pytest.mark.slow
def test_an_upgrade_brings_the_version_of_the_index_and_uninstall_takes_it_away(
    index: str, environment: tuple[Path, dict[str, str]], project: Path
) -> None:
    python, env = environment
    env["PIP_INDEX_URL"] = index

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, "-c", RUN, *words], env=env, cwd=project, capture_output=True, text=True
        )

    before = call("upgrade", "--dry-run")
    assert "opencode 0.0.1, installed by pip" in before.stdout
    done = call("upgrade")
    assert "It is 0.0.2 now." in done.stdout, done.stderr
    assert "0.0.2 is what there is already" in call("upgrade", "0.0.2").stdout
    missing = call("upgrade", "9.9")
    assert missing.returncode == 1
    assert "failed with code" in missing.stderr
    assert "Traceback" not in missing.stderr
    gone = call("uninstall", "--yes")
    assert "Removed." in gone.stdout, gone.stderr
    assert "installed by checkout" in call("upgrade", "--dry-run").stdout


@pytest.mark.parametrize(
    ("kind", "upgrade", "wanted"),
    [
        (
            "uv tool",
            "uv tool upgrade opencode-textual",
            "uv tool install --force opencode-textual==2",
        ),
        ("pipx", "pipx upgrade opencode-textual", "pipx install --force opencode-textual==2"),
        ("checkout", "git -C here pull --ff-only", "git -C here fetch --tags"),
    ],
)
def test_each_way_to_be_installed_has_its_commands(kind: str, upgrade: str, wanted: str) -> None:
    found = Installation(kind, Path("here"), "1")  # pyright: ignore[reportArgumentType]
    assert " ".join(found.upgrade()[0]) == upgrade.replace("NAME", PACKAGE)
    assert " ".join(found.upgrade("2")[0]) == wanted.replace("NAME", PACKAGE)


def test_what_is_no_version_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(app, ["upgrade", "--dry-run", "--", "-e evil"]) == 2
    assert "is no version" in capsys.readouterr().err


def test_uninstall_keeps_sessions_and_settings_unless_told(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in (paths.data_dir(), paths.config_dir(), paths.cache_dir(), paths.log_dir()):
        folder.mkdir(parents=True)
        (folder / "file").touch()
    assert run_command(app, ["uninstall", "--dry-run", "--data", "--config"]) == 0
    assert (paths.cache_dir() / "file").exists()
    assert run_command(app, ["uninstall"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert run_command(app, ["uninstall", "--yes"]) == 0
    assert not paths.cache_dir().exists()
    assert not paths.state_dir().exists()
    assert (paths.data_dir() / "file").exists()
    assert (paths.config_dir() / "file").exists()
    assert run_command(app, ["uninstall", "--yes", "--data", "--config"]) == 0
    assert not paths.data_dir().exists()
    assert not paths.config_dir().exists()


def test_a_data_folder_of_the_users_choice_is_left_alone(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "log").mkdir()
    monkeypatch.setenv("OPENCODE_DATA_DIR", str(project))
    assert run_command(app, ["uninstall", "--yes", "--data"]) == 0
    assert (project / "log").exists()
    assert "remove it yourself" in capsys.readouterr().out
