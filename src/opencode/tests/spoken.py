"""What the code says to people in English: commands, errors, helps, and why something asks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

import opencode
from opencode.cli import main as cli
from opencode.cli.show.help import WORDS

SOURCE = Path(opencode.__file__).parent
SPEAKERS = {
    "cli": "**/*",
    "tui": "**/*",
    "tools/shared/shell": "*",
    "host": "sandbox service",
    "acp": "stdio",
    "lsp": "servers choosing",
    "batch": "*",
    "core": "*",
    "agent": "agents loop gate compaction budget repetition",
    "config": "secrets rules grants check *edit trust written load keys markdown fill suggest pins "
    "yaml_file malformed",
    "mcp": "client oauth entry tokens login life stdio servers",
    "providers": "choose keys errors wire weights litellm copilot remote servers models "
    "offline/provider offline/report offline/asking offline/reading offline/running",
    "remote": "link events original/*",
    "server": "listen announce",
    "session": "places store rewind trash writer transfer lock index watch",
    "workspace": "sharing joining workspace background folding foreseeing verdict shelf vouching "
    "custom_tools hooks answering composing fallback",
}
"""The files whose errors people meet; those of tools are told to models, in English."""
_CALLS = re.compile(
    r"(Error|Failed|Busy|NotFound|Unavailable|Refused|Unreadable|Unreachable|fail|BadParameter"
    r"|NotInstalled|NotTrusted|LoginNeeded|Stop|warnings\.append|found\.append|doubts\.append|Denied)$"
)
_NAMES = ("hint", "message", "found", "beyond", "notice", "why", "doubt", "_stopped")
_NAMES += ("unfit", "notes", "advice", "_WHO", "_CONNECT", "_WHICH_FILE", "_AGAIN")
_NAMES += ("_TRUST", "_TOO_MUCH", "_NOBODY", "_UNQUOTED", "_TWICE")
_KEYWORDS = ("hint", "message")
_WHYS = ("doubt", "unsure", "notice", "nothing", "advice")
"""Fields that say why, whatever they belong to."""
_RETURNING = (
    "did_you_mean _key_advice _silent _judge_one _warnings _change _unseen no_provider "
    "_no_address _no_language _no_key _allowed_by why_changed tried_by _not_offered "
    "spent"
)
_TABLES = (
    "_WRITES _HIDDEN _OFFLINE _CONFIG _GAPS _EVERYWHERE _PHRASES _ALWAYS _GIT _IN_WORDS "
    "_MALFORMED NEEDS"
)
"""Constants in which every sentence is told: what walls hold, what cannot be undone."""
_PASSED_ON = (
    "expected {wanted}, got {got}",
    "No such file or directory",
    "Permission denied",
    "Is a directory",
    "Not a directory",
    "No space left on device",
    "Read-only file system",
    "Connection refused",
    "All connection attempts failed",
)
"""What msgspec says of a setting, and the system of files and addresses."""
_PROGRAMS = ("opencode", "git", "ripgrep", "bash")
_KEY = re.compile(r"[a-z_]+\.[a-z_.]+")
"""The name of a text that stands elsewhere in the catalogue."""
_FORESEEING = ("foresee", "foreseen")
"""What a person is told before they say yes."""
_NOT_SAID = ("ToolError", "ValueError", "OSError", "RuntimeError", "ValidationError")


def errors() -> list[str]:
    """The messages and hints of errors, with named fields where their values stand."""
    found = list(_PASSED_ON)
    for room, names in SPEAKERS.items():
        for name in names.split():
            for file in sorted((SOURCE / room).glob(f"**/{name}.py")):
                for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                    whole = file.stem == "irreversible" and isinstance(node, ast.Return)
                    for part in [node.value] if whole and node.value else _told(node):
                        found.extend(templates(part))
    return sentences(found)


def sayings() -> list[str]:
    """What commands print: all that stands in `said(…)`, and the headings of tables."""
    found: list[str] = []
    for file in sorted(SOURCE.glob("cli/**/*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="said"), args=[text, *_]):
                    found.extend(templates(text))
                case ast.Call(func=ast.Name(id="Finding" | "_folder"), args=args):
                    found.extend(_finding(args))
                case ast.Call(func=func, args=[headings, *_]):
                    if ast.unparse(func).endswith("print_table"):
                        found.extend(_constants(headings))
                case ast.Assign() if file.parent.name == "health":
                    found.extend(_looked_at(node))
                case ast.FunctionDef(name="_where") if file.parent.name == "health":
                    found.extend(text for one in _returned(node) for text in templates(one))
                case _:
                    pass
    return sentences(found)


def _finding(args: list[ast.expr]) -> Iterator[str]:
    """What a line of the doctor says: its group, its name, how it is and what to do."""
    for n, part in enumerate(args):
        said = templates(part)
        if n != 2:
            yield from (text for text in said if text not in _PROGRAMS and not _is_command(text))


def _looked_at(node: ast.Assign) -> Iterator[str]:
    match node.targets:
        case [ast.Name(id="detail" | "fix" | "slow" | "_RG" | "known" | "colours")]:
            yield from (text for text in templates(node.value) if not _is_command(text))
        case _:
            pass


def _is_command(text: str) -> bool:
    """What is typed as it stands, or is a path alone, has no translation."""
    return bool(re.fullmatch(r"opencode [\w {}-]+|chmod .*", text))


def helps() -> list[str]:
    """The paragraphs and options of every `--help`, without its examples."""
    found = [word for words in WORDS for word in words]
    root: Any = typer.main.get_command(cli.app)
    found.extend(_help_of(root))
    for name in cli.command_names():
        found.append(cli.summary(name))
        found.extend(_help_of(cli._load(name)))
    return sentences(found)


def _help_of(command: Any) -> Iterator[str]:
    for text in (command.help, command.epilog):
        for paragraph in re.split(r"\n\s*\n", (text or "").strip("\n")):
            if paragraph.lstrip(" ").startswith("\b"):
                for line in paragraph.split("\n"):
                    yield line.strip().partition("  ")[2]
            else:
                yield " ".join(paragraph.split())
    for param in command.params:
        if not getattr(param, "hidden", False):
            yield param.help or ""
    if hasattr(command, "registered_groups") or getattr(command, "commands", None):
        for below in command.commands.values():
            yield from _help_of(below)


def _told(node: ast.AST) -> Iterator[ast.expr]:
    """What a piece of code tells a person when something goes wrong."""
    match node:
        case (
            ast.Call(func=ast.Attribute(attr="doubt" | "_say"), args=[_, why])
            | ast.Call(func=ast.Name(id="Notice"), args=[_, _, _, why, *_])
            | ast.Call(func=ast.Name(id="say"), args=[why])
            | ast.Call(func=ast.Name(id="Agent"), args=[_, why])
        ):
            yield why
        case ast.keyword(arg=name, value=value) if name in _WHYS:
            yield value
        case ast.Call() if _CALLS.search(name := ast.unparse(node.func)):
            if name.rpartition(".")[2] not in _NOT_SAID:
                yield from node.args[:1]
                yield from (k.value for k in node.keywords if k.arg in _KEYWORDS)
        case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)], value=value) if (
            name in _NAMES
        ):
            yield value
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
        ) if name in _TABLES.split():
            yield from _whys(value)
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            yield from (v for n, v in zip(names, values, strict=True) if ast.unparse(n) in _NAMES)
        case ast.AugAssign(target=ast.Name(id=name), value=value) if name in _NAMES:
            yield value
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name in (
            *_RETURNING.split(),
            *_FORESEEING,
        ):
            yield from _returned(node)
        case _:
            pass


def _returned(node: ast.AST) -> Iterator[ast.expr]:
    return (n.value for n in ast.walk(node) if isinstance(n, ast.Return) and n.value)


def _whys(table: ast.expr) -> Iterator[ast.expr]:
    """Of a table what is said, not what is looked up: its values."""
    match table:
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                yield from _whys(value) if key or isinstance(value, ast.Call) else ()
        case ast.Call(args=[_, why]) | ast.Call(args=[_, _, why]) | ast.Lambda(body=why):
            yield why
        case ast.Tuple(elts=parts):
            yield from parts
        case _:
            yield table


def templates(node: ast.AST) -> list[str]:
    """The texts an expression can become."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            return [_template(values)]
        case ast.IfExp(body=body, orelse=other):
            return [*templates(body), *templates(other)]
        case ast.Tuple(elts=[*_, last]) | ast.ListComp(elt=last):
            return templates(last)
        case ast.List(elts=values):
            return [text for value in values for text in templates(value)]
        case ast.BoolOp(values=values):
            return [text for value in values for text in templates(value)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [f"{a}{b}" for a in templates(left) for b in templates(right)]
        case _:
            return []


def _template(values: list[ast.expr]) -> str:
    text, used = "", set[str]()
    for value in values:
        if isinstance(value, ast.Constant):
            text += str(value.value)
        elif isinstance(value, ast.FormattedValue):
            name = start = _field(value.value)
            n = 1
            while name in used:
                n += 1
                name = f"{start}{n}"
            used.add(name)
            quote = "'" if value.conversion == ord("r") else ""
            text += f"{quote}{{{name}}}{quote}"
    return text


def _field(value: ast.expr) -> str:
    """A name for what stands in the brackets of an f-string."""
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower()
        case ast.Call(func=ast.Name(id="did_you_mean")):
            return "suggestion"
        case ast.Call(args=[first, *_]):
            return _field(first)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name.strip("_").lower()
        case ast.Subscript(value=inner) | ast.BoolOp(values=[inner, *_]):
            return _field(inner)
        case ast.BinOp(left=inner) | ast.Starred(value=inner) | ast.IfExp(body=inner):
            return _field(inner)
        case _:
            return "value"


def _constants(node: ast.AST) -> list[str]:
    return [str(n.value) for n in ast.walk(node) if isinstance(n, ast.Constant) and n.value]


def sentences(texts: list[str]) -> list[str]:
    """Each once, on one line, whatever its fields are called; those without words are left out."""
    found: dict[str, str] = {}
    for text in texts:
        for line in text.split("\n"):
            if re.search(r"[A-Za-z]{2}", bare(line)) and not _KEY.fullmatch(line):
                found.setdefault(nameless(" ".join(line.split())), " ".join(line.split()))
    return list(found.values())


def nameless(line: str) -> str:
    """What tells one template from another: not what its fields are called."""
    return re.sub(r"\{\w+\}", "{}", line)


def bare(line: str) -> str:
    return re.sub(r"`[^`]*`|\{\w+\}", "", line)
