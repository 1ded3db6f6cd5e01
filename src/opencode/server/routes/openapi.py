"""The document of what is served."""

from typing import Any

from starlette.responses import HTMLResponse

from opencode.server import openapi
from opencode.server.route import Call, Route


async def spec(call: Call) -> Any:
    """OpenAPI 3.1 as JSON."""
    return call.state.document()


async def doc(call: Call) -> Any:
    """JSON for programs, a page for browsers."""
    if "text/html" in call.request.headers.get("accept", ""):
        return HTMLResponse(openapi.page(call.state.document()))
    return call.state.document()


ROUTES = (
    Route("GET", "/doc", doc, "OpenAPI 3.1; a page when a browser asks."),
    Route("GET", "/openapi.json", spec, "OpenAPI 3.1."),
)
