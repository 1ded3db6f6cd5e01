import os
import subprocess
import sys
from pathlib import Path

import pytest

import opencode
from opencode.config import keys, paths, secrets
from opencode.core.error import ConfigError, UsageError


def test_the_environment_comes_before_the_stored_key() -> None:
    keys.save_key("openai", "stored\n")
    names = ("MY_KEY", "OPENAI_API_KEY")
    assert secrets.lookup("openai", names, {}) == "stored"
    assert secrets.lookup("openai", names, {"OPENAI_API_KEY": " env ", "MY_KEY": ""}) == "env"
    assert secrets.lookup("other", names, {}) == ""


@pytest.mark.skipif(os.name == "nt", reason="no modes there")
def test_the_file_is_for_its_owner_alone() -> None:
    keys.save_key("a", "k1")
    paths.auth_file().chmod(0o644)
    keys.save_key("b", "k2")
    assert paths.auth_file().stat().st_mode & 0o777 == 0o600


def test_removing_forgets_one_and_keeps_what_it_does_not_know() -> None:
    path = paths.auth_file()
    path.parent.mkdir(parents=True)
    path.write_text('{"copilot": {"type": "oauth", "refresh": "r"}}')
    keys.save_key("a", "k1")
    assert keys.remove_key("a")
    assert not keys.remove_key("a")
    assert secrets.read_auth() == {"copilot": {"type": "oauth", "refresh": "r"}}
    assert secrets.stored_keys() == {}


@pytest.mark.parametrize("key", ["", "  ", "two words", "a\nb"])
def test_what_cannot_be_a_key_is_refused(key: str) -> None:
    with pytest.raises(UsageError):
        keys.save_key("a", key)
    assert not paths.auth_file().exists()


def test_a_damaged_file_is_named_and_never_overwritten() -> None:
    path = paths.auth_file()
    path.parent.mkdir(parents=True)
    path.write_text("{")
    with pytest.raises(ConfigError, match="damaged") as caught:
        keys.save_key("a", "k1")
    assert caught.value.file == str(path)
    assert path.read_text() == "{"


def test_many_processes_lose_no_key() -> None:
    code = (
        "import sys; from opencode.config.keys import save_key; "
        "[save_key(f'{sys.argv[1]}-{n}', 'key') for n in range(5)]"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(opencode.__file__).parents[1])}
    workers = [subprocess.Popen([sys.executable, "-c", code, str(n)], env=env) for n in range(4)]
    assert [worker.wait() for worker in workers] == [0] * 4
    assert len(secrets.stored_keys()) == 20
