"""A fetched page as a model reads it: Markdown, plain text, or as it came."""

import codecs
import re
from typing import Literal

from opencode.core.error import ToolError

Format = Literal["markdown", "text", "html"]

_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset=["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.I)
_HTML = ("text/html", "application/xhtml+xml")
_TEXT = re.compile(
    r"text/.*|application/(.*\+)?(json|xml|yaml|toml|javascript|x-javascript|ecmascript|graphql"
    r"|x-sh|x-ndjson|jsonl|sql|rtf|x-yaml|x-www-form-urlencoded)|image/svg\+xml"
)
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^<>]*>", re.I | re.S)
_BLANK = re.compile(r"\n[ \t]*\n\s*\n")


def decode(body: bytes, charset: str) -> str:
    """The text, by the charset the server told, else the page's own, else UTF-8."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    found = _CHARSET.search(body[:4096])
    for name in (charset, found[1].decode() if found else "", "utf-8"):
        try:
            return body.removeprefix(codecs.BOM_UTF8).decode(name, "replace")
        except LookupError:
            continue
    return body.decode("utf-8", "replace")


def as_text(body: bytes, mime: str, charset: str, wanted: Format, url: str) -> str:
    """The page in the wanted form; what is no HTML stays as it is. ToolError for what is no
    text. Slow for large pages: call it in a thread."""
    is_text = _TEXT.fullmatch(mime) or (not mime and b"\0" not in body[:4096])
    if not is_text and mime not in _HTML:
        raise ToolError(f"{url} is {mime or 'binary'}, which is no text; download it with bash.")
    text = decode(body, charset)
    looks_html = mime in _HTML or (not mime and text.lstrip()[:15].lower().startswith("<!doctype"))
    if wanted == "html" or not looks_html:
        return text
    return _BLANK.sub("\n\n", _converted(text, wanted, url)).strip()


def _converted(html: str, wanted: Format, url: str) -> str:
    import html_to_markdown  # noqa: PLC0415 - 40 ms that only web pages should pay

    options = html_to_markdown.ConversionOptions(
        extract_metadata=False,
        base_url=url,
        skip_images=wanted == "text",
        output_format="plain" if wanted == "text" else "markdown",
        exclude_selectors=["script", "style", "noscript", "iframe", "svg", "object", "embed"],
        inline_data_media="drop_element",
    )
    found = html_to_markdown.convert(html, options).content or ""
    return found if found.strip() else _TAG.sub(" ", html)  # nested too deeply for it
