"""Fetch a page of the web."""

import asyncio
import base64
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from msgspec import Struct

from opencode.core.display import Text
from opencode.core.error import ToolError
from opencode.core.message import FilePart
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.tool import Tool, ToolContext, ToolResult
from opencode.host.addresses import looks_private, refuse_never
from opencode.tools.shared.page import Format, as_text
from opencode.tools.shared.pdf import pdf_text
from opencode.tools.shared.truncate import shorten

if TYPE_CHECKING:
    from opencode.host.http import Page

_ACCEPT = "text/markdown, text/html;q=0.9, text/plain;q=0.8, application/json;q=0.8, */*;q=0.1"
_KEPT_SECONDS = 900.0
_KEPT_BYTES = 20_000_000
_MEDIA = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf")


class WebFetchInput(Struct):
    """What to fetch."""

    url: str
    format: Format = "markdown"
    private: bool = False


@dataclass(frozen=True)
class _Kept:
    page: "Page"
    at: float


class WebFetch(Tool[WebFetchInput]):
    """Fetches one page; its address is checked at every hop, so that no page can send us into a
    private network unasked."""

    name = "webfetch"
    description = "Fetch a URL. private=true asks to reach private addresses."
    input = WebFetchInput
    aliases: ClassVar[dict[str, str]] = {"uri": "url", "link": "url", "address": "url"}

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, bool], _Kept] = OrderedDict()

    def requests(self, args: WebFetchInput, place: Place) -> list[Request]:
        """The network; a private address only a person can allow. What nobody can allow is an
        error at once."""
        try:
            url = urlsplit(args.url.strip())
        except ValueError as error:
            raise ToolError(f"{args.url} is no URL: {error}") from None
        if url.scheme not in ("http", "https", ""):
            raise ToolError(f"Only http and https addresses can be fetched, not {url.scheme}.")
        refuse_never(url.hostname or "")
        why = "it may lead into a private network" if _is_private(args) else ""
        return [Request("network", args.url.strip(), access="read", unsure=why)]

    async def run(self, args: WebFetchInput, ctx: ToolContext) -> ToolResult:
        """The page in the wanted format, a PDF as text; a picture as an attachment."""
        page = await self._page(args, ctx.session.id)
        if page.moved:
            return ToolResult(f"{page.url} moved to another site: {page.moved}\nFetch that URL.")
        if page.status >= 400:
            said = await asyncio.to_thread(_words, page)
            raise ToolError(f"{page.url} answered {page.status}. {said[:300]}".strip())
        if page.mime == "application/pdf":
            return await _document(page, ctx)
        if page.mime in _MEDIA:
            return _attached(page)
        text = await asyncio.to_thread(
            as_text, page.body, page.mime, page.charset, args.format, page.url
        )
        name = f"{ctx.call.id}.txt"
        shown = shorten(
            text,
            lambda: ctx.scratch(name, text.encode()),
            lines=ctx.output_lines,
            size=ctx.output_bytes,
        )
        output = f"[{page.url}]\n{shown}" if shown else f"[{page.url} is empty]"
        return ToolResult(output, [Text(shown, args.format if args.format != "text" else "")])

    async def _page(self, args: WebFetchInput, session: str) -> "Page":
        """Fetched at most once a quarter of an hour in a session, whatever the format."""
        http = await asyncio.to_thread(import_module, "opencode.host.http")
        private = _is_private(args)
        key = (session, args.url.strip(), private)
        kept = self._kept.get(key)
        if kept and time.monotonic() - kept.at < _KEPT_SECONDS:
            return kept.page
        page: Page = await http.fetch(args.url, accept=_ACCEPT, private=private)
        if page.status < 400:
            self._kept[key] = _Kept(page, time.monotonic())
            self._kept.move_to_end(key)
        while sum(len(one.page.body) for one in self._kept.values()) > _KEPT_BYTES:
            self._kept.popitem(last=False)
        return page


def _is_private(args: WebFetchInput) -> bool:
    """Whether a private address is asked for; what was allowed and what is done must agree."""
    try:
        return args.private or looks_private(urlsplit(args.url.strip()).hostname or "")
    except ValueError:
        return True


async def _document(page: "Page", ctx: ToolContext) -> ToolResult:
    """Its words; attached as it is when it holds none or cannot be read here."""
    try:
        text, why = await pdf_text(page.body), "it holds no text (scanned?)"
    except ToolError as error:
        text, why = "", error.message
    if not text:
        plain = _attached(page)
        return replace(plain, output=f"{plain.output} {why}")
    name = f"{ctx.call.id}.txt"
    shown = shorten(text, lambda: ctx.scratch(name, text.encode()))
    return ToolResult(f"[{page.url}, the text of a PDF]\n{shown}", [Text(shown)])


def _attached(page: "Page") -> ToolResult:
    name = page.url.partition("?")[0].rstrip("/").rpartition("/")[2] or "page"
    file = FilePart(name, page.mime, base64.b64encode(page.body).decode())
    note = f"{page.url}: {page.mime}, {len(page.body)} bytes, attached."
    return ToolResult(note, files=[file])


def _words(page: "Page") -> str:
    """What an error page says, if it says it in words."""
    try:
        text = as_text(page.body, page.mime, page.charset, "text", page.url)
    except ToolError:
        return ""
    return " ".join(text.split())
