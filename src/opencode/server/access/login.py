"""The door of the web page: the form shown to a browser without the password, and its cookie."""

import base64
import hashlib
import re
from html import escape

from starlette.datastructures import Headers
from starlette.responses import Response

from opencode import web
from opencode.i18n.catalog import Catalogue, detect, language_of
from opencode.i18n.direction import direction

SECURITY = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types dompurify 'allow-duplicates'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""Sent with everything the page is made of."""

_FILES = ("login.html", "login.css", "login.js", "icon.svg")
_TEXTS = ("title", "password", "enter", "wrong", "failed")
_PLACE = re.compile(r"\{(\w+)\}")


def cookie_name(port: int) -> str:
    """Cookies know no ports: two servers of one machine must not share a name."""
    return f"opencode-{port}"


def is_browser(headers: Headers) -> bool:
    """Whether a person looks at the answer."""
    return "text/html" in headers.get("accept", "")


def is_page(headers: Headers) -> bool:
    """Whether our own page asks: it shows the form itself, the browser must not."""
    return headers.get("x-requested-with") == "opencode"


def spoken_by(headers: Headers) -> str:
    """The best language for that browser; that of this machine's person when it names none."""
    for entry in headers.get("accept-language", "").split(","):
        if code := language_of(entry.partition(";")[0].strip()):
            return code
    return detect()


def form(headers: Headers, user: str) -> Response:
    """401 as a page that asks for the password. It is whole in itself: no path is answered without
    the password, those of its own style and script neither."""
    catalogue = Catalogue(spoken_by(headers))
    page, style, script, icon = (_file(name) for name in _FILES)
    words = {name: catalogue.t(f"web.login.{name}") for name in _TEXTS}
    words |= {"language": catalogue.language, "direction": direction(catalogue.language)}
    words |= {"user": user, "icon": f"data:image/svg+xml;base64,{_packed(icon.encode())}"}
    parts = {name: escape(text) for name, text in words.items()}
    parts |= {"style": style, "script": script}
    page = _PLACE.sub(lambda match: parts[match[1]], page)
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'"
    )
    extra = {
        "content-security-policy": policy,
        "www-authenticate": "Bearer",
        "cache-control": "no-store",
        "vary": "accept",
    }
    return Response(page, 401, {**SECURITY, **extra}, media_type="text/html; charset=utf-8")


def _file(name: str) -> str:
    found = web.asset(name)
    return found.data.decode() if found else ""


def _hash(text: str) -> str:
    """The one inline text a policy lets in."""
    return f"'sha256-{_packed(hashlib.sha256(text.encode()).digest())}'"


def _packed(data: bytes) -> str:
    return base64.b64encode(data).decode()
