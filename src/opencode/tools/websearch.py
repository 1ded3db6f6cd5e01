"""Search the web through the service that is set up."""

from typing import ClassVar

from msgspec import Struct

from opencode.core.display import Table
from opencode.core.error import ToolError
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.tool import NEEDS, Secret, Tool, ToolContext, ToolResult
from opencode.tools.shared.engines import CHOSEN, engine_for, search

_MOST = 20


class WebSearchInput(Struct):
    """What to look for."""

    query: str
    limit: int = 8


class WebSearch(Tool[WebSearchInput]):
    """Finds pages; offered to the model only where a service is set up."""

    name = "websearch"
    description = "Search the web: titles, URLs, excerpts. Read a page whole with webfetch."
    input = WebSearchInput
    aliases: ClassVar[dict[str, str]] = {
        "q": "query",
        "numResults": "limit",
        "max_results": "limit",
    }

    def is_usable(self, secret: Secret) -> bool:
        """Whether a service is set up."""
        return engine_for(secret) is not None

    def requests(self, args: WebSearchInput, place: Place) -> list[Request]:
        """The search itself; its words go to the service."""
        return [Request("websearch", args.query)]

    async def run(self, args: WebSearchInput, ctx: ToolContext) -> ToolResult:
        """A numbered list of pages."""
        engine = engine_for(ctx.secret)
        if engine is None:
            chosen = ctx.secret(CHOSEN)
            missing = f"{chosen} is chosen and has no key or address. " if chosen else ""
            raise ToolError(f"{missing}websearch needs {NEEDS['websearch']}.")
        if not args.query.strip():
            raise ToolError("The query is empty.")
        count = min(max(args.limit, 1), _MOST)
        found = await search(engine, ctx.secret, args.query, count)
        if not found:
            return ToolResult(f"{engine.id} found nothing for {args.query}")
        lines = [
            f"{n}. {one.title}\n   {one.url}" + f"\n   {one.text}" * bool(one.text)
            for n, one in enumerate(found, 1)
        ]
        table = Table(["title", "URL"], [[one.title, one.url] for one in found], engine.id)
        return ToolResult("\n".join(lines), [table])
