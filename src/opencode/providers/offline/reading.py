"""Forms that look at files: read, ls and glob."""

import re
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

from opencode.core.message import ToolPart
from opencode.providers.offline.grammar import (
    Call,
    Context,
    Form,
    Plan,
    form,
    is_path,
    one,
    unquoted,
)

MOST_FILES = 20
_READ = "{read|show|show me|open|cat|print|display|view}"
LEFT = (
    r"[,? and [then ]<left={explain|summarize|summarise|describe|review|check|analyze|analyse|fix"
    r"|tell|document|improve|verify|comment}\b.*>]"
)
_FOLDER = "[the ]<path:path>[ {directory|folder|project}]"
_RANGE = r"line[s] <a:number>[{\s*-\s*|\s*–\s*| to | through }<b:number>]"
_ENDINGS = {
    "python": "*.py",
    "javascript": "*.{js,jsx}",
    "js": "*.{js,jsx}",
    "typescript": "*.{ts,tsx}",
    "ts": "*.{ts,tsx}",
    "go": "*.go",
    "rust": "*.rs",
    "java": "*.java",
    "kotlin": "*.kt",
    "swift": "*.swift",
    "c": "*.{c,h}",
    "c++": "*.{cpp,hpp,cc,h}",
    "c#": "*.cs",
    "ruby": "*.rb",
    "php": "*.php",
    "lua": "*.lua",
    "shell": "*.sh",
    "sql": "*.sql",
    "html": "*.html",
    "css": "*.css",
    "json": "*.json",
    "yaml": "*.{yml,yaml}",
    "toml": "*.toml",
    "markdown": "*.md",
    "text": "*.txt",
}
HERE_WORDS = frozenset({"this", "here", "current", "the", "project", "codebase", "repo", "."})


def ending_of(kind: str) -> str:
    """The file name pattern for "Python" or ".py"; "" for a word that is no kind of file."""
    if kind.startswith(".") and kind[1:].isalnum():
        return f"*{kind}"
    return _ENDINGS.get(kind.casefold(), "")


def _folder(said: dict[str, str]) -> str:
    path = unquoted(said.get("path", "") or ".")
    return "." if path.casefold() in HERE_WORDS else path


def _below(folder: str, pattern: str) -> str:
    root = folder.rstrip("/").removeprefix("./")
    return f"**/{pattern}" if root in ("", ".") else f"{root}/**/{pattern}"


def _read(said: dict[str, str], _: Context) -> Plan | None:
    if not is_path(said["path"]):
        return None
    values: dict[str, Any] = {"path": unquoted(said["path"])}
    first, last = int(said.get("a") or 0), int(said.get("b") or said.get("a") or 0)
    if first:
        if last < first:
            return None
        values |= {"offset": first, "limit": last - first + 1}
    elif said.get("count"):
        values |= {"offset": 1, "limit": int(said["count"])}
    return Plan([Call("read", values)], left=said.get("left", ""))


def _read_all(said: dict[str, str], _: Context) -> Plan | None:
    ending = ending_of(said["kind"])
    if not ending:
        return None
    pattern = _below(_folder(said), ending)

    def each(found: list[ToolPart]) -> list[Call]:
        return [Call("read", {"path": path}) for path in paths_in(found, ending)[:MOST_FILES]]

    return Plan(
        [Call("glob", {"pattern": pattern})],
        then=each,
        nothing=f"No file matches {pattern}.",
        left=said.get("left", ""),
    )


def paths_in(found: list[ToolPart], ending: str) -> list[str]:
    """The paths a glob call printed, one a line, that end as asked."""
    endings = _unfolded(ending)
    lines = [line.strip() for call in found for line in call.output.splitlines()]
    names = [line for line in lines if line and not line.startswith(("(", "[")) and "*" not in line]
    return [
        name for name in names if any(fnmatchcase(PurePosixPath(name).name, e) for e in endings)
    ]


def _unfolded(pattern: str) -> list[str]:
    folded = re.fullmatch(r"(.*)\{(.*)\}", pattern)
    return [folded[1] + e for e in folded[2].split(",")] if folded else [pattern]


def _ls(said: dict[str, str], _: Context) -> Plan | None:
    return one("ls", path=_folder(said))


def _glob(said: dict[str, str], _: Context) -> Plan | None:
    if "kind" in said:
        pattern = ending_of(said["kind"])
        return one("glob", pattern=_below(_folder(said), pattern)) if pattern else None
    pattern = unquoted(said["pattern"])
    if "*" not in pattern:
        if not is_path(said["pattern"]):
            return None
        pattern = pattern if "/" in pattern else f"**/{pattern}"
    values = {"pattern": pattern}
    if said.get("path"):
        values["path"] = _folder(said)
    return one("glob", **values)


READING: tuple[Form, ...] = (
    form(
        "read",
        ("Read lines 50-100 of config.py", "Read the first 20 lines of config.py"),
        _READ + f" [the ]{_RANGE} {{in|of|from}} [the ][file ]<path:path>[ file]" + LEFT,
        _READ + f" [the ][file ]<path:path>,? [from ]{_RANGE}" + LEFT,
        _READ + " [the ]first <count:number> lines {in|of|from} [the ][file ]<path:path>" + LEFT,
        build=_read,
    ),
    form(
        "glob",
        "Read all Python files in src/",
        _READ
        + f" {{all|every}}[ of][ the] <kind:kind> file[s][ {{in|under|below}} {_FOLDER}]"
        + LEFT,
        build=_read_all,
    ),
    form(
        "ls",
        ("List files in src/", "Show directory tree"),
        "{list|show|show me|what|what are}[ all][ the] {files|entries}[ and {folders|directories}]"
        f"[ are][ {{in|of|under}} {_FOLDER}]",
        "{show|list|print|display}[ me][ the] {directory|folder|file} {tree|listing}"
        f"[ {{of|in|for|under}} {_FOLDER}]",
        "{list|show}[ me][ the][ content[s] of][ the] <path:path> {directory|folder}",
        "ls[ <path:path>]",
        build=_ls,
    ),
    form(
        "read",
        "Read src/main.py",
        _READ + " [the ][{whole|entire} ][content[s] of ][the ][file ]<path:path>[ file]" + LEFT,
        "{what's|what is} in [the ][file ]<path:path>[ file]",
        build=_read,
    ),
    form(
        "glob",
        ("Find all Python files", "Find **/*.test.ts"),
        "{find|list|show|show me|search for}[ {all|every}][ the] <kind:kind> file[s]"
        f"[ {{in|under|below}} {_FOLDER}]",
        f"{{find|list|show|locate|search for}}[ all][ the] <pattern:glob>[ files]"
        f"[ {{in|under}} {_FOLDER}]",
        "{find|locate}[ all][ the] file[s] [{named|called|matching} ]<pattern:path>"
        f"[ {{in|under}} {_FOLDER}]",
        "{find|locate|where is} [the ][file ]<pattern:file>[ file]",
        build=_glob,
    ),
)
