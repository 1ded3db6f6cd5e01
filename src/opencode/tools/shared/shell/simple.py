"""One simple command: what it does itself, which paths it touches, and what it runs."""

import re
from typing import TYPE_CHECKING, NamedTuple

from opencode.core.permission import Request
from opencode.tools.shared.shell.commands import effects
from opencode.tools.shared.shell.effects import Effects
from opencode.tools.shared.shell.git import git_effects, split_git
from opencode.tools.shared.shell.irreversible import irreversible
from opencode.tools.shared.shell.line import NOTHING, REDIRECTS, Line
from opencode.tools.shared.shell.variables import is_loaded, is_quiet
from opencode.tools.shared.shell.words import UNKNOWN, Word, names
from opencode.tools.shared.shell.wrappers import Wrapped, line_of, wrapped

if TYPE_CHECKING:
    from tree_sitter import Node


class Script(NamedTuple):
    """A further line that a command runs."""

    text: str
    here: bool
    """Whether in this very shell."""


_FETCHERS = names("curl wget fetch aria2c http nc ncat scp")
_INTERPRETERS = re.compile(
    r"(ba|z|da|k|fi|a)?sh|python[\d.]*|perl|ruby|node|php|bun|deno|eval|source|\."
)
_SETTERS = names("read mapfile readarray eval source . printf getopts")
"""Commands that may give variables other values."""
_TAKERS = names("xargs parallel entr watch trap")
"""Commands whose input is not that of what they run."""


def command(line: Line, node: "Node") -> list[Script]:
    """Read a command with its assignments; returns the further lines it runs."""
    words: list[Word] = []
    for child in node.named_children:
        if child.type == "variable_assignment":
            line.assignment(child, reaches_programs=True)
        elif child.type not in REDIRECTS and child.type != "comment":
            words.append(line.reader.read(child))
    return simple(line, words, line.take_doubts())


def simple(line: Line, words: list[Word], doubts: str = "") -> list[Script]:
    """Read a command given as words; returns the further lines it runs."""
    line.commands += 1
    name, text = words[0].value if words else "", line_of(words)
    if not name or words[0].text != name:  # `c"url"` is read as what it is, and asked about
        doubts = doubts or "which command it runs is not known before"
    if not name:
        line.doubt(text, doubts)
        return []
    inner = _reading(line, wrapped(words))
    does = _effects(line, words, inner)
    unseen = inner.unseen if inner else ""
    doubts = doubts or does.doubt or (inner.doubt if inner else "") or unseen
    if name in _SETTERS:
        line.tracking = line.tracking and name == "printf" and not doubts
        line.reader.names.clear()
    final = irreversible(words, does.removes, line.where) or _unseen(line, name)
    shown = (words[0], *split_git(words[1:])[1]) if name == "git" else words
    line.requests.append(
        Request(
            "bash",
            text,
            tuple(word.value for word in shown),
            harmless=does.harmless and not doubts and not final,
            irreversible=final,
            unsure=doubts,
        )
    )
    if unseen:
        line.doubt(f"what {text} reads", unseen)
    _paths(line, does)
    return _inner(line, name, inner) if inner else []


def _reading(line: Line, inner: Wrapped | None) -> Wrapped | None:
    """A shell that runs what it reads: the text of it, where the line says it."""
    if inner is None or not inner.reads:
        return inner
    fed, line.fed = line.fed, NOTHING
    unseen = inner.unseen or ("" if fed.sure and fed.text else inner.reads)
    return inner._replace(scripts=[fed.text] if fed.text.strip() else [], unseen=unseen)


def _unseen(line: Line, name: str) -> str:
    """Whether an interpreter runs what the same line fetches."""
    bare = name.rpartition("/")[2]
    ran = line.fetched and _INTERPRETERS.fullmatch(bare)
    line.fetched = line.fetched or bare in _FETCHERS
    return "runs what was just fetched" if ran else ""


def _effects(line: Line, words: list[Word], inner: Wrapped | None) -> Effects:
    name, rest = words[0].value, words[1:]
    if name in ("cd", "pushd", "chdir"):
        targets = [w for w in rest if w.value not in ("-P", "-L", "--", "-e", "-@")]
        home = line.reader.names.get("HOME", UNKNOWN)
        line.requests += line.where.change(targets[0] if targets else home)
        return Effects(harmless=len(targets) < 2)
    if name == "popd":
        line.requests += line.where.change(Word(text="where popd goes back to"))
        return Effects(harmless=True)
    if name == "git":
        return git_effects(rest, line.where.folders)
    if name == "find" or inner is None:
        return effects(words)
    return Effects(harmless=inner.harmless)


def _paths(line: Line, does: Effects) -> None:
    where = line.where
    for word in does.reads:
        line.requests += where.needs(word, "read")
        line.requests += where.linked(word) if does.links else []
        line.requests += where.secrets_below(word) if does.below else []
    for word in does.writes:
        if does.writes_by_name:
            line.requests += where.needs(word, "write")
        else:
            line.write(word)
    for word in does.removes:
        line.requests += where.needs(word, "write", "rm")
    for word in does.may_leave:
        line.requests += where.leaves(word, "read" if does.harmless else "write")


def _inner(line: Line, name: str, inner: Wrapped) -> list[Script]:
    for word in inner.settings:
        name = word.lead.partition("=")[0]
        if is_loaded(name) or not word.value:
            line.doubt(word.text, f"{name} changes what later words run or mean")
        else:
            quiet = is_quiet(name, reaches_programs=True)
            line.requests.append(Request("bash", word.value, (word.value,), harmless=quiet))
    if name in _TAKERS:
        line.fed = NOTHING
    scripts = [Script(text, inner.here) for text in inner.scripts]
    for words in inner.commands:
        scripts += simple(line, words) if words else []
    return scripts
