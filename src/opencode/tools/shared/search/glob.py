"""Globs as people and models write them, matched against paths with slashes."""

import os
import re
from functools import lru_cache
from pathlib import PurePath

_MAGIC = re.compile(r"[*?\[{]")
_SECRETS = re.compile(r"(?:\.env|.*\.env|\.envrc|(?:.*)?\.env\..+)")
_EXAMPLES = re.compile(r".*\.env\.(?:example|sample|template)")


def is_secret(name: str) -> bool:
    """Whether a file of that name is read only when named: searching a tree passes it by."""
    return bool(_SECRETS.fullmatch(name)) and not _EXAMPLES.fullmatch(name)


def split_glob(pattern: str) -> tuple[str, str]:
    """The folder a glob starts in and what is left: `src/**/*.py` → (`src`, `**/*.py`)."""
    parts = (pattern.replace("\\", "/") if os.name == "nt" else pattern).split("/")
    literal = 0
    while literal < len(parts) - 1 and not _MAGIC.search(parts[literal]):
        literal += 1
    head = "/".join(parts[:literal])
    if literal and not head:
        head = "/"
    return head, "/".join(parts[literal:])


@lru_cache(maxsize=64)
def glob_regex(pattern: str) -> re.Pattern[str]:
    """The regular expression for whole relative paths. `*` and `?` stay within a folder, `**`
    crosses folders, `{a,b}` and `[a-z]` choose; without a slash the name alone is matched.
    Hidden files are like others. ValueError says what cannot be read."""
    text = re.sub(r"(?:\*\*/){2,}", "**/", pattern.removeprefix("./"))
    if "," in text and "{" not in text and "/" not in text:
        text = "{" + text.replace(" ", "") + "}"
    if text.endswith("/"):
        text += "**"
    head = "" if "/" in text else r"(?:.*/)?"
    try:
        return re.compile(head + _translate(text), re.DOTALL)
    except re.error:
        raise ValueError("a range in [ ] runs backwards") from None


def matches(pattern: str, path: str | PurePath) -> bool:
    """Whether a path relative to where the glob starts is meant; a leading `!` turns it round."""
    wanted = not pattern.startswith("!")
    found = glob_regex(pattern.removeprefix("!")).fullmatch(
        path if isinstance(path, str) else path.as_posix()
    )
    return (found is not None) is wanted


def _translate(text: str) -> str:
    out: list[str] = []
    depth = at = 0
    while at < len(text):
        piece, at = _next(text, at, depth)
        depth += {"(?:": 1, ")": -1}.get(piece, 0)
        out.append(piece)
    if depth:
        raise ValueError("a { is not closed")
    return "".join(out)


_SIGNS_OUTSIDE = {"*": r"[^/]*", "?": r"[^/]", "{": "(?:"}
_SIGNS = {**_SIGNS_OUTSIDE, "}": ")", ",": "|"}


def _next(text: str, at: int, depth: int) -> tuple[str, int]:
    """The regular expression for what stands at `at`, and where the next thing stands."""
    if text.startswith("**/", at) and (at == 0 or text[at - 1] in "/{,"):
        return r"(?:.*/)?", at + 3
    if text.startswith("**", at):
        return r".*", at + 2
    letter = text[at]
    if letter == "[":
        return _choice(text, at)
    if letter == "\\" and at + 1 < len(text):
        return re.escape(text[at + 1]), at + 2
    meaning = _SIGNS if depth else _SIGNS_OUTSIDE
    return meaning.get(letter) or re.escape(letter), at + 1


def _choice(text: str, at: int) -> tuple[str, int]:
    end = text.find("]", at + 2 + (text[at + 1 : at + 2] in ("!", "^")))
    if end < 0:
        raise ValueError("a [ is not closed")
    inside = text[at + 1 : end]
    turned = inside[:1] in ("!", "^")
    body = re.sub(r"([\\\[\]^&~|])", r"\\\1", inside[1:] if turned else inside)
    return f"(?!/)[{'^' if turned else ''}{body}]", end + 1
