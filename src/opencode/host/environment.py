"""The variables a command sees: the user's own, without our keys, and nothing that would prompt."""

import shutil
from collections.abc import Collection, Mapping

_DROPPED = ("BASH_ENV", "ENV", "PROMPT_COMMAND", "LS_COLORS")
"""Would run code before the command, or only colour what a model reads."""
_REACHES_OUT = (
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "GPG_AGENT_INFO",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "TMUX",
    "XDG_RUNTIME_DIR",
)
"""Ways out of a sandbox."""
_OURS = ("KEY", "TOKEN", "PASSWORD", "SECRET", "AUTH")


def command_env(
    base: Mapping[str, str], secrets: Collection[str] = (), *, walled: bool = False
) -> dict[str, str]:
    """`base` for a command: `secrets` (names) and our own secrets removed, pagers and prompts
    answered; `walled` also removes the addresses of services outside of a sandbox."""
    hidden = {name.upper() for name in (*secrets, *_DROPPED, *(_REACHES_OUT if walled else ()))}
    env = {name: text for name, text in base.items() if not _hidden(name.upper(), hidden)}
    refuse = shutil.which("false", path=base.get("PATH")) or "false"
    env.update(
        TERM="dumb",
        NO_COLOR="1",
        PAGER="cat",
        GIT_PAGER="cat",
        MANPAGER="cat",
        SYSTEMD_PAGER="cat",
        EDITOR="true",
        VISUAL="true",
        GIT_EDITOR="true",
        GIT_TERMINAL_PROMPT="0",
        GIT_ASKPASS=refuse,
        SSH_ASKPASS=refuse,
        SSH_ASKPASS_REQUIRE="force",
        SUDO_ASKPASS=refuse,
        GCM_INTERACTIVE="never",
        DEBIAN_FRONTEND="noninteractive",
        PIP_NO_INPUT="1",
    )
    env.setdefault("PATH", "/usr/local/bin:/usr/bin:/bin")
    return env


def _hidden(name: str, names: set[str]) -> bool:
    ours = name.startswith(("OPENCODE_", "OPENAI_PROXY_")) and any(word in name for word in _OURS)
    return ours or name in names or name.startswith("BASH_FUNC_")
