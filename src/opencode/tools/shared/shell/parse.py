"""Every command and path of a shell line, as the requests that must be allowed before it runs."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.tools.shared.shell.evaluated import expression, heredoc
from opencode.tools.shared.shell.git import SAFE_GIT_ENV
from opencode.tools.shared.shell.input import redirected, written
from opencode.tools.shared.shell.line import NOTHING, REDIRECTS, SUBSTITUTIONS, WORDS, Line
from opencode.tools.shared.shell.simple import command
from opencode.tools.shared.shell.words import UNKNOWN, descendants, names, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["SAFE_GIT_ENV", "shell_requests"]

_LONGEST = 50_000
_DEEPEST = 12
_ODD = re.compile(
    r"[^\S\n\t ]|[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]"
)
_GLUED = re.compile(r"[^\s\\]\\\n")
_UNTRACKED = re.compile(
    r"\b(read|mapfile|readarray|getopts|eval|source|let|declare|typeset|local|export|readonly)\b"
    r"|\bunset\b|printf\s+-v|\(\(|:?=[^=]*\}|(^|[;&|\s])\.\s"
)
_SEQUENCES = names(
    "program compound_statement do_group list pipeline subshell negated_command if_statement"
    " elif_clause else_clause"
)
_APART = names("pipeline subshell")
_BRANCHES = names("list if_statement elif_clause else_clause")
_EVALUATED = WORDS | names("test_command compound_statement heredoc_body")
_FED = names("command redirected_statement heredoc_redirect pipeline")
"""Statements that read their input alone; in all others several share it."""
_IGNORED = names("comment heredoc_start heredoc_end file_descriptor heredoc_content")


def shell_requests(command: str, place: Place) -> list[Request]:
    """What running `command` needs: one `bash` request a simple command (redirects that write and
    assignments are requests of their own, `> file` and `NAME=value`), and `read`, `edit`, `rm` and
    `outside` ones for the paths it names. Never empty; what is not understood is `unsure`."""
    reader = _Reader(place)
    try:
        reader.parse(command, 0)
    except RecursionError:
        reader.line.doubt(command, "it is nested too deeply")
    return list(dict.fromkeys(reader.line.requests))


class _Reader:
    """Walks the statements of a line in the order in which bash would come to them."""

    def __init__(self, place: Place) -> None:
        self.line = Line(place)
        self.depth = 0

    def parse(self, text: str, depth: int) -> None:
        """Read a whole line, the outer one or one that a wrapper runs."""
        line = self.line
        if depth > _DEEPEST or len(text) > _LONGEST:
            line.doubt(text[:200], "it is too long or too deep to be understood")
            return
        if odd := _ODD.search(text):
            line.doubt(text, f"it holds an odd character ({odd[0]!a})")
        if _GLUED.search(text):
            line.doubt(text, "a word goes on after a line break")
        root = _tree(text)
        if root.has_error:
            line.doubt(text, "it cannot be parsed")
        line.tracking = line.tracking and not _UNTRACKED.search(text)
        before, outer, self.depth = line.commands, self.depth, depth
        self.walk(root)
        self.depth = outer
        if line.commands == before:
            line.doubt(text, "there is no command in it")

    def walk(self, node: "Node") -> None:
        """Read one statement, with what it reads itself."""
        fed = self.line.fed
        if node.type not in _FED:
            self.line.fed = fed._replace(sure=False)
        self.read(node)
        self.line.fed = fed

    def read(self, node: "Node") -> None:
        """Read what kind of statement it is."""
        kind, text = node.type, text_of(node)
        if kind in _SEQUENCES and not text.startswith("(("):
            self.sequence(node)
        elif statement := _STATEMENTS.get(kind):
            statement(self, node)
        elif leaf := _LEAVES.get(kind):
            self.inside(node)
            leaf(self.line, node)
        elif kind in _EVALUATED:
            self.inside(node)
            expression(self.line, node)
        elif kind not in _IGNORED and node.is_named:
            self.line.doubt(text, f"{kind.replace('_', ' ')} is not understood")
            self.each(node)

    def each(self, node: "Node") -> None:
        """Read everything below."""
        for child in node.named_children:
            self.walk(child)

    def sequence(self, node: "Node") -> None:
        """Statements one after the other; a folder change holds as long as it does for bash."""
        where = self.line.where
        before = where.folders
        for child in node.named_children:
            here = where.folders
            self.walk(child)
            if node.type == "pipeline":
                self.line.fed = written(self.line, child, self.line.fed)
            if node.type == "pipeline" or _is_background(child):
                where.folders = here
        if node.type in _APART:
            where.folders = before
        elif node.type in _BRANCHES and where.folders != before:
            after = where.folders
            where.folders = None if before is None or after is None else before | after

    def apart(self, node: "Node") -> None:
        """A subshell: it cannot change our folder."""
        before = self.line.where.folders
        self.each(node)
        self.line.where.folders = before

    def inside(self, node: "Node") -> None:
        """The substitutions in a node; they run before it."""
        for substitution in descendants(node, SUBSTITUTIONS):
            self.apart(substitution)

    def loop(self, node: "Node") -> None:
        """Statements that may run often, or later: a folder change in them leaves it unknown."""
        before = self.line.where.folders
        self.each(node)
        if self.line.where.folders != before:
            self.line.where.folders = None
            self.each(node)

    def redirected(self, node: "Node") -> None:
        """A statement with redirects, or what stands in a here-document's line."""
        if node.type == "heredoc_redirect":
            heredoc(self.line, node)
            if any(child.type in WORDS for child in node.named_children):
                self.line.doubt(text_of(node), "a word stands after a here-document")
            handed_on = self.line.fed
            for child in node.named_children:
                self.line.fed = handed_on if child.type == "pipeline" else NOTHING
                self.walk(child)
        elif all(child.type in REDIRECTS for child in node.named_children):
            self.line.doubt(text_of(node), "there is no command in it")
            self.each(node)
        else:
            self.fed(node)

    def fed(self, node: "Node") -> None:
        """A statement that reads what its redirects say, and what stands behind its pipe."""
        outer = self.line.fed
        own = redirected(self.line, node) or outer
        for child in node.named_children:
            self.line.fed = own
            if child.type == "heredoc_redirect":
                self.line.fed = written(self.line, node, outer)
            self.walk(child)
        self.line.fed = outer

    def command(self, node: "Node") -> None:
        """A simple command, its redirects, and the lines it runs."""
        for child in node.named_children:
            if child.type in REDIRECTS:
                self.walk(child)
            elif child.type in SUBSTITUTIONS:
                self.apart(child)
            else:
                self.inside(child)
        self.line.fed = redirected(self.line, node) or self.line.fed
        for script in command(self.line, node):
            if script.here:
                self.parse(script.text, self.depth + 1)
            else:
                self.in_a_shell_of_its_own(script.text)

    def in_a_shell_of_its_own(self, text: str) -> None:
        """Another shell changes neither our folder nor our variables, and knows only the
        environment's."""
        folders, known = self.line.where.folders, self.line.reader.names
        self.line.reader.names = {"HOME": known.get("HOME", UNKNOWN)}
        self.parse(text, self.depth + 1)
        self.line.where.folders, self.line.reader.names = folders, known

    def for_each(self, node: "Node") -> None:
        """A loop over words."""
        body = node.child_by_field_name("body")
        for child in node.named_children:
            if child.type in WORDS:
                self.apart(child) if child.type in SUBSTITUTIONS else self.inside(child)
        self.line.loop_variable(node)
        if body is not None:
            self.loop(body)

    def for_count(self, node: "Node") -> None:
        """A loop that counts."""
        body = node.child_by_field_name("body")
        for child in node.named_children:
            if body is None or child.id != body.id:
                self.inside(child)
        self.line.loop_counter(node)
        if body is not None:
            self.loop(body)

    def function(self, node: "Node") -> None:
        """Defining a function gives a name another meaning; its body counts as run."""
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        title = text_of(name) if name is not None else "?"
        self.line.requests.append(Request("bash", f"function {title}", ("function", title)))
        self.line.tracking = False
        if body is None:
            return
        if re.search(rf"(^|[\s;&|({{]){re.escape(title)}($|[\s;&|)}}])", text_of(body)):
            self.line.doubt(text_of(node), f"{title} calls itself")
        for child in node.named_children:
            if child.type in REDIRECTS:
                self.walk(child)
        self.loop(body)

    def case(self, node: "Node") -> None:
        """The branches of a case; any of them may run."""
        before = self.line.where.folders
        self.each(node)
        if self.line.where.folders != before:
            self.line.where.folders = None


_STATEMENTS: dict[str, "Callable[[_Reader, Node], None]"] = {
    "command": _Reader.command,
    "redirected_statement": _Reader.redirected,
    "heredoc_redirect": _Reader.redirected,
    "command_substitution": _Reader.apart,
    "process_substitution": _Reader.apart,
    "for_statement": _Reader.for_each,
    "c_style_for_statement": _Reader.for_count,
    "while_statement": _Reader.loop,
    "function_definition": _Reader.function,
    "case_statement": _Reader.case,
    "case_item": _Reader.case,
}


def _assign(line: Line, node: "Node") -> None:
    line.assignment(node, reaches_programs=False)


_LEAVES: dict[str, "Callable[[Line, Node], None]"] = {
    "variable_assignment": _assign,
    "variable_assignments": Line.assignments,
    "declaration_command": Line.declaration,
    "unset_command": Line.unset,
    "file_redirect": Line.redirect,
    "herestring_redirect": Line.redirect,
}


def _tree(text: str) -> "Node":
    import tree_sitter  # noqa: PLC0415 - 18 ms that only shell lines should pay
    import tree_sitter_bash  # noqa: PLC0415

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))
    return parser.parse(text.encode(errors="replace")).root_node


def _is_background(node: "Node") -> bool:
    following = node.next_sibling
    return following is not None and following.type == "&"
