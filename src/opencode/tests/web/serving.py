"""A real `opencode serve` around a project and a scripted model service, for a real browser."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opencode.tests.fakes.model_client import ModelServer

PYTHON = Path(__file__).parents[3]


@dataclass(frozen=True)
class Site:
    """A running server; `say` scripts what the model answers next."""

    url: str
    project: Path
    model: ModelServer

    def say(self, *turns: dict[str, Any]) -> None:
        """The next answers of the model; titles are asked for without tools."""
        own = [{"match": '"tools"', **turn} for turn in turns]
        self.model.script(*own, {"text": "A title by the model", "repeat": True})

    def heard(self) -> str:
        """The last conversation the model was sent."""
        return str(self.asked())

    def asked(self) -> dict[str, Any]:
        """The last request to the model that was no errand."""
        return [body for body in self.model.bodies() if "tools" in body][-1]


@contextmanager
def site(
    folder: Path,
    model: ModelServer,
    password: str = "",
    settings: tuple[str, str] = ("", ""),
) -> Iterator[Site]:
    """`opencode serve` as a child process, with a home of its own; it ends with the block. The
    settings are what the person's file begins and ends with besides the toy model."""
    project, home = folder / "project", folder / "home"
    (project / "src").mkdir(parents=True)
    own = home / ".config" / "opencode"
    own.mkdir(parents=True)
    (project / "README.md").write_text("# Toy\n\nA *small* project.\n")
    (project / "to do.txt").write_text("Nothing.\n")
    (project / "src" / "greet.py").write_text(
        'def greet(name):\n    """Say hello."""\n    return "Hello " + name\n'
    )
    (own / "opencode.toml").write_text(
        f'{settings[0]}model = "toy/m"\n[provider.toy]\nbase_url = "{model.url}/v1"\n'
        'kind = "openai"\napi_key = "k"\n[provider.toy.models.m]\nname = "Toy M"\nwindow = 100000\n'
        "input_price = 1.0\noutput_price = 2.0\n"
        '[provider.toy.models.n]\nname = "Toy N"\nwindow = 100000\n'
        '[permission]\nbash = "ask"\nedit = "ask"\n' + settings[1]
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(PYTHON),
        "XDG_RUNTIME_DIR": os.environ["XDG_RUNTIME_DIR"],
        "OPENCODE_SERVER_PASSWORD": password,
        "LANG": "en_US.UTF-8",
    }
    command = [sys.executable, "-m", "opencode", "serve", "--dir", str(project)]
    command += ["--allow-host", "127.0.0.1"]
    log = folder / "stderr"
    with (
        log.open("wb") as complaints,
        subprocess.Popen(
            [*command, "--port", str(_free_port())],
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            env=environment,
            cwd=project,
        ) as process,
    ):
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert line, log.read_text()
            yield Site(line.split()[-1], project, model)
        finally:
            process.terminate()
            process.wait(10)


def _free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
