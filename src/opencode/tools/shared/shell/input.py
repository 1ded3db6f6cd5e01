"""What a line itself gives a command to read: shells run it, so it is judged like the line."""

import re
from typing import TYPE_CHECKING

from opencode.tools.shared.shell.line import NOTHING, REDIRECTS, WORDS, Fed, Line
from opencode.tools.shared.shell.words import Word, text_of

if TYPE_CHECKING:
    from tree_sitter import Node


def redirected(line: Line, node: "Node") -> Fed | None:
    """What the redirects of a command or statement give it; None when they give it nothing."""
    found = [one for one in _redirects(node) if _is_input(one)]
    around = node.parent if node.type == "command" else None
    if around is not None and around.type == "redirected_statement":
        found += [one for one in _redirects(around) if _is_input(one)]
    if not found:
        return None
    if len(found) > 1 or found[0].type == "file_redirect":
        return NOTHING
    return _heredoc(found[0]) if found[0].type == "heredoc_redirect" else _string(line, found[0])


def written(line: Line, node: "Node", fed: Fed) -> Fed:
    """What a statement, which itself reads `fed`, hands on through a pipe."""
    if node.type == "redirected_statement":
        fed = redirected(line, node) or fed
        body = node.child_by_field_name("body")
        return written(line, body, fed) if body is not None else NOTHING
    if node.type != "command":
        return NOTHING
    fed = redirected(line, node) or fed
    left_out = REDIRECTS | {"variable_assignment", "comment"}
    words = [line.reader.read(c) for c in node.named_children if c.type not in left_out]
    line.take_doubts()
    match words[0].value if words else "":
        case "echo":
            return _echoed(words[1:])
        case "printf":
            return _formatted(words[1:])
        case "tee":
            return fed
        case "cat" if len(words) == 1:
            return fed
        case _:
            return NOTHING


def _redirects(node: "Node") -> "list[Node]":
    found: list[Node] = []
    for child in node.named_children:
        if child.type in REDIRECTS:
            found += [child, *_redirects(child)]
    return found


def _is_input(node: "Node") -> bool:
    text = text_of(node)
    return bool(re.match(r"0?<", text)) and not text.startswith("<<<<")


def _string(line: Line, node: "Node") -> Fed:
    word = next((child for child in node.named_children if child.type in WORDS), None)
    value = line.reader.read(word).value if word is not None else ""
    line.take_doubts()
    return Fed(value, sure=True) if value else Fed(text_of(node).lstrip("0<").strip("\"' "))


def _heredoc(node: "Node") -> Fed:
    parts = {child.type: child for child in node.named_children}
    start, body = parts.get("heredoc_start"), parts.get("heredoc_body")
    if start is None or body is None:
        return NOTHING
    text = text_of(body)
    if text_of(node).lstrip("0").startswith("<<-"):
        text = re.sub(r"^\t+", "", text, flags=re.MULTILINE)
    quoted = text_of(start)[:1] in ("'", '"', "\\")
    return Fed(text, sure=quoted or not re.search(r"[$`\\]", text))


def _echoed(words: list[Word]) -> Fed:
    while words and re.fullmatch(r"-[neE]+", words[0].value):
        words = words[1:]
    return _joined(words)


def _formatted(words: list[Word]) -> Fed:
    form = words[0].value if words else ""
    plain = form.replace(r"\n", "\n").replace(r"\t", "\t")
    given = [word.value for word in words[1:]]
    holes = plain.count("%s")
    if not form or not all(given) or re.search(r"\\|%[^s]|%$", plain):
        return _joined(words)._replace(sure=False)
    if not holes:
        return Fed(plain, sure=True)
    given += [""] * (-len(given) % holes or (0 if given else holes))
    rows = [tuple(given[at : at + holes]) for at in range(0, len(given), holes)]
    return Fed("".join(plain % row for row in rows), sure=True)


def _joined(words: list[Word]) -> Fed:
    """As it was written where it is not known, or where a backslash may mean something."""
    sure = all(word.value and "\\" not in word.value for word in words)
    return Fed(" ".join(word.value or word.text.strip("\"'") for word in words), sure)
