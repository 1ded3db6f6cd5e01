"""ripgrep's answers without ripgrep, as a program of its own: a wild pattern cannot freeze us.

Reads one JSON object from its only argument and prints what `rg --json` prints, or with "count"
what `rg --count --null` prints. Exit codes are ripgrep's: 0 found, 1 not found, 2 error."""

import base64
import json
import os
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from opencode.tools.shared.search.glob import matches
from opencode.tools.shared.search.walk import walk

_CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "punct": r"!-/:-@\[-`{-~",
    "word": r"\w",
    "xdigit": "0-9A-Fa-f",
}


def compile_pattern(pattern: str, ignore_case: bool, multiline: bool) -> re.Pattern[str]:
    """ripgrep's dialect as Python's: `\\z` and `[[:alpha:]]` are said otherwise. re.error."""
    text = re.sub(r"(?<!\\)((?:\\\\)*)\\z", r"\1\\Z", pattern)
    text = re.sub(r"\[:(\w+):\]", lambda found: _CLASSES.get(found[1], found[0]), text)
    flags = re.MULTILINE if multiline else re.NOFLAG
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return re.compile(text, flags | (re.IGNORECASE if ignore_case else re.NOFLAG))


def read(path: Path) -> str | None:
    """The text of a file, bytes that are no UTF-8 as surrogates; None for binaries."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            text = data[2:].decode(encoding, "replace")
            return None if "\0" in text else text
    if b"\0" in data:
        return None
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")


def found_in(text: str, pattern: re.Pattern[str], multiline: bool) -> Iterator[dict[str, Any]]:
    """Every matching line (or run of lines) with its number and where the matches stand."""
    if not multiline:
        for number, line in enumerate(text.removesuffix("\n").split("\n") if text else [], 1):
            hits = list(pattern.finditer(line.removesuffix("\r")))
            if hits:
                yield _match(line + "\n", number, [(hit.start(), hit.end()) for hit in hits])
        return
    runs: list[tuple[int, int, list[tuple[int, int]]]] = []
    for hit in pattern.finditer(text):
        start = text.rfind("\n", 0, hit.start()) + 1
        newline = text.find("\n", max(hit.end() - 1, hit.start()))
        end = len(text) if newline < 0 else newline + 1
        if runs and start < runs[-1][1]:  # on lines that are already shown
            start, _, spans = runs.pop()
            runs.append((start, end, [*spans, hit.span()]))
        else:
            runs.append((start, end, [hit.span()]))
    number, at = 1, 0
    for start, end, spans in runs:
        number, at = number + text.count("\n", at, start), start
        yield _match(text[start:end], number, [(one - start, two - start) for one, two in spans])


def _match(line: str, number: int, spans: list[tuple[int, int]]) -> dict[str, Any]:
    def offset(index: int) -> int:
        return len(line[:index].encode("utf-8", "surrogateescape"))

    marks = [{"start": offset(start), "end": offset(end)} for start, end in spans]
    return {"lines": _text(line), "line_number": number, "submatches": marks}


def _text(text: str) -> dict[str, str]:
    return {"text": text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")}


def _named(name: bytes) -> dict[str, str]:
    """A file's name as ripgrep writes it: as base64 when it is no UTF-8."""
    try:
        return {"text": name.decode("utf-8")}
    except UnicodeDecodeError:
        return {"bytes": base64.b64encode(name).decode("ascii")}


def _with_context(
    hits: list[dict[str, Any]], text: str, context: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    lines = text.removesuffix("\n").split("\n")
    matched = {
        hit["line_number"] + extra
        for hit in hits
        for extra in range(hit["lines"]["text"].rstrip("\n").count("\n") + 1)
    }
    shown = 0
    for hit in hits:
        number = hit["line_number"]
        last = number + hit["lines"]["text"].rstrip("\n").count("\n")
        for near in range(max(shown + 1, number - context, 1), number):
            if near not in matched:
                yield "context", {"lines": _text(lines[near - 1] + "\n"), "line_number": near}
        yield "match", hit
        shown = last
        for near in range(last + 1, min(last + context, len(lines)) + 1):
            if near in matched:
                break
            yield "context", {"lines": _text(lines[near - 1] + "\n"), "line_number": near}
            shown = near


def main(argument: str) -> int:
    """Search as the JSON says; returns the exit code."""
    wanted = json.loads(argument)
    multiline = bool(wanted["multiline"])
    try:
        pattern = compile_pattern(wanted["pattern"], wanted["ignore_case"], multiline)
    except re.error as error:
        print(f"regex parse error: {(error.pos or 0) + 1} {error.msg}", file=sys.stderr)
        return 2
    except (RecursionError, OverflowError):
        print("regex parse error: 0 it is too large", file=sys.stderr)
        return 2
    found = 1
    out = sys.stdout.buffer
    for name in _files(wanted["paths"], wanted["name"]):
        text = read(Path(name))
        hits = [] if text is None else list(found_in(text, pattern, multiline))
        if not hits or text is None:
            continue
        found = 0
        if wanted["count"]:
            count = sum(len(hit["submatches"]) for hit in hits) if multiline else len(hits)
            out.write(os.fsencode(name) + b"\0" + f"{count}\n".encode())
            continue
        path = _named(os.fsencode(name))
        for kind, data in _with_context(hits, text, wanted["context"]):
            data["path"] = path
            out.write(
                json.dumps({"type": kind, "data": data}, separators=(",", ":")).encode() + b"\n"
            )
        out.flush()
    out.flush()
    return found


def _files(paths: list[str], wanted: str) -> Iterator[str]:
    for start in paths:
        if not Path(start).is_dir():
            yield start
            continue
        for path in walk(Path(start)):
            if not wanted or matches(wanted, path.rpartition("/")[2]):
                whole = Path(start, path)
                if whole.is_file() and not whole.is_symlink():
                    yield str(whole)
