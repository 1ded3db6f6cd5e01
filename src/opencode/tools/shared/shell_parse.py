"""Every command and path of a shell line, as the requests that must be allowed before it runs."""

import re
from typing import TYPE_CHECKING

from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.tools.shared.shell_commands import Effects, effects, is_loaded, is_quiet
from opencode.tools.shared.shell_git import SAFE_GIT_ENV, git_effects, split_git
from opencode.tools.shared.shell_irreversible import irreversible
from opencode.tools.shared.shell_paths import Whereabouts
from opencode.tools.shared.shell_words import UNKNOWN, Reader, Word, descendants, literal, text_of
from opencode.tools.shared.shell_wrappers import Wrapped, line_of, wrapped

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["SAFE_GIT_ENV", "shell_requests"]

_LONGEST = 50_000
_DEEPEST = 40
_ODD = re.compile(
    r"[^\S\n\t ]|[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]"
)
_GLUED = re.compile(r"[^\s\\]\\\n")
_UNTRACKED = re.compile(
    r"\b(read|mapfile|readarray|getopts|eval|source|let|declare|typeset|local|export|readonly|unset)\b"
    r"|printf\s+-v|\(\(|:?=[^=]*\}|(^|[;&|\s])\.\s"
)
_SUBSTITUTIONS = frozenset({"command_substitution", "process_substitution"})
_EXPANSIONS = frozenset({"expansion", "simple_expansion", "arithmetic_expansion"})
_REDIRECTS = frozenset({"file_redirect", "herestring_redirect", "heredoc_redirect"})
_WORDS = frozenset(
    "word number string raw_string ansi_c_string translated_string concatenation simple_expansion"
    " expansion command_substitution process_substitution arithmetic_expansion brace_expression"
    " extglob_pattern regex variable_name".split()
)
_SEQUENCES = frozenset(
    "program compound_statement do_group list pipeline subshell negated_command if_statement"
    " elif_clause else_clause".split()
)
_APART = frozenset({"pipeline", "subshell"})
_BRANCHES = frozenset({"list", "if_statement", "elif_clause", "else_clause", "case_statement"})
_FETCHERS = frozenset({"curl", "wget", "fetch", "aria2c", "http", "nc", "ncat", "scp"})
_INTERPRETERS = re.compile(
    r"(ba|z|da|k|fi|a)?sh|python[\d.]*|perl|ruby|node|php|bun|deno|eval|source|\."
)


def shell_requests(command: str, place: Place) -> list[Request]:
    """What running `command` needs: one `bash` request a simple command (redirects that write and
    assignments are requests of their own, `> file` and `NAME=value`), and `read`, `edit`, `rm` and
    `outside` ones for the paths it names. Never empty; what is not understood is `unsure`."""
    line = _Line(place)
    try:
        line.parse(command, 0)
    except RecursionError:
        line.doubt(command, "it is nested too deeply")
    return list(dict.fromkeys(line.requests))


class _Line:
    """One shell line being read; knows the folder and the variables at each point of it."""

    def __init__(self, place: Place) -> None:
        self.where = Whereabouts(place)
        self.reader = Reader()
        self.requests: list[Request] = []
        self.depth = 0
        self.commands = 0
        self.tracking = True
        self.fetched = False

    def doubt(self, text: str, why: str) -> None:
        """Something only a person can allow."""
        self.requests.append(Request("bash", text.strip(), unsure=why))

    def parse(self, command: str, depth: int) -> None:
        """Read a whole line, the outer one or one that a wrapper runs."""
        if depth > _DEEPEST or len(command) > _LONGEST:
            self.doubt(command[:200], "it is too long or too deep to be understood")
            return
        odd = _ODD.search(command)
        if odd:
            self.doubt(command, f"it holds an odd character ({odd[0]!a})")
        if _GLUED.search(command):
            self.doubt(command, "a word goes on after a line break")
        root = _tree(command)
        if root.has_error:
            self.doubt(command, "it cannot be parsed")
        self.tracking = self.tracking and not _UNTRACKED.search(command)
        before, self.depth = self.commands, depth
        self.walk(root)
        if self.commands == before:
            self.doubt(command, "there is no command in it")

    def walk(self, node: "Node") -> None:
        """Read one statement."""
        kind = node.type
        if kind in _SEQUENCES and not text_of(node).startswith("(("):
            self.sequence(node)
        elif kind == "redirected_statement" or kind == "heredoc_redirect":
            self.redirected(node)
        elif reader := _STATEMENTS.get(kind):
            reader(self, node)
        elif kind in _SUBSTITUTIONS:
            self.apart(node)
        elif kind in _WORDS or kind in ("test_command", "case_item", "compound_statement"):
            self.expression(node)
        elif kind != "comment" and node.is_named:
            self.doubt(text_of(node), f"{kind.replace('_', ' ')} is not understood")
            for child in node.named_children:
                self.walk(child)

    def sequence(self, node: "Node") -> None:
        """Statements one after the other; folder changes hold as long as bash would hold them."""
        before = self.where.folders
        for child in node.named_children:
            self.walk(child)
            if node.type == "pipeline" or _is_background(child):
                self.where.folders = before
        if node.type in _APART:
            self.where.folders = before
        elif node.type in _BRANCHES and self.where.folders != before:
            after = self.where.folders
            self.where.folders = None if before is None or after is None else before | after

    def apart(self, node: "Node") -> None:
        """A subshell: it cannot change our folder."""
        before = self.where.folders
        for child in node.named_children:
            self.walk(child)
        self.where.folders = before

    def loop(self, node: "Node") -> None:
        """Statements that may run many times, or later: a folder change in them is no longer known."""
        before = self.where.folders
        for child in node.named_children:
            self.walk(child)
        if self.where.folders != before:
            self.where.folders = None
            for child in node.named_children:
                self.walk(child)

    def inside(self, node: "Node") -> None:
        """The substitutions among the words of a node; they run first."""
        for substitution in descendants(node, _SUBSTITUTIONS):
            self.apart(substitution)

    def expression(self, node: "Node") -> None:
        """What is evaluated though it is no command: tests, patterns, arithmetic."""
        self.inside(node)
        text = text_of(node)
        if node.type == "test_command" or text.startswith("(("):
            self.test(node, text)
        for child in descendants(node, _EXPANSIONS):
            self.reader.read(child)
        self.settle(text)

    def settle(self, text: str) -> str:
        """Turn the reader's doubts into a request; returns them."""
        doubts, self.reader.doubts = self.reader.doubts, []
        if doubts:
            self.doubt(text, "; ".join(dict.fromkeys(doubts)))
        return "; ".join(doubts)

    def test(self, node: "Node", text: str) -> None:
        """`[[ … ]]` evaluates subscripts and compared numbers, also of quoted text."""
        if text.startswith("(("):
            self.reader.arithmetic(text)
            return
        if re.search(r"(^|\s)(-v|-R)\s", text) or "[[" in text and re.search(r"\w\[", text):
            self.doubt(text, "the test may evaluate what a word holds")
        if text.startswith("[["):
            for left, right in re.findall(r"(\S+)\s+-(?:eq|ne|lt|le|gt|ge)\s+(\S+)", text):
                if not all(
                    re.fullmatch(r"-?\d+|\$[?#]", side.strip("\"'")) for side in (left, right)
                ):
                    self.doubt(text, "the test evaluates what it compares")
        for child in descendants(node, _WORDS - _SUBSTITUTIONS):
            word = self.reader.read(child)
            if word.lead[:1] in ("/", "~") or ".." in word.lead:
                self.requests += self.where.leaves(word, "read")

    def redirected(self, node: "Node") -> None:
        """A statement with redirects, or what stands in a here-document's line."""
        for child in node.named_children:
            if child.type == "file_redirect" or child.type == "herestring_redirect":
                self.redirect(child)
            elif child.type == "heredoc_redirect":
                self.heredoc(child)
            elif child.type in ("heredoc_body", "heredoc_start", "heredoc_end", "file_descriptor"):
                self.expression(child)
            elif child.type in _WORDS:
                self.doubt(text_of(child), "a word stands after a here-document")
            else:
                self.walk(child)
        if node.type == "redirected_statement" and not any(
            child.type not in _REDIRECTS for child in node.named_children
        ):
            self.doubt(text_of(node), "there is no command in it")

    def heredoc(self, node: "Node") -> None:
        """A here-document must end for us where it ends for bash."""
        text = text_of(node)
        match = re.match(r"\d*<<(-?)\s*(\\?)(['\"]?)(\w+)\3", text)
        start = next((text_of(c) for c in node.named_children if c.type == "heredoc_start"), "")
        body = next((text_of(c) for c in node.named_children if c.type == "heredoc_body"), "")
        if not match or start.strip("\\'\"") != match[4]:
            self.doubt(text, "its here-document cannot be followed")
        elif any((x.lstrip("\t") if match[1] else x) == match[4] for x in body.split("\n")[:-1]):
            self.doubt(text, "its here-document ends earlier for bash")
        self.redirected(node)

    def redirect(self, node: "Node") -> None:
        """A redirect that writes is a request of its own, `> file`: no rule about the command
        before it covers it."""
        self.inside(node)
        words = [child for child in node.named_children if child.type in _WORDS]
        operator = next(
            (c.type for c in node.children if not c.is_named and c.type[0] in "<>&"), ""
        )
        if operator in (">&-", "<&-") or not words:
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

    def write(self, word: Word) -> None:
        """A file is written: asked for as `> file`, and as an edit of that path."""
        wanted = self.where.needs(word, "write")
        if wanted:
            self.requests.append(Request("bash", f"> {word.text}", (">", word.value)))
            self.requests += wanted

    def assignment(self, node: "Node", before_command: bool) -> None:
        """`NAME=value` is a request of its own."""
        self.inside(node)
        text = text_of(node)
        match = re.match(r"([A-Za-z_]\w*)(\[(\d+)\])?\+?=", text)
        value = node.child_by_field_name("value")
        word = literal("")
        if value is not None and value.type != "array":
            word = self.reader.read(value)
        elif value is not None:
            for child in descendants(value, _WORDS - _SUBSTITUTIONS):
                self.reader.read(child)
            word = UNKNOWN
        doubts = self.settle(text)
        name = match[1] if match else ""
        if not match or is_loaded(name):
            self.doubt(text, f"{name or 'it'} changes what later words run or mean")
        elif not doubts:
            shown = f"{name}={word.value}" if word.value else text
            harmless = is_quiet(name, before_command)
            self.requests.append(Request("bash", text, (shown,), harmless=harmless))
        tracked = (
            self.tracking and not before_command and match and not match[2] and "+=" not in text
        )
        top = node.parent is not None and node.parent.type in ("program", "variable_assignments")
        if name in self.reader.names and not (
            tracked and top and name not in _assigned_twice(node)
        ):
            self.reader.names[name] = UNKNOWN
        elif tracked and top and not doubts and name not in _assigned_twice(node):
            self.reader.names[name] = word._replace(lead=word.lead if word.values else "")

    def assignments(self, node: "Node") -> None:
        """`a=1 b=2` without a command."""
        for child in node.named_children:
            self.assignment(child, before_command=False)

    def declaration(self, node: "Node") -> None:
        """`export A=1` and its kin."""
        keyword = node.children[0].type
        for child in node.named_children:
            if child.type == "variable_assignment":
                self.assignment(child, before_command=keyword == "export")
            elif child.type == "variable_name":
                self.requests.append(Request("bash", text_of(node), (keyword,), harmless=True))
            elif text_of(child) not in ("-x", "-r", "-g", "-p"):
                self.inside(child)
                self.doubt(text_of(node), f"{keyword} may evaluate what it is given")

    def unset(self, node: "Node") -> None:
        """`unset` evaluates subscripts, also quoted ones."""
        self.inside(node)
        names = [text_of(child) for child in node.named_children]
        plain = all(re.fullmatch(r"[A-Za-z_]\w*", name) and not is_loaded(name) for name in names)
        if plain:
            self.requests.append(Request("bash", text_of(node), ("unset", *names), harmless=True))
        else:
            self.doubt(text_of(node), "unset may evaluate what it is given")

    def for_each(self, node: "Node") -> None:
        """A loop over words: its variable may be any of them."""
        name = ""
        values: list[Word] = []
        for child in node.named_children:
            if child.type == "variable_name" and not name:
                name = text_of(child)
            elif child.type in _WORDS:
                self.inside(child)
                values.append(self.reader.read(child))
        self.settle(text_of(node))
        if is_loaded(name):
            self.doubt(text_of(node), f"{name} changes what later words run or mean")
        known = bool(values) and all(v.values for v in values) and self.tracking
        texts = tuple(text for value in values for text in value.values)
        word = Word(texts, "", any(v.glob for v in values)) if known else UNKNOWN
        if len(values) == 1 and known:
            word = word._replace(lead=values[0].lead)
        repeated = name in self.reader.names or name in _assigned_twice(node)
        self.reader.names[name] = UNKNOWN if repeated else word
        body = node.child_by_field_name("body")
        if body is not None:
            self.loop(body)

    def for_count(self, node: "Node") -> None:
        """`for ((…))`: arithmetic over its own counter."""
        head = text_of(node).partition("))")[0].partition("((")[2]
        names = set(re.findall(r"[A-Za-z_]\w*", head))
        started = set(re.findall(r"([A-Za-z_]\w*)\s*=\s*\d+", head.partition(";")[0]))
        if names - started or re.search(r"[\[$`'\"]", head):
            self.doubt(text_of(node), "arithmetic evaluates what its variables hold")
        for name in names:
            repeated = len(re.findall(rf"\b{name}=", text_of(_top(node)))) > 1
            self.reader.names[name] = UNKNOWN if repeated else Word(("0",), "0")
        body = node.child_by_field_name("body")
        if body is not None:
            self.loop(body)

    def function(self, node: "Node") -> None:
        """Defining a function gives a name another meaning; its body counts as run."""
        name = node.child_by_field_name("name")
        body = node.child_by_field_name("body")
        title = text_of(name) if name is not None else "?"
        self.requests.append(Request("bash", f"function {title}", ("function", title)))
        if body is None:
            return
        if re.search(rf"(^|[\s;&|({{]){re.escape(title)}($|[\s;&|)}}])", text_of(body)):
            self.doubt(text_of(node), f"{title} calls itself")
        self.tracking = False
        self.loop(body)

    def case(self, node: "Node") -> None:
        """The branches of a case; any of them may run."""
        before = self.where.folders
        for child in node.named_children:
            if child.type in _WORDS:
                self.expression(child)
            else:
                self.case(child) if child.type == "case_item" else self.walk(child)
        if self.where.folders != before:
            self.where.folders = None

    def command(self, node: "Node") -> None:
        """One simple command with its assignments and redirects."""
        self.commands += 1
        self.inside(node)
        words: list[Word] = []
        for child in node.named_children:
            if child.type == "variable_assignment":
                self.assignment(child, before_command=True)
            elif child.type in _REDIRECTS:
                self.heredoc(child) if child.type == "heredoc_redirect" else self.redirect(child)
            elif child.type != "comment":
                words.append(self.reader.read(child))
        doubts, self.reader.doubts = self.reader.doubts, []
        self.simple(words, "; ".join(doubts))

    def simple(self, words: list[Word], doubts: str = "") -> None:
        """A command as words: what it does itself, then what it runs."""
        name, text = words[0].value if words else "", line_of(words)
        if not name or words[0].text != name:
            self.doubt(text, doubts or "which command it runs is not known before")
            return
        inner = wrapped(words)
        does = self.effects(words, inner)
        doubts = doubts or does.doubt or (inner.doubt if inner else "")
        if name in ("read", "mapfile", "readarray", "eval", "source", ".", "printf", "getopts"):
            self.tracking = self.tracking and name == "printf" and not doubts
            self.reader.names.clear()
        final = irreversible(words, does.removes, self.where)
        if self.fetched and _INTERPRETERS.fullmatch(name.rpartition("/")[2]):
            final = "runs what was just fetched"
        self.fetched = self.fetched or name.rpartition("/")[2] in _FETCHERS
        harmless = does.harmless and not doubts and not final
        shown = (words[0], *split_git(words[1:])[1]) if name == "git" else words
        values = tuple(word.value for word in shown)
        self.requests.append(
            Request("bash", text, values, harmless=harmless, irreversible=final, unsure=doubts)
        )
        self.paths(does)
        if inner:
            self.run_inside(inner)

    def effects(self, words: list[Word], inner: Wrapped | None) -> Effects:
        """What the command itself does, wherever it is looked up."""
        name, rest = words[0].value, words[1:]
        if name in ("cd", "pushd", "chdir"):
            targets = [w for w in rest if w.value not in ("-P", "-L", "--", "-e", "-@")]
            self.requests += self.where.change(targets[0] if targets else self.home())
            return Effects(harmless=len(targets) < 2)
        if name in ("popd", "dirs"):
            self.where.folders = None if name == "popd" else self.where.folders
            return Effects(harmless=True)
        if name == "git":
            return git_effects(rest, self.where.folders)
        if name == "find" or inner is None:
            return effects(words)
        return Effects(harmless=inner.harmless)

    def home(self) -> Word:
        """Where `cd` alone goes."""
        return self.reader.names.get("HOME", UNKNOWN)

    def paths(self, does: Effects) -> None:
        """The requests for the paths a command reads, writes and removes."""
        for word in does.reads:
            self.requests += self.where.needs(word, "read")
            self.requests += self.where.linked(word) if does.links else []
            self.requests += self.where.secrets_below(word) if does.below else []
        for word in does.writes:
            self.write(word)
        for word in does.removes:
            self.requests += self.where.needs(word, "write", "rm")
        for word in does.may_leave:
            self.requests += self.where.leaves(word, "write" if not does.harmless else "read")

    def run_inside(self, inner: Wrapped) -> None:
        """The commands a wrapper runs count like any other."""
        for word in inner.settings:
            name = word.lead.partition("=")[0]
            if is_loaded(name) or not word.value:
                self.doubt(word.text, f"{name} changes what later words run or mean")
            else:
                quiet = is_quiet(name, before_command=True)
                self.requests.append(Request("bash", word.value, (word.value,), harmless=quiet))
        for words in inner.commands:
            if words:
                self.commands += 1
                self.simple(words)
        depth = self.depth
        for script in inner.scripts:
            self.parse(script, depth + 1)
            self.depth = depth


_STATEMENTS = {
    "command": _Line.command,
    "variable_assignment": lambda line, node: line.assignment(node, before_command=False),
    "variable_assignments": _Line.assignments,
    "declaration_command": _Line.declaration,
    "unset_command": _Line.unset,
    "for_statement": _Line.for_each,
    "c_style_for_statement": _Line.for_count,
    "while_statement": _Line.loop,
    "function_definition": _Line.function,
    "case_statement": _Line.case,
}


def _tree(command: str) -> "Node":
    import tree_sitter  # noqa: PLC0415 - 18 ms that only shell lines should pay
    import tree_sitter_bash  # noqa: PLC0415

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))
    return parser.parse(command.encode(errors="surrogatepass")).root_node


def _is_background(node: "Node") -> bool:
    following = node.next_sibling
    return following is not None and following.type == "&"


def _top(node: "Node") -> "Node":
    while node.parent is not None:
        node = node.parent
    return node


def _assigned_twice(node: "Node") -> set[str]:
    """Names the line assigns more than once: their value depends on the way taken."""
    text = text_of(_top(node))
    names = re.findall(r"\b([A-Za-z_]\w*)(?:\[[^\]]*\])?\+?=", text)
    names += re.findall(r"\b(?:for|select)\s+([A-Za-z_]\w*)", text)
    return {name for name in names if names.count(name) > 1}
