"""GitHub Copilot: logging in with a code in the browser, and the short-lived keys that buys."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from opencode.core.error import AuthError, ToolError, Unavailable
from opencode.providers.keys import Access
from opencode.providers.rows import COPILOT as HEADERS

_CLIENT = "Iv1.b507a08c87ecfe98"
"""The application a person lets in: the one of Copilot's own editor plugins."""
_EARLY = 120.0
"""Seconds before its end at which a key is replaced."""
_SLOWER = 5.0


class Place(Struct, frozen=True):
    """Where a person logs in, and where keys are had."""

    login: str = "https://github.com"
    api: str = "https://api.github.com"


class Code(Struct, frozen=True):
    """What a person types in the browser, and how long and how often we ask whether they did."""

    device_code: str
    user_code: str
    verification_uri: str
    expires_in: float = 900.0
    interval: float = 5.0


class _Key(Struct, frozen=True):
    token: str
    refresh_in: float = 1500.0
    """Seconds it is good for, by the clock of whoever asks: clocks differ."""
    endpoints: dict[str, str] = {}


def place_of(host: str) -> Place:
    """GitHub's own, or a company's (`acme.ghe.com`). Written with http:// it serves both."""
    if not host:
        return Place()
    if host.startswith("http://"):
        return Place(host.rstrip("/"), host.rstrip("/"))
    name = host.removeprefix("https://").strip("/")
    return Place(f"https://{name}", f"https://api.{name}")


async def begin_login(place: Place) -> Code:
    """Ask for a code to type. Unavailable when GitHub cannot be asked."""
    asked = {"client_id": _CLIENT, "scope": "read:user"}
    told = await _call("POST", f"{place.login}/login/device/code", body=asked)
    try:
        return msgspec.convert(told, Code, strict=False)
    except msgspec.ValidationError:
        raise Unavailable(f"{place.login} gave no code: {_reason(told)}") from None


async def finish_login(place: Place, code: Code) -> str:
    """The lasting token, once the person has typed the code. AuthError when they refuse or the
    code grows too old."""
    pause = code.interval
    asked = {
        "client_id": _CLIENT,
        "device_code": code.device_code,
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
    }
    try:
        async with asyncio.timeout(code.expires_in):
            while True:
                await asyncio.sleep(pause)
                told = await _call("POST", f"{place.login}/login/oauth/access_token", body=asked)
                if token := told.get("access_token"):
                    return str(token)
                if told.get("error") == "slow_down":
                    pause = float(told.get("interval") or pause + _SLOWER)
                elif told.get("error") != "authorization_pending":
                    raise AuthError(f"GitHub did not let us in: {_reason(told)}")
    except TimeoutError:
        hint = "Run `opencode auth login github-copilot` again."
        raise AuthError("The code was not typed in time", hint=hint) from None


class Copilot:
    """Keeps the key that is valid now; many may ask at once."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str], tuple[_Key, float]] = {}
        """By lasting token and host: the key, and until when it is used."""
        self._asking = asyncio.Lock()

    async def admit(self, access: Access, host: str) -> Access:
        """`access`, whose key is the lasting token, with a key of the moment and its address."""
        async with self._asking:
            key, until = self._keys.get((access.key, host), (None, 0.0))
            if key is None or until < time.time():
                key = await _new_key(place_of(host), access.key)
                self._keys[access.key, host] = (key, time.time() + key.refresh_in - _EARLY)
        address = access.address or key.endpoints.get("api") or "https://api.githubcopilot.com"
        return Access(key.token, address, access.more)


async def _new_key(place: Place, token: str) -> _Key:
    headers = {**HEADERS, "Authorization": f"token {token}"}
    try:
        told = await _call("GET", f"{place.api}/copilot_internal/v2/token", headers=headers)
        return msgspec.convert(told, _Key, strict=False)
    except msgspec.ValidationError:
        raise AuthError("GitHub gave no key for Copilot", hint=_AGAIN) from None


_AGAIN = "Check that your account has Copilot, and run `opencode auth login github-copilot` again."


async def _call(
    method: str, url: str, *, body: Any = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    from opencode.host.http import Refused, call_api  # noqa: PLC0415 - 80 ms, for Copilot alone

    told = {"Accept": "application/json", **(headers or {})}
    try:
        found = await call_api(method, url, headers=told, body=body)
    except Refused as error:
        if error.status in (401, 403, 404):
            raise AuthError(f"GitHub Copilot: {error.message}", hint=_AGAIN) from None
        raise Unavailable(f"GitHub Copilot: {error.message}", status=error.status) from None
    except ToolError as error:
        raise Unavailable(f"GitHub Copilot: {error.message}") from None
    return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def _reason(told: Mapping[str, Any]) -> str:
    return str(told.get("error_description") or told.get("error") or "no reason was given")
