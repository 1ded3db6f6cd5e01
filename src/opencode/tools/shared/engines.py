"""Search services of the web as a table: their keys, addresses, questions and answers."""

import asyncio
import html
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

import msgspec
from msgspec import Struct

from opencode.core.error import ToolError

Secret = Callable[[str], str]
"""The value of a variable: from the environment or a stored key; "" when there is none."""


class Found(Struct, frozen=True):
    """One result."""

    title: str
    url: str
    text: str = ""


@dataclass(frozen=True)
class Engine:
    """One service. `key` is the variable of its key, `address` the one that moves it."""

    id: str
    key: str
    address: str
    home: str
    """Where it is when nobody moved it; "" for a service that each user runs."""
    ask: Callable[[str, str, str, int], "Question"]


class Question(Struct, frozen=True):
    """A request to a service and where its answer holds the results."""

    method: str
    url: str
    headers: dict[str, str]
    results: tuple[str, ...]
    text: tuple[str, ...]
    """The fields that may hold a result's text, best first."""
    body: Any = None
    query: dict[str, str] | None = None
    is_markup: bool = False
    """Titles and texts hold entities of HTML."""


_PASSAGE = 500
"""Tokens of a passage of code."""

CHOSEN = "OPENCODE_WEBSEARCH_PROVIDER"
"""Names the service to ask when several are set up."""


def _exa(address: str, key: str, words: str, count: int) -> Question:
    body = {"query": words, "numResults": count, "contents": {"text": {"maxCharacters": 800}}}
    headers = {"x-api-key": key}
    return Question("POST", f"{address}/search", headers, ("results",), ("text", "summary"), body)


def _tavily(address: str, key: str, words: str, count: int) -> Question:
    body = {"query": words, "max_results": count}
    headers = {"Authorization": f"Bearer {key}"}
    return Question("POST", f"{address}/search", headers, ("results",), ("content",), body)


def _brave(address: str, key: str, words: str, count: int) -> Question:
    headers = {"X-Subscription-Token": key, "Accept": "application/json"}
    query = {"q": words, "count": str(min(count, 20)), "text_decorations": "false"}
    url = f"{address}/res/v1/web/search"
    return Question(
        *("GET", url, headers, ("web", "results"), ("description",)), query=query, is_markup=True
    )


def _searxng(address: str, key: str, words: str, count: int) -> Question:
    del count
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    query = {"q": words, "format": "json"}
    return Question("GET", f"{address}/search", headers, ("results",), ("content",), query=query)


ENGINES = (
    Engine("exa", "EXA_API_KEY", "EXA_BASE_URL", "https://api.exa.ai", _exa),
    Engine("tavily", "TAVILY_API_KEY", "TAVILY_BASE_URL", "https://api.tavily.com", _tavily),
    Engine("brave", "BRAVE_API_KEY", "BRAVE_BASE_URL", "https://api.search.brave.com", _brave),
    Engine("searxng", "SEARXNG_API_KEY", "SEARXNG_URL", "", _searxng),
)
"""In the order they are chosen. A service is usable with its key, SearXNG with its address."""


def engine_for(secret: Secret) -> Engine | None:
    """The service that is chosen, else the first that is set up."""
    ready = [e for e in ENGINES if secret(e.key if e.home else e.address)]
    chosen = secret(CHOSEN)
    return next((e for e in ready if e.id == chosen), ready[0] if ready and not chosen else None)


async def search(engine: Engine, secret: Secret, words: str, count: int) -> list[Found]:
    """What the service finds, at most `count`. ToolError in its own words when it refuses."""
    http = await asyncio.to_thread(import_module, "opencode.host.http")
    address = (secret(engine.address) or engine.home).rstrip("/")
    question = engine.ask(address, secret(engine.key), words, count)
    answer: Any = await http.call_api(
        question.method,
        question.url,
        headers=question.headers,
        body=question.body,
        query=question.query,
    )
    try:
        for name in question.results:
            answer = answer[name]
        items = msgspec.convert(answer, list[dict[str, Any]])
    except (KeyError, TypeError, msgspec.ValidationError):
        raise ToolError(f"{engine.id} answered in a form that is not known.") from None
    read = html.unescape if question.is_markup else str
    whole = [item for item in items if item.get("url")]
    return [_found(item, question.text, read) for item in whole[:count]]


async def search_code(secret: Secret, words: str, count: int) -> str:
    """Passages of the web's code and documentation as Exa lays them out for models, about as long
    as `count` of them are; "" when it finds none."""
    http = await asyncio.to_thread(import_module, "opencode.host.http")
    exa = ENGINES[0]
    address, key = (secret(exa.address) or exa.home).rstrip("/"), secret(exa.key)
    body = {"query": words, "tokensNum": count * _PASSAGE}
    try:
        answer: Any = await http.call_api(
            "POST", f"{address}/context", headers={"x-api-key": key}, body=body
        )
    except http.Refused as error:
        if error.status not in (404, 405):
            raise
        found = await search(exa, secret, f"code: {words}", count)  # a gateway with search alone
        return "\n\n".join(f"{one.title}\n{one.url}\n{one.text}" for one in found)
    said = cast("dict[str, Any]", answer).get("response") if isinstance(answer, dict) else None
    if not isinstance(said, str):
        raise ToolError("exa answered in a form that is not known.")
    return said.strip()


def _found(item: dict[str, Any], fields: tuple[str, ...], read: Callable[[str], str]) -> Found:
    text = next((item[name] for name in fields if item.get(name)), "")
    title, url = str(item.get("title") or ""), str(item.get("url") or "")
    return Found(read(title), url, read(_line(text)))


def _line(text: Any) -> str:
    words = " ".join(cast("list[str]", text)) if isinstance(text, list) else str(text)
    return " ".join(words.split())[:800]
