"""What the system's clipboard holds: terminals paste words, but no pictures."""

import asyncio
import base64
import binascii
import os
import re
import shutil
import sys
from collections.abc import Mapping

_DEADLINE = 5.0
_PNG = b"\x89PNG"
_SHELL = ["powershell.exe", "-NoProfile", "-NonInteractive", "-Command"]
_WINDOWS_PICTURE = (
    "$i=Get-Clipboard -Format Image; if($i){$s=New-Object IO.MemoryStream;"
    "$i.Save($s,[Drawing.Imaging.ImageFormat]::Png);[Convert]::ToBase64String($s.ToArray())}"
)
_PICTURES = (
    ("WAYLAND_DISPLAY", ["wl-paste", "--no-newline", "--type", "image/png"]),
    ("DISPLAY", ["xclip", "-selection", "clipboard", "-target", "image/png", "-out"]),
    ("WSL_DISTRO_NAME", [*_SHELL, _WINDOWS_PICTURE]),
)
_WORDS = (
    ("WAYLAND_DISPLAY", ["wl-paste", "--no-newline", "--type", "text"]),
    ("DISPLAY", ["xclip", "-selection", "clipboard", "-out"]),
    ("DISPLAY", ["xsel", "--clipboard", "--output"]),
    ("WSL_DISTRO_NAME", [*_SHELL, "Get-Clipboard -Raw"]),
)
_MAC_PICTURES = (["pngpaste", "-"], ["osascript", "-e", "get the clipboard as «class PNGf»"])


async def picture(environment: Mapping[str, str] | None = None) -> bytes | None:
    """The picture on this person's clipboard as PNG; None when there is none or it is elsewhere."""
    for command in _commands(_PICTURES, os.environ if environment is None else environment):
        if data := _png(await _said(command)):
            return data
    return None


async def words(environment: Mapping[str, str] | None = None) -> str:
    """The text on this person's clipboard, "" when there is none or it is elsewhere."""
    for command in _commands(_WORDS, os.environ if environment is None else environment):
        if data := await _said(command):
            return data.decode("utf-8", "replace")
    return ""


def _commands(
    ways: tuple[tuple[str, list[str]], ...], environment: Mapping[str, str]
) -> list[list[str]]:
    """The programs to ask; none over ssh, where the clipboard is on another machine."""
    if environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"):
        return []
    if sys.platform == "darwin":
        commands = list(_MAC_PICTURES) if ways is _PICTURES else [["pbpaste"]]
    elif sys.platform == "win32":
        commands = [ways[-1][1]]
    else:
        commands = [command for variable, command in ways if environment.get(variable)]
    path = environment.get("PATH")
    return [command for command in commands if shutil.which(command[0], path=path)]


def _png(said: bytes) -> bytes | None:
    """The picture itself: programs write it as it is, in base64 or in hexadecimal digits."""
    if said.startswith(_PNG):
        return said
    try:
        if found := re.search(rb"PNGf([0-9A-F]+)", said):
            return bytes.fromhex(found[1].decode())
        data = base64.b64decode(said.strip(), validate=True)
    except (ValueError, binascii.Error):
        return None
    return data if data.startswith(_PNG) else None


async def _said(command: list[str]) -> bytes:
    """What the program wrote; nothing when it failed or took too long."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return b""
    try:
        async with asyncio.timeout(_DEADLINE):
            out, _ = await process.communicate()
    except TimeoutError:
        return b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return out if process.returncode == 0 else b""
