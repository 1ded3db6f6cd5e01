"""Providers as things a person connects to: by a key, by a variable, by a login in the browser."""

import asyncio
import os
from collections.abc import Collection
from typing import Any

from msgspec import Struct, field
from starlette.responses import Response

from opencode.config import keys
from opencode.config.secrets import stored_keys
from opencode.core.error import UsageError
from opencode.providers.catalog import built_in
from opencode.server.attempts import Attempt
from opencode.server.errors import NotThere
from opencode.server.protocol.catalogue import Provider, catalogue
from opencode.server.route import Call, Route
from opencode.server.routes.logins import login_row, see_through, started, words
from opencode.server.routes.second import Located, here

_LOGIN = "login"
"""The only way there is to log in: a code typed in the browser."""


class GivenKey(Struct):
    """A key; there is one a provider, which needs no label."""

    key: str
    label: str = ""


class Login(Struct):
    """Which of the ways a provider lists."""

    methodID: str
    inputs: dict[str, str] = field(default_factory=dict[str, str])
    label: str = ""


class Ended(Struct):
    """A code brought back from the browser: none is, here."""

    code: str = ""


async def integrations(call: Call) -> Located:
    """All that can be connected to, and how each is."""
    stored = set(await asyncio.to_thread(stored_keys))
    found = await catalogue(call.state.door)
    rows = [_told(one, stored) for one in found.providers if one.env or one.id in stored]
    return Located(here(call), rows)


async def integration(call: Call) -> Located:
    """One of them."""
    return Located(here(call), _told(await _found(call), set(await asyncio.to_thread(stored_keys))))


async def connect_key(call: Call) -> Response:
    """Store a key (0600) and use it from the next request on."""
    one = await _found(call)
    body: GivenKey = call.body
    await asyncio.to_thread(keys.save_key, one.id, body.key)
    call.state.door.use_key(one.id, body.key.strip())
    return Response(status_code=204)


async def connect_oauth(call: Call) -> Located:
    """Begin a login; it goes on by itself while the person is in the browser."""
    body: Login = call.body
    name = call.path["integrationID"]
    row = login_row(name)
    if body.methodID != _LOGIN:
        raise UsageError(f"{name} has no way {body.methodID!r} to log in: {_LOGIN}.")
    place, code = await started(call.state, row.id, body.inputs)
    attempt = Attempt(code.expires_in)
    attempt.begin(call.state.spawn, lambda: see_through(call.state, row.id, place, code))
    going = {name: one for name, one in call.state.attempts.items() if not one.is_old}
    call.state.attempts = {**going, attempt.id: attempt}
    told = {
        "attemptID": attempt.id,
        "url": code.verification_uri,
        "instructions": words(code),
        "mode": "auto",
        "time": attempt.time,
    }
    return Located(here(call), told)


async def attempt_status(call: Call) -> Located:
    """How a login stands."""
    return Located(here(call), _attempt(call).told())


async def complete(call: Call) -> Response:
    """Wait for its end. 400 with the reason when it did not go well."""
    if failed := await _attempt(call).ended():
        raise UsageError(failed)
    return Response(status_code=204)


async def cancel(call: Call) -> Response:
    """Wait for it no longer."""
    _attempt(call).cancel()
    del call.state.attempts[call.path["attemptID"]]
    return Response(status_code=204)


async def disconnect(call: Call) -> Response:
    """Forget a stored key; those in variables and settings stay."""
    name = call.path["credentialID"]
    if not await asyncio.to_thread(keys.remove_key, name):
        raise NotThere(f"Nothing that goes by {name!r} is stored.")
    call.state.door.use_key(name, "")
    return Response(status_code=204)


def _told(one: Provider, stored: Collection[str]) -> dict[str, Any]:
    row = built_in(one.id)
    methods: list[dict[str, Any]] = []
    if row is not None and row.login:
        methods.append({"id": _LOGIN, "type": "oauth", "label": "Log in with a code"})
    elif one.env:
        methods.append({"type": "key"})
    if one.env:
        methods.append({"type": "env", "names": one.env})
    connections: list[dict[str, str]] = []
    if one.id in stored:
        connections.append({"type": "credential", "id": one.id, "label": one.name})
    set_here = [name for name in one.env if os.environ.get(name, "").strip()]
    connections += [{"type": "env", "name": name} for name in set_here]
    return {"id": one.id, "name": one.name, "methods": methods, "connections": connections}


async def _found(call: Call) -> Provider:
    wanted = call.path["integrationID"]
    found = (await catalogue(call.state.door)).providers
    one = next((one for one in found if one.id == wanted), None)
    if one is None:
        raise NotThere(f"There is no {wanted!r} to connect to.")
    return one


def _attempt(call: Call) -> Attempt:
    wanted = call.path["attemptID"]
    if wanted not in call.state.attempts:
        raise NotThere(f"There is no login {wanted!r}.")
    return call.state.attempts[wanted]


_ID, _ATTEMPT = "/api/integration/{integrationID}", "/api/integration/attempt/{attemptID}"
ROUTES = (
    Route("GET", "/api/integration", integrations, "What can be connected to.", answer=Located),
    Route("GET", _ID, integration, "One of them.", answer=Located),
    Route("POST", f"{_ID}/connect/key", connect_key, "Store a key.", GivenKey, Response),
    Route("POST", f"{_ID}/connect/oauth", connect_oauth, "Begin a login.", Login, Located),
    Route("GET", _ATTEMPT, attempt_status, "How a login stands.", answer=Located),
    Route("DELETE", _ATTEMPT, cancel, "Give a login up.", answer=Response),
    Route("POST", f"{_ATTEMPT}/complete", complete, "Wait for a login.", Ended, Response),
    Route("DELETE", "/api/credential/{credentialID}", disconnect, "Forget a key.", answer=Response),
)
