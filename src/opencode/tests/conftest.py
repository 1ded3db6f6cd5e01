"""Every test has a home, a working directory and a data folder of its own, and no keys."""

import gc
import os
import signal
from pathlib import Path

import pytest

_OURS = ("OPENCODE_", "ANTHROPIC_", "OPENAI_", "GOOGLE_", "GEMINI_", "OLLAMA_", "AWS_", "AZURE_")
_ALSO = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir")
_ALSO += ("requests_ca_bundle", "curl_ca_bundle", "node_extra_ca_certs", "no_color")


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # started in the background of a shell,
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which children would inherit


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A machine that was set up for everything runs everything."""
    items.sort(key=lambda item: item.path)
    if (Path(__file__).parents[3] / "tools-real").is_dir():
        return
    skip = pytest.mark.skip(reason="takes long, runs after make setup-real")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


def pytest_collection(session: pytest.Session) -> None:
    """Reading the tests makes no garbage worth a search. Processes that run them side by side
    begin at different files, so that on a fresh machine each file is compiled once, not by all."""
    gc.disable()
    of = getattr(session.config, "workerinput", None)
    if of is None or session.config.args_source != pytest.Config.ArgsSource.TESTPATHS:
        return
    files = sorted(str(one) for one in Path(__file__).parent.rglob("test_*.py"))
    start = len(files) * int(of["workerid"].removeprefix("gw")) // of["workercount"]
    session.config.args = [*files[start:], *files[:start]]


def pytest_collection_finish() -> None:
    """What was collected stays: the search for garbage passes it by, and comes less often."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where sockets lie. The model worker takes seconds to start: all tests of a run, and every
    program they start, share one."""
    base = tmp_path_factory.getbasetemp()
    login = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "run"
    login.mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(login)
    return login / "opencode"


@pytest.fixture(autouse=True)
def alone(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(_OURS) or name.lower() in _ALSO or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (home / ".gitconfig").write_text(
        "[user]\n\tname = A Tester\n\temail = tester@example.invalid\n"
        "[init]\n\tdefaultBranch = main\n"
    )
    return home


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder
