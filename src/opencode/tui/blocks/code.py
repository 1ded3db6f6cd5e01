"""Program text in colours, from Pygments' lexers and the theme's own styles."""

from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter
from typing import cast

from pygments import lexers
from pygments.lexer import Lexer
from pygments.token import Token
from pygments.util import ClassNotFound

from opencode.tui.looks.lines import Span
from opencode.tui.looks.look import Look

_LONGEST = 200_000
"""Characters beyond which text is shown without colours."""

_STYLES = {
    Token.Comment: "comment",
    Token.Keyword: "keyword",
    Token.Literal.String: "string",
    Token.Literal.Number: "number",
    Token.Name.Function: "function",
    Token.Name.Class: "kind",
    Token.Name.Decorator: "accent",
    Token.Name.Tag: "keyword",
    Token.Name.Attribute: "function",
    Token.Name.Builtin: "function",
    Token.Name.Exception: "kind",
    Token.Name.Constant: "number",
    Token.Operator.Word: "keyword",
    Token.Generic.Heading: "strong",
    Token.Generic.Deleted: "error",
    Token.Generic.Inserted: "success",
    Token.Generic.Prompt: "muted",
}


@lru_cache(maxsize=64)
def _lexer(language: str, path: str) -> Lexer | None:
    finder = "get_lexer_by_name" if language else "get_lexer_for_filename"
    find = cast("Callable[..., Lexer]", attrgetter(finder)(lexers))
    try:
        if language or path:
            return find(language or path, stripnl=False, ensurenl=False)
    except ClassNotFound:
        pass
    return None


@lru_cache(maxsize=512)
def _style_name(kind: object) -> str:
    at = kind
    while at is not None and at is not Token:
        if name := _STYLES.get(at):  # pyright: ignore
            return name
        at = getattr(at, "parent", None)
    return "base"


def highlight(text: str, look: Look, *, language: str = "", path: str = "") -> list[list[Span]]:
    """The lines of the text as spans; plain where the language is unknown."""
    lexer = _lexer(language.strip().lower(), path) if len(text) <= _LONGEST else None
    if lexer is None:
        return [[(row, look.base)] for row in text.split("\n")]
    rows: list[list[Span]] = [[]]
    for kind, value in lexer.get_tokens(text):
        style = getattr(look, _style_name(kind))
        for index, piece in enumerate(value.split("\n")):
            if index:
                rows.append([])
            if piece:
                rows[-1].append((piece, style))
    return rows[: text.count("\n") + 1]
