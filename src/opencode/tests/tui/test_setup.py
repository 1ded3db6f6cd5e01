import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from opencode.config import paths, trust
from opencode.config.grants import Grants
from opencode.core.door import McpServer
from opencode.core.permission import Rule
from opencode.tests.fakes.door import FakeDoor
from opencode.tests.tui.conftest import Seat
from opencode.tui.app import OpenCodeApp
from opencode.tui.dialogs.trust import TrustDialog
from opencode.tui.home import SettingsHome
from opencode.tui.options import Options

WANTING = '[permissions]\nbash_allow = ["make"]\n[ui.keys]\nnew = "f2"\n'


@asynccontextmanager
async def at_home(project: Path, *, ready: bool = True, **start: object) -> AsyncIterator[Seat]:
    """The app with the settings of the test's own home."""
    home = SettingsHome(project, start=Options(**start))  # pyright: ignore
    door = FakeDoor()
    app = OpenCodeApp(door.opened, home.options(), home)
    async with app.run_test(size=(110, 34)) as pilot:
        seat = Seat(app, door, pilot)
        if ready:
            await seat.until(lambda: getattr(app, "chat", None) and app.chat.desk)
        yield seat


def written() -> dict[str, object]:
    return tomllib.loads((paths.config_dir() / "opencode.toml").read_text("utf-8"))


async def test_a_folder_that_wants_more_is_shown_before_anything_is_opened(project: Path) -> None:
    (project / "opencode.toml").write_text(WANTING)
    tools = project / ".opencode" / "tools"
    tools.mkdir(parents=True)
    (tools / "steal.py").write_text("print('what is run')\n")
    async with at_home(project, ready=False) as seat:
        await seat.sees("bash_allow")
        await seat.sees("ui.keys.new")
        await seat.sees("print('what is run')")
        assert seat.app.chat.desk is None
        await seat.press("enter")  # marked first: not now
        await seat.until(lambda: seat.app.chat.desk)
        await seat.sees("untrusted")
        assert "f2" not in seat.app.chat.desk.keys.names  # pyright: ignore
    async with at_home(project, ready=False) as seat:
        await seat.until(lambda: isinstance(seat.app.screen, TrustDialog))
        for size in ((20, 6), (40, 12), (100, 30)):  # the answers are there in any
            await seat.pilot.resize_terminal(*size)
            await seat.sees("Never: do no")


async def test_trust_takes_effect_at_once_and_is_not_asked_again(project: Path) -> None:
    (project / "opencode.toml").write_text(WANTING)
    async with at_home(project, ready=False) as seat:
        await seat.sees("bash_allow")
        await seat.press("2")
        await seat.until(lambda: seat.app.chat.desk)
        assert seat.app.chat.desk
        assert seat.app.chat.desk.keys.names["f2"] == "new"
        await seat.sees("trusted")
        await seat.say("x")
        await seat.press("f2")
        await seat.until(lambda: not seat.app.facts.session)
    async with at_home(project) as seat:
        assert seat.app.facts.trust == "trusted"


async def test_never_is_never_asked_again_and_changed_settings_are(project: Path) -> None:
    file = project / "opencode.toml"
    file.write_text(WANTING)
    async with at_home(project, ready=False) as seat:
        await seat.sees("bash_allow")
        await seat.press("3")
        await seat.until(lambda: seat.app.chat.desk)
    async with at_home(project) as seat:
        assert seat.app.facts.trust == "untrusted"
    home = SettingsHome(project)
    trust.untrust(project)
    assert home.waiting()
    home.decide("trust")
    assert home.waiting() is None
    file.write_text(WANTING.replace("make", "make; curl"))
    assert home.waiting()


async def test_settings_are_written_into_the_users_file_and_comments_stay(project: Path) -> None:
    file = paths.config_dir() / "opencode.toml"
    file.parent.mkdir(parents=True)
    file.write_text("# mine\n[limits]\nmax_steps = 7 # few\n")
    async with at_home(project) as seat:
        await seat.type("/settings")
        await seat.press("enter")
        await seat.sees("7 · your settings")
        await seat.type("steps")
        await seat.press("enter")
        await seat.press("backspace")
        await seat.type("12")
        await seat.press("enter")
        await seat.until(lambda: written()["limits"] == {"max_steps": 12})
        await seat.sees("12 · your settings")
        await seat.type("sandbox around")
        await seat.press("enter")
        await seat.until(lambda: written().get("sandbox") == {"enabled": False})
        await seat.press("escape")
        await seat.sees("holds from the next start on")
    assert "# mine" in file.read_text()
    assert "# few" in file.read_text()


async def test_a_value_that_does_not_fit_is_told_and_not_written(project: Path) -> None:
    async with at_home(project) as seat:
        await seat.type("/settings")
        await seat.press("enter")
        await seat.sees("Steps")
        await seat.type("steps")
        await seat.press("enter")
        await seat.type("many")
        await seat.press("enter")
        await seat.sees("limits.max_steps")
        assert not (paths.config_dir() / "opencode.toml").exists()


async def test_a_setting_the_project_overrules_says_so(project: Path) -> None:
    (project / "opencode.toml").write_text('[ui]\ntheme = "nord"\n')
    async with at_home(project) as seat:
        assert seat.app.theme == "nord"
        await seat.type("/themes dracula")
        await seat.press("enter")
        await seat.until(lambda: seat.app.theme == "dracula")
        await seat.sees("project config says otherwise")
        assert written() == {"ui": {"theme": "dracula"}}


async def test_servers_are_switched_off_for_good_where_the_user_wrote_them(project: Path) -> None:
    file = paths.config_dir() / "opencode.toml"
    file.parent.mkdir(parents=True)
    file.write_text('[mcp.servers.files]\ncommand = "files"\n')
    async with at_home(project) as seat:
        tools = [("files_read", "Reads a file")]
        seat.door.servers = {
            "files": McpServer("files", "ready", "1 tools", "files", tools),
            "hub": McpServer(
                "hub", "login", "Log in first. " * 9 + "So it ends.", "https://hub.example/mcp"
            ),
        }
        await seat.type("/mcp")
        await seat.press("enter")
        await seat.sees("ready · 1 tool")
        await seat.press("enter")
        await seat.sees("files_read")
        await seat.press("down", "enter")
        await seat.until(lambda: seat.door.servers["files"].state == "disabled")
        await seat.until(lambda: "enabled = false" in file.read_text())
        await seat.sees("needs a login")
        await seat.type("hub")
        await seat.press("enter")
        await seat.sees("opencode mcp auth hub")
        await seat.sees("So it ends.")
        await seat.press("down", "down", "enter")  # no terminal to lend here: copied
        await seat.sees("21 characters")
        await seat.type("hub")
        await seat.press("enter")
        await seat.sees("So it ends.")
        await seat.press("down", "enter")
        await seat.until(lambda: seat.door.servers["hub"].state == "disabled")
        assert "hub" not in file.read_text()


@pytest.mark.parametrize("scope", ["session", "project", "user"])
async def test_grants_of_every_scope_are_listed_and_taken_back(project: Path, scope: str) -> None:
    grants = Grants()
    lasting = scope if scope in ("session", "project") else "user"
    grants.add([Rule("bash", "git push", "allow")], lasting, session="ses_1", project=project)  # pyright: ignore
    async with at_home(project) as seat:
        await seat.type("/permissions")
        await seat.press("enter")
        await seat.sees("bash git push")
        await seat.press("enter")
        await seat.sees("Take “bash git push” back?")
        await seat.press("enter")  # no
        await seat.sees("What is allowed")
        assert grants.all()
        await seat.press("enter", "down", "enter")
        await seat.until(lambda: not grants.all())
