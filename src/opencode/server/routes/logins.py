"""Logging in to a provider that has it: a code to type in the browser, then waiting for it."""

import asyncio

from msgspec import Struct, field

from opencode.config import keys
from opencode.core.error import UsageError
from opencode.providers import copilot
from opencode.providers.catalog import built_in
from opencode.providers.row import Row
from opencode.server.route import Call, Route
from opencode.server.state import State


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
    name = call.path["providerID"]
    place, code = await started(call.state, name, call.body.inputs)
    call.state.logins[login_row(name).id] = (place, code)
    return Authorization(code.verification_uri, "auto", words(code))


async def finish(call: Call) -> bool:
    """Wait until the code was typed, store what that gives, use it from the next request on."""
    row = login_row(call.path["providerID"])
    pending = call.state.logins.pop(row.id, None)
    if pending is None:
        raise UsageError(f"No login to {row.name} was begun; authorize first.")
    await see_through(call.state, row.id, *pending)
    return True


async def started(
    state: State, provider: str, inputs: dict[str, str]
) -> tuple[copilot.Place, copilot.Code]:
    """A login that waits for a person. UsageError for providers that only take keys."""
    row = login_row(provider)
    section = state.door.rooms.settings.providers.get(row.id)
    host = str(section.options.get("enterpriseUrl") or "" if section else "")
    if inputs.get("enterpriseUrl", host) != host:
        hint = f"Set it: opencode config set provider.{row.id}.options.enterpriseUrl HOST"
        raise UsageError("A company's host is a setting, which requests need, too.", hint=hint)
    place = copilot.place_of(host)
    return place, await copilot.begin_login(place)


async def see_through(
    state: State, provider: str, place: copilot.Place, code: copilot.Code
) -> None:
    """Wait until the code was typed, store what that gives, use it from the next request on."""
    token = await copilot.finish_login(place, code)
    await asyncio.to_thread(keys.save_key, provider, token, login=True)
    state.door.use_key(provider, token)


def words(code: copilot.Code) -> str:
    """What a person does in the browser."""
    return f"Enter code: {code.user_code}"


def login_row(given: str) -> Row:
    """The provider of that name. UsageError when it has no login."""
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
