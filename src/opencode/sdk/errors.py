"""What a server refuses, in its own words."""

from typing import Any, cast

import httpx


class OpenCodeAPIError(httpx.HTTPStatusError):
    """A 4xx or 5xx answer: `status`, the server's `code` and `message`, its `details`, and for a
    limited rate `retry_after` in seconds."""

    def __init__(self, response: httpx.Response) -> None:
        told = _told(response)
        self.status = response.status_code
        self.code = str(told.get("code") or response.status_code)
        self.message = str(told.get("message") or response.reason_phrase)
        details: Any = told.get("details")
        self.details: dict[str, Any] = (
            cast("dict[str, Any]", details) if isinstance(details, dict) else {}
        )
        after = response.headers.get("retry-after", "")
        self.retry_after = float(after) if after.isdigit() else None
        request = response.request
        super().__init__(
            f"{request.method} {request.url.path}: {self.status} {self.message}",
            request=request,
            response=response,
        )


def _told(response: httpx.Response) -> dict[str, Any]:
    try:
        body: Any = response.json()
    except ValueError:
        return {}
    found: Any = cast("dict[str, Any]", body).get("error") if isinstance(body, dict) else None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
