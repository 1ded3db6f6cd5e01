"""One shell line being read: the folder and the variables at each point, the requests so far."""

import re
from typing import TYPE_CHECKING, NamedTuple

from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.tools.shared.shell.paths import Whereabouts
from opencode.tools.shared.shell.variables import is_loaded, is_quiet
from opencode.tools.shared.shell.words import (
    UNKNOWN,
    Reader,
    Word,
    descendants,
    literal,
    names,
    text_of,
)

if TYPE_CHECKING:
    from tree_sitter import Node

WORDS = names(
    "word number string raw_string ansi_c_string translated_string concatenation simple_expansion"
    " expansion command_substitution process_substitution arithmetic_expansion brace_expression"
    " extglob_pattern regex variable_name"
)
SUBSTITUTIONS = names("command_substitution process_substitution")
REDIRECTS = names("file_redirect herestring_redirect heredoc_redirect")
_NAME = re.compile(r"[A-Za-z_]\w*")


class Fed(NamedTuple):
    """What a command reads from its input, where the line itself says it."""

    text: str = ""
    sure: bool = False
    """False when it may turn out to be another text, or a part of this."""


NOTHING = Fed()


class Line:
    """What is known while a line is read from its beginning to its end. Substitutions inside a
    node are read before the node itself."""

    def __init__(self, place: Place) -> None:
        self.where = Whereabouts(place)
        self.reader = Reader()
        self.requests: list[Request] = []
        self.commands = 0
        """Simple commands found so far, also inside substitutions."""
        self.tracking = True
        """Whether variables keep the values the line gives them."""
        self.fed = NOTHING
        """What stands in the input of the statement that is read now."""
        self.fetched = False
        """Whether something was fetched from the network."""

    def doubt(self, text: str, why: str) -> None:
        """Something only a person can allow."""
        self.requests.append(Request("bash", text.strip(), unsure=why))

    def settle(self, text: str) -> bool:
        """Turn the reader's doubts into a request; whether there were any."""
        doubts = self.take_doubts()
        if doubts:
            self.doubt(text, doubts)
        return bool(doubts)

    def take_doubts(self) -> str:
        """The reader's doubts as one sentence; they are settled then."""
        doubts, self.reader.doubts = self.reader.doubts, []
        return "; ".join(dict.fromkeys(doubts))

    def write(self, word: Word) -> None:
        """A file is written: asked for as `> file`, and as an edit of that path."""
        wanted = self.where.needs(word, "write")
        if wanted:
            self.requests.append(Request("bash", f"> {word.text}", (">", word.value)))
            self.requests += wanted

    def redirect(self, node: "Node") -> None:
        """A redirect that writes is a request of its own: no rule about the command before it
        covers it."""
        words = [child for child in node.named_children if child.type in WORDS]
        signs = [c.type for c in node.children if not c.is_named and c.type[0] in "<>&"]
        operator = signs[0] if signs else ""
        if operator in (">&-", "<&-"):
            return
        for child in words:
            word = self.reader.read(child)
            if self.settle(text_of(node)) or operator.startswith("<<<"):
                continue
            if operator in (">&", "<&") and re.fullmatch(r"\d+-?|-", word.value):
                continue
            if re.match(r"/dev/(tcp|udp)", word.lead):
                self.doubt(text_of(node), "it opens a network connection")
            elif operator in ("<", "<&"):
                self.requests += self.where.needs(word, "read")
            else:
                self.write(word)

    def assignment(self, node: "Node", reaches_programs: bool) -> None:
        """`NAME=value` is a request of its own."""
        text = text_of(node)
        match = re.match(r"([A-Za-z_]\w*)(\[(\d+)\])?\+?=", text)
        name = match[1] if match else ""
        word = self._value(node.child_by_field_name("value"))
        doubted = self.settle(text)
        if not name or is_loaded(name):
            self.doubt(text, f"{name or 'it'} changes what later words run or mean")
        elif not doubted:
            shown = f"{name}={word.value}" if word.value else text
            harmless = is_quiet(name, reaches_programs)
            self.requests.append(Request("bash", text, (shown,), harmless=harmless))
        plain = match is not None and not match[2] and "+=" not in text and not doubted
        self._keep(name, word, node, plain and not reaches_programs)

    def _value(self, node: "Node | None") -> Word:
        if node is None:
            return literal("")
        if node.type != "array":
            return self.reader.read(node)
        for child in descendants(node, WORDS - SUBSTITUTIONS):
            self.reader.read(child)
        return UNKNOWN

    def _keep(self, name: str, word: Word, node: "Node", plain: bool) -> None:
        """Remember a value that is certain from here on: set once, outside of branches."""
        parent = node.parent.type if node.parent is not None else ""
        certain = plain and self.tracking and parent in ("program", "variable_assignments")
        if certain and name not in assigned_twice(node):
            self.reader.names[name] = word
        elif name in self.reader.names:
            self.reader.names[name] = UNKNOWN

    def assignments(self, node: "Node") -> None:
        """`a=1 b=2` without a command."""
        for child in node.named_children:
            self.assignment(child, reaches_programs=False)

    def declaration(self, node: "Node") -> None:
        """`export A=1` and its kin."""
        keyword = node.children[0].type
        for child in node.named_children:
            if child.type == "variable_assignment":
                self.assignment(child, reaches_programs=keyword == "export")
            elif child.type == "variable_name" and not is_loaded(text_of(child)):
                self.requests.append(Request("bash", text_of(node), (keyword,), harmless=True))
            elif text_of(child) not in ("-x", "-r", "-g", "-p"):
                self.doubt(text_of(node), f"{keyword} may evaluate what it is given")

    def unset(self, node: "Node") -> None:
        """`unset` evaluates subscripts, also quoted ones."""
        given = [text_of(child) for child in node.named_children]
        if all(_NAME.fullmatch(name) and not is_loaded(name) for name in given):
            self.requests.append(Request("bash", text_of(node), ("unset", *given), harmless=True))
            self.reader.names.clear()
        else:
            self.doubt(text_of(node), "unset may evaluate what it is given")

    def loop_variable(self, node: "Node") -> None:
        """`for NAME in WORDS`: inside the loop it may be any of them."""
        children = [child for child in node.named_children if child.type in WORDS]
        name = text_of(children[0]) if children else ""
        values = [self.reader.read(child) for child in children[1:]]
        self.settle(text_of(node))
        if is_loaded(name):
            self.doubt(text_of(node), f"{name} changes what later words run or mean")
        for value in values:
            self.requests += self.where.leaves(value, "read") if value.glob else []
        known = bool(values) and all(value.values for value in values) and self.tracking
        if not known or name in self.reader.names or name in assigned_twice(node):
            self.reader.names[name] = UNKNOWN
            return
        texts = tuple(text for value in values for text in value.values)
        lead = values[0].lead if len(values) == 1 else ""
        self.reader.names[name] = Word(texts, lead, any(value.glob for value in values))

    def loop_counter(self, node: "Node") -> None:
        """`for ((i=0; …))`: arithmetic over its own counter."""
        text = text_of(node)
        head = text.partition("((")[2].partition("))")[0]
        counters = set(_NAME.findall(head))
        started = set(re.findall(r"([A-Za-z_]\w*)\s*=\s*\d+", head.partition(";")[0]))
        if counters - started or re.search(r"[\[$`'\"]", head):
            self.doubt(text, "arithmetic evaluates what its variables hold")
        for name in counters:
            self.reader.names[name] = UNKNOWN if name in assigned_twice(node) else literal("0")


def assigned_twice(node: "Node") -> set[str]:
    """Names the line assigns more than once: their value depends on the way taken."""
    while node.parent is not None:
        node = node.parent
    text = text_of(node)
    found = re.findall(r"\b([A-Za-z_]\w*)(?:\[[^\]]*\])?\+?=(?!=)", text)
    found += re.findall(r"\b(?:for|select)\s+([A-Za-z_]\w*)", text)
    return {name for name in found if found.count(name) > 1}
