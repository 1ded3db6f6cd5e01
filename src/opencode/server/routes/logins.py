"""Logging in to a provider that has it: a code to type in the browser, then waiting for it."""

import asyncio

from msgspec import Struct, field

from opencode.config import keys
from opencode.core.error import UsageError
from opencode.providers import copilot
from opencode.providers.catalog import built_in
from opencode.providers.row import Row
from opencode.server.route import Call, Route


class Begin(Struct):
    """Which of the ways that `/provider/auth` lists."""

    method: int = 0
    inputs: dict[str, str] = field(default_factory=dict[str, str])


class Finish(Struct):
    """The same, and the code where one is brought back from the browser."""

    method: int = 0
    code: str = ""


class Authorization(Struct):
    """Where a person goes, and what they type there; `auto` needs nothing brought back."""

    url: str
    method: str
    instructions: str


async def begin(call: Call) -> Authorization:
    """Start a login. 400 for providers that only take keys."""
    row = _row(call)
    body: Begin = call.body
    section = call.state.door.rooms.settings.providers.get(row.id)
    host = str(section.options.get("enterpriseUrl") or "" if section else "")
    if body.inputs.get("enterpriseUrl", host) != host:
        hint = f"Set it: opencode config set provider.{row.id}.options.enterpriseUrl HOST"
        raise UsageError("A company's host is a setting, which requests need, too.", hint=hint)
    place = copilot.place_of(host)
    code = await copilot.begin_login(place)
    call.state.logins[row.id] = (place, code)
    return Authorization(code.verification_uri, "auto", f"Enter code: {code.user_code}")


async def finish(call: Call) -> bool:
    """Wait until the code was typed, store what that gives, use it from the next request on."""
    row = _row(call)
    pending = call.state.logins.pop(row.id, None)
    if pending is None:
        raise UsageError(f"No login to {row.name} was begun; authorize first.")
    token = await copilot.finish_login(*pending)
    await asyncio.to_thread(keys.save_key, row.id, token, login=True)
    call.state.door.use_key(row.id, token)
    return True


def _row(call: Call) -> Row:
    given = call.path["providerID"]
    row = built_in(given)
    if row is None or not row.login:
        raise UsageError(f"{given} has no login; store a key with PUT /auth/{given}.")
    return row


ROUTES = (
    Route(
        "POST",
        "/provider/{providerID}/oauth/authorize",
        begin,
        "Start to log in.",
        Begin,
        Authorization,
    ),
    Route(
        "POST", "/provider/{providerID}/oauth/callback", finish, "Finish to log in.", Finish, bool
    ),
)
