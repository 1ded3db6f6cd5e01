import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from opencode.core.delta import TextDelta
from opencode.providers.worker.frames import Hello, pack
from opencode.providers.worker.launch import environment, keep_seconds
from opencode.providers.worker.remote import Remote
from opencode.tests.fakes.model_client import ModelServer, model_server
from opencode.tests.integration.worker_room import (
    MODELS,
    answer_of,
    collect,
    request,
    retries_of,
    router,
    text_of,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="workers are not shared on Windows")


@pytest.fixture(scope="module")
def service() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Short, since the address of a socket must be: beyond that workers are not shared."""
    return tmp_path_factory.mktemp("w") / "run"


async def until(claim: Callable[[], object], patience: float = 20.0) -> bool:
    deadline = time.monotonic() + patience
    while not claim():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_a_worker_is_shared_private_alone_with_its_network_and_replaced_when_killed(
    service: ModelServer, runtime: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / ".env").write_text(
        f"OPENAI_API_BASE={service.url}/planted\nOPENAI_API_KEY=planted\n"
    )
    (project / "litellm.py").write_text("raise SystemExit('a project file was imported')\n")
    (project / "msgspec.py").write_text("raise SystemExit('a project file was imported')\n")
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.setblocking(False)
        proxy = f"http://127.0.0.1:{trap.getsockname()[1]}"
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("ANTHROPIC_API_KEY", "a key of the environment")
        monkeypatch.setenv("PYTHONPATH", str(project))
        env = dict(os.environ)
        one, two = (Remote(_made(runtime), keep_seconds("20s"), env) for _ in range(2))
        first, second = await asyncio.gather(one.ping(), two.ping())
        assert first.pid == second.pid
        assert [path.suffix for path in runtime.iterdir()].count(".sock") == 1
        assert {path.stat().st_mode & 0o777 for path in runtime.iterdir()} == {0o600}
        assert runtime.stat().st_mode & 0o777 == 0o700
        if sys.platform == "linux":
            assert Path(f"/proc/{first.pid}/cwd").readlink() == runtime
            assert b"API_KEY" not in Path(f"/proc/{first.pid}/environ").read_bytes()

        async with router(runtime, service.url, env=env, max_tries=2) as opened:
            service.script({"text": "ready"})
            assert text_of(await collect(opened, request(MODELS["chat"]))) == "ready"
            assert service.requests()[0]["path"] == "/v1/chat/completions"
            with pytest.raises(BlockingIOError):
                trap.accept()
            assert (await two.ping()).ready
            assert await _is_refused(runtime, "0" * 64)

            service.script(
                {"text": ["half ", "of it"], "fault": {"kind": "silence", "after": 2}},
                {"text": "whole"},
            )
            seen = []
            async with aclosing(opened.stream(request(MODELS["chat"]))) as deltas:
                async for delta in deltas:
                    if isinstance(delta, TextDelta) and not seen:
                        os.kill(first.pid, signal.SIGKILL)
                    seen.append(delta)
            assert retries_of(seen) == [1]
            assert answer_of(seen).text == "whole"
            assert await until(lambda: is_gone(first.pid))
            third, fourth = await asyncio.gather(one.ping(), two.ping())
            assert third.pid == fourth.pid != first.pid
        await asyncio.gather(one.close(), two.close())


def _made(runtime: Path) -> Path:
    runtime.mkdir(mode=0o700, exist_ok=True)
    return runtime


async def _is_refused(runtime: Path, secret: str) -> bool:
    (path,) = runtime.glob("*.sock")
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(pack(Hello(secret)))
    told = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return told == b""


@pytest.mark.slow
async def test_a_worker_ends_itself_after_its_rest_and_the_next_call_starts_another(
    runtime: Path,
) -> None:
    remote = Remote(_made(runtime), keep_seconds("3s"), dict(os.environ))
    pid = (await remote.ping()).pid
    assert await until(lambda: is_gone(pid))
    assert await until(lambda: not Path(f"/proc/{pid}").exists())  # not even as a zombie
    assert not list(runtime.glob("*.sock"))
    again = await remote.ping()
    assert again.pid != pid
    await remote.close()
    assert await until(lambda: is_gone(again.pid))


OWNER = """
import asyncio, os, sys
from pathlib import Path
from opencode.providers.worker.remote import Remote
async def main():
    remote = Remote(Path(sys.argv[1]), 0.0, dict(os.environ))
    print((await remote.ping()).pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
async def test_a_worker_that_is_not_kept_dies_with_its_killed_owner(runtime: Path) -> None:
    command = [sys.executable, "-c", OWNER, str(_made(runtime))]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment(os.environ)}
    ) as owner:
        assert owner.stdout is not None
        pid = int(await asyncio.to_thread(owner.stdout.readline))
        assert not is_gone(pid)
        owner.kill()
    assert await until(lambda: is_gone(pid))


@pytest.mark.slow
async def test_a_worker_of_ones_own_over_pipes_ends_with_the_block(
    service: ModelServer, runtime: Path
) -> None:
    service.script({"text": ["by ", "pipe"]})
    async with router(runtime, service.url, keep="0") as opened:
        assert text_of(await collect(opened, request(MODELS["chat"]))) == "by pipe"
        assert not list(runtime.glob("*.sock"))


async def test_the_keyless_rules_start_no_worker(runtime: Path) -> None:
    async with router(runtime, "") as opened:
        await opened.start("offline/rules")
        assert [model.id for model in await opened.models()][-1].startswith("offline/")
        assert not list(runtime.glob("worker-*"))
