"""What newer clients tell errors apart by: a tag, and the ids the path named."""

from collections.abc import Mapping
from typing import Any

_KINDS = {
    "sessionID": "Session",
    "messageID": "Message",
    "requestID": "Permission",
    "permissionID": "Permission",
    "ptyID": "Pty",
    "providerID": "Provider",
    "projectID": "Project",
}
"""What a name in a path stands for."""

_TAGS = {401: "UnauthorizedError", 403: "ForbiddenError", 503: "ServiceUnavailableError"}


def tagged(
    path: str, status: int, name: str, named: Mapping[str, Any], *, session: bool
) -> dict[str, Any]:
    """The fields of an error beside those of the envelope; `session` when it is the session of
    the path that is not there."""
    ids = {key: value for key, value in named.items() if key in _KINDS}
    return {**ids, "_tag": _tag(path, status, ids, session=session) or name}


def _tag(path: str, status: int, ids: Mapping[str, Any], *, session: bool) -> str:
    newer = path.startswith("/api/")
    match status:
        case 400 if newer:
            return "InvalidRequestError"
        case 404 if session:
            return "SessionNotFoundError"
        case 404 if path.startswith("/mcp/"):
            return "McpServerNotFoundError"
        case 404 if ids:
            kind = "Question" if "/question/" in path else _KINDS[[*ids][-1]]
            return f"{kind}NotFoundError"
        case 409:
            return "ConflictError" if newer else "SessionBusyError"
        case _:
            return _TAGS.get(status, "")
