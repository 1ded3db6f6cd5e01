"""Unified diffs, plain or of git, taken apart."""

import re
from dataclasses import dataclass, field

from opencode.core.error import ToolError
from opencode.tools.shared.patches.patch import Draft, FilePatch, Hunk

_GIT = re.compile(r"diff --git (\"?)(.+?)\1 (\"?)(.+?)\3$")
_PREFIXES = (("a/", "b/"), ("i/", "w/"), ("c/", "i/"), ("c/", "w/"), ("o/", "w/"))
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_NOTHING = "/dev/null"


@dataclass
class _File:
    """Headers and hunks of one file, as far as they were read."""

    old: str = ""
    new: str = ""
    renamed: bool = False
    mode: int | None = None
    chmod: bool = False
    hunks: list[Hunk] = field(default_factory=list[Hunk])

    def done(self) -> FilePatch | None:
        if not self.old and not self.new:
            return None
        old, new = _stripped(self.old, self.new) if not self.renamed else (self.old, self.new)
        if old == _NOTHING:
            return FilePatch("add", new, content=_content(new, self.hunks), mode=self.mode)
        if new == _NOTHING:
            return FilePatch("delete", old, tuple(self.hunks))
        if not self.hunks and not self.renamed:
            what = "changes only the mode; use chmod in bash" if self.chmod else "has no hunks"
            raise ToolError(f"The patch of {new} {what}.")
        if old.removesuffix(".orig") == new:
            old = new
        if old != new and not self.renamed:
            raise ToolError(
                f"The patch names {old} and {new}: give both the same name, "
                "or say rename from and rename to."
            )
        return FilePatch("update", old, tuple(self.hunks), new if old != new else "")


def parse_unified(lines: list[str]) -> list[FilePatch]:
    """The files of a unified diff; words before the first one are passed over."""
    files: list[_File] = []
    row = 0
    while row < len(lines):
        row = _read(lines, row, files)
    return [found for file in files if (found := file.done()) is not None]


def _read(lines: list[str], row: int, files: list[_File]) -> int:
    line = lines[row]
    if line.startswith("diff --git "):
        files.append(_of_git(line))
        return row + 1
    if _opens_file(lines, row):
        old, new = _named(line[4:]), _named(lines[row + 1][4:])
        if files and not files[-1].hunks and _same_file(files[-1], old, new):
            if not files[-1].renamed:
                files[-1].old, files[-1].new = old, new
        else:
            files.append(_File(old, new))
        return row + 2
    if files and (line.startswith("@@") or (line[:1] in "+-" and line and files[-1].hunks == [])):
        return _read_hunk(lines, row, files[-1])
    if files:
        _read_header(line, files[-1])
    elif line.startswith("@@"):
        raise ToolError("The patch has a hunk before it names a file (--- and +++).")
    return row + 1


def _same_file(file: _File, old: str, new: str) -> bool:
    """Whether --- and +++ go on with the file that `diff --git` named."""
    names = {*_stripped(file.old, file.new), file.old, file.new}
    return bool(names & {*_stripped(old, new), old, new} - {_NOTHING})


def _read_header(line: str, file: _File) -> None:
    word, _, rest = line.partition(" ")
    match word, rest.partition(" "):
        case "new", ("file", _, tail):
            file.old, file.mode = _NOTHING, int(tail.split()[-1], 8) & 0o777
        case "deleted", ("file", _, _):
            file.new = _NOTHING
        case (("old" | "new"), ("mode", _, _)):
            file.chmod = True
        case "rename", ("from", _, name):
            file.old, file.renamed = _named(name), True
        case "rename", ("to", _, name):
            file.new, file.renamed = _named(name), True
        case "copy", (("from" | "to"), _, _):
            raise ToolError("The patch copies a file; copy it in bash, then patch the copy.")
        case (("Binary" | "GIT"), (("files" | "binary"), _, _)):
            raise ToolError("The patch holds a binary file, which cannot be patched here.")
        case _:
            pass


def _read_hunk(lines: list[str], row: int, file: _File) -> int:
    draft = Draft()
    while row < len(lines) and lines[row].startswith("@@"):
        draft.head(lines[row])
        row += 1
    while row < len(lines) and not _ends_hunk(lines, row, draft):
        draft.add(lines[row])
        row += 1
    hunk = draft.done(file.new if file.new != _NOTHING else file.old)
    if hunk.rows:
        file.hunks.append(hunk)
    return row


def _ends_hunk(lines: list[str], row: int, draft: Draft) -> bool:
    line = lines[row]
    if line.startswith(("@@", "diff --git ", "Index: ", "```")):
        return True
    full = draft.expected is not None and draft.expected <= sum(
        found.sign != "+" for found in draft.rows
    )
    if line == "-- " and full:
        return True  # the signature of a mailed patch
    following = lines[row + 2] if row + 2 < len(lines) else ""
    return _opens_file(lines, row) and (full or following.startswith("@@"))


def _opens_file(lines: list[str], row: int) -> bool:
    return (
        lines[row].startswith("--- ") and row + 1 < len(lines) and lines[row + 1].startswith("+++ ")
    )


def _of_git(line: str) -> _File:
    match = _GIT.match(line)
    if match is None:
        return _File()
    old, new = match.group(2), match.group(4)
    return _File(
        _unquoted(old) if match.group(1) else old, _unquoted(new) if match.group(3) else new
    )


def _stripped(old: str, new: str) -> tuple[str, str]:
    for mine, theirs in _PREFIXES:
        if (old == _NOTHING or old.startswith(mine)) and (
            new == _NOTHING or new.startswith(theirs)
        ):
            return old.removeprefix(mine), new.removeprefix(theirs)
    return old, new


def _named(text: str) -> str:
    text = text.partition("\t")[0].strip()
    return _unquoted(text[1:-1]) if len(text) > 1 and text[0] == text[-1] == '"' else text


def _unquoted(text: str) -> str:
    """A name as git quotes it: octal bytes and C escapes."""
    raw = re.sub(
        rb"\\([0-7]{3}|.)",
        lambda found: (
            bytes([int(found.group(1), 8)])
            if len(found.group(1)) == 3
            else _ESCAPES.get(found.group(1).decode("latin-1"), "\\").encode()
        ),
        text.encode(),
    )
    return raw.decode("utf-8", "surrogateescape")


def _content(path: str, hunks: list[Hunk]) -> str:
    rows = [row for hunk in hunks for row in hunk.rows]
    if any(row.sign != "+" for row in rows):
        raise ToolError(f"The patch creates {path} but has lines that are not added.")
    text = "".join(f"{row.text}\n" for row in rows)
    return text[:-1] if any(hunk.closed is False for hunk in hunks) else text
