"""Faults under the names the official Python client knows: strict, it takes no others."""

from typing import Any, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

_KNOWN = ("UnknownError", "ProviderAuthError", "MessageAbortedError", "MessageOutputLengthError")


def for_reader(request: Request, response: Response) -> Response:
    """The answer as whoever asked can read it; any other client gets it as it is."""
    wanted = request.headers.get("x-stainless-lang") == "python"
    if not (wanted and type(response) is Response and b'Error"' in response.body):
        return response
    response.body = msgspec.json.encode(_plain(msgspec.json.decode(response.body)))
    response.headers["content-length"] = str(len(response.body))
    return response


def _plain(value: Any) -> Any:
    match value:
        case {"name": str(name), "data": {"message": str(said)}} if name.endswith("Error"):
            return value if name in _KNOWN else {"name": _KNOWN[0], "data": {"message": said}}
        case dict():
            return {key: _plain(one) for key, one in cast("dict[str, Any]", value).items()}
        case list():
            return [_plain(one) for one in cast("list[Any]", value)]
        case _:
            return value
