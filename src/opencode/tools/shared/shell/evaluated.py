"""What bash evaluates though it is no command: tests, and the text of here-documents."""

import re
from typing import TYPE_CHECKING

from opencode.tools.shared.shell.line import SUBSTITUTIONS, WORDS, Line
from opencode.tools.shared.shell.words import descendants, names, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

_EXPANSIONS = names("expansion simple_expansion arithmetic_expansion")
_COMPARED = re.compile(r"(\S+)\s+-(?:eq|ne|lt|le|gt|ge)\s+(\S+)")
_BINARY = names("= == != =~ < > -eq -ne -lt -le -gt -ge -nt -ot -ef")


def expression(line: Line, node: "Node") -> None:
    """Note what evaluating the node may run, and where its paths lead."""
    text = text_of(node)
    if text.startswith("(("):
        line.reader.arithmetic(text)
    elif node.type == "test_command":
        _test(line, node, text)
    _expansions(line, node)
    line.settle(text)


def _expansions(line: Line, node: "Node") -> None:
    if node.type in _EXPANSIONS:
        line.reader.read(node)
    for child in descendants(node, _EXPANSIONS):
        line.reader.read(child)


def _test(line: Line, node: "Node", text: str) -> None:
    """`-v` and compared numbers evaluate subscripts, also those in quoted text."""
    double = text.startswith("[[")
    if re.search(r"(^|\s)(-v|-R)\s", text) or (double and re.search(r"\w\[", text)):
        line.doubt(text, "the test may evaluate what a word holds")
    for left, right in _COMPARED.findall(text) if double else []:
        if not all(re.fullmatch(r"-?\d+|\$[?#]", side.strip("\"'")) for side in (left, right)):
            line.doubt(text, "the test evaluates what it compares")
    if not double and not _is_settled(line, node):
        line.doubt(text, "what it tests is not known before it runs")
    for child in descendants(node, WORDS - SUBSTITUTIONS):
        word = line.reader.read(child)
        if word.glob or word.lead[:1] in ("/", "~") or ".." in word.lead:
            line.requests += line.where.leaves(word, "read")


def _is_settled(line: Line, node: "Node") -> bool:
    """Whether no expansion can turn out to be an operator of `[ … ]`."""
    parts = list(descendants(node, WORDS | {"test_operator"}))
    texts = [text_of(part) for part in parts]
    tokens = text_of(node).strip("[]").split()
    for index, part in enumerate(parts):
        word = line.reader.read(part)
        if part.type == "test_operator" or (word.value and not word.value.startswith("-")):
            continue
        if part.type != "string":
            return False
        sole = len(parts) == 1
        after_operator = index > 0 and parts[index - 1].type == "test_operator"
        compared = any(token in _BINARY for token in tokens) and len(parts) <= 3
        if not (sole or compared or (after_operator and texts[index - 1] not in ("-a", "-o"))):
            return False
    return True


def heredoc(line: Line, node: "Node") -> None:
    """A here-document must end for us where it ends for bash, and hide nothing from the parser."""
    text = text_of(node)
    match = re.match(r"\d*<<(-?)\s*(\\?)(['\"]?)(\w+)\3", text)
    parts = {child.type: child for child in node.named_children}
    start, body = parts.get("heredoc_start"), parts.get("heredoc_body")
    if not match or start is None or text_of(start).strip("\\'\"") != match[4]:
        line.doubt(text, "its here-document cannot be followed")
        return
    if body is None:
        return
    written = text_of(body)
    lines = [x.lstrip("\t") if match[1] else x for x in written.split("\n")]
    if match[4] in lines[:-1]:
        line.doubt(text, "its here-document ends earlier for bash")
    if not (match[2] or match[3]):
        for child in descendants(body, SUBSTITUTIONS | _EXPANSIONS):
            written = written.replace(text_of(child), "")
        if re.search(r"`|\$[({\[]", written):
            line.doubt(text, "its here-document evaluates what cannot be parsed")
