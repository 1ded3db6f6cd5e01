"""The English of commands and errors, gathered from the code into locales/en.json: `make locales`.

Everything else in the catalogue is written there by hand; the groups `cli` and `errors` are not."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

import opencode
from opencode.cli import main as cli
from opencode.cli.show.help import WORDS

SOURCE = Path(opencode.__file__).parent
ENGLISH = SOURCE.parents[1] / "locales" / "en.json"
SPEAKERS = {
    "cli": "**/*",
    "tui": "**/*",
    "batch": "*",
    "core": "*",
    "agent": "agents loop gate compaction",
    "config": "secrets rules grants edit trust written load keys markdown fill suggest",
    "mcp": "client oauth entry tokens",
    "providers": "choose keys errors wire weights litellm copilot",
    "server": "listen",
    "session": "store rewind trash writer transfer lock index watch",
    "workspace": "sharing joining workspace background folding foreseeing",
}
"""The files whose errors people meet; those of tools are told to models, in English."""
_CALLS = re.compile(
    r"(Error|Failed|Busy|NotFound|Unavailable|Refused|Unreadable|fail|BadParameter"
    r"|warnings\.append|found\.append)$"
)
_NAMES = ("hint", "message", "found", "beyond", "_AGAIN", "_TRUST", "_TOO_MUCH")
_RETURNING = ("did_you_mean", "_key_advice", "_silent", "_judge_one", "_warnings")
_FORESEEING = ("foresee", "foreseen")
"""What a person is told before they say yes."""
_NOT_SAID = ("ToolError", "ValueError", "OSError", "RuntimeError", "ValidationError")


def errors() -> list[str]:
    """The messages and hints of errors, with named fields where their values stand."""
    found: list[str] = []
    for room, names in SPEAKERS.items():
        for name in names.split():
            for file in sorted((SOURCE / room).glob(f"{name}.py")):
                for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                    for part in _told(node):
                        found.extend(templates(part))
    return _sentences(found)


def sayings() -> list[str]:
    """What commands print: all that stands in `said(…)`, and the headings of tables."""
    found: list[str] = []
    for file in sorted(SOURCE.glob("cli/**/*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                match ast.unparse(node.func):
                    case "said":
                        found.extend(templates(node.args[0]))
                    case "print_table":
                        found.extend(_constants(node.args[0]))
                    case _:
                        pass
    return _sentences(found)


def helps() -> list[str]:
    """The paragraphs and options of every `--help`, without its examples."""
    found = [word for words in WORDS for word in words]
    root: Any = typer.main.get_command(cli.app)
    found.extend(_help_of(root))
    for name in cli.command_names():
        found.append(cli.summary(name))
        found.extend(_help_of(cli._load(name)))
    return _sentences(found)


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
        case ast.Call() if _CALLS.search(name := ast.unparse(node.func)):
            if name.rpartition(".")[2] not in _NOT_SAID:
                yield from node.args[:1]
                yield from (k.value for k in node.keywords if k.arg in ("hint", "message"))
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in _NAMES:
            yield value
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            yield from (v for n, v in zip(names, values, strict=True) if ast.unparse(n) in _NAMES)
        case ast.AugAssign(target=ast.Name(id=name), value=value) if name in _NAMES:
            yield value
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name in (
            *_RETURNING,
            *_FORESEEING,
        ):
            yield from (n.value for n in ast.walk(node) if isinstance(n, ast.Return) and n.value)
        case _:
            pass


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


def _sentences(texts: list[str]) -> list[str]:
    """Each once, on one line, whatever its fields are called; those without words are left out."""
    found: dict[str, str] = {}
    for text in texts:
        for line in text.split("\n"):
            if re.search(r"[A-Za-z]{2}", _bare(line)):
                found.setdefault(_nameless(" ".join(line.split())), " ".join(line.split()))
    return list(found.values())


def _nameless(line: str) -> str:
    """What tells one template from another: not what its fields are called."""
    return re.sub(r"\{\w+\}", "{}", line)


def _bare(line: str) -> str:
    return re.sub(r"`[^`]*`|\{\w+\}", "", line)


def gathered(now: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The groups as the code has them; a text that was there keeps its key."""
    every = {"cli": [*helps(), *sayings()], "errors": errors()}
    once = _sentences([text for texts in every.values() for text in texts])
    return {
        "cli": _keyed([text for text in once if text in every["cli"]], now.get("cli", {})),
        "errors": _keyed(
            [text for text in once if text not in every["cli"]], now.get("errors", {})
        ),
    }


def _keyed(texts: list[str], before: dict[str, str]) -> dict[str, str]:
    wanted = {_nameless(text) for text in texts}
    keys = {text: key for key, text in before.items() if _nameless(text) in wanted}
    known = {_nameless(text) for text in keys}
    taken = set(before)  # a changed text gets a new key: its translations are not those of the old
    for text in texts:
        if _nameless(text) not in known:
            key = start = "_".join(re.findall(r"[a-z]+", _bare(text).lower())[:6]) or "text"
            n = 1
            while key in taken:
                n += 1
                key = f"{start}_{n}"
            keys[text] = key
            taken.add(key)
    return {key: text for text, key in keys.items()}


def main() -> None:
    """Write the groups to the end of the English catalogue; its other lines stay as they are."""
    text = ENGLISH.read_text("utf-8")
    rest = re.split(r',\n  "cli": ', text, maxsplit=1)[0].rstrip().removesuffix("\n}")
    groups = gathered(json.loads(text))
    lines = json.dumps(groups, ensure_ascii=False, indent=2)
    ENGLISH.write_text(f"{rest},{lines[1:]}\n", "utf-8")
    for file in sorted(ENGLISH.parent.glob("*.json")):
        if file != ENGLISH:
            _drop_dead(file, groups)


def _drop_dead(file: Path, groups: dict[str, dict[str, str]]) -> None:
    """Translations of sentences nobody says any more go; what a language lacks is named."""
    there = json.loads(file.read_text("utf-8"))
    dead = [
        (group, key) for group in groups for key in there.get(group, {}) if key not in groups[group]
    ]
    for group, key in dead:
        del there[group][key]
    if dead:
        file.write_text(json.dumps(there, ensure_ascii=False, indent=2) + "\n", "utf-8")
    lacks = [key for group in groups for key in groups[group] if key not in there.get(group, {})]
    if lacks:
        print(f"{file.name} lacks {len(lacks)}: {', '.join(lacks[:5])} …")


if __name__ == "__main__":
    main()
