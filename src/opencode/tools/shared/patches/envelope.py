"""Patches between *** Begin Patch and *** End Patch, taken apart."""

import re

from opencode.core.error import ToolError
from opencode.tools.shared.patches.patch import Draft, FilePatch, Hunk

_SECTION = re.compile(r"\*\*\* (Add|Update|Delete) File:\s*(.*?)\s*$")
_MOVE = re.compile(r"\*\*\* Move to:\s*(.*?)\s*$")


def is_envelope(lines: list[str]) -> bool:
    """Whether these lines hold a patch of this format."""
    return any(line.rstrip() == "*** Begin Patch" or _SECTION.match(line) for line in lines)


def parse_envelope(lines: list[str]) -> list[FilePatch]:
    """The files of the patch; a heredoc, a fence or words around it are passed over."""
    if any(line.rstrip() == "*** Begin Patch" for line in lines):
        return _enveloped(lines)
    return _sections([line for line in lines if not line.startswith(("```", "*** End Patch"))])


def _enveloped(lines: list[str]) -> list[FilePatch]:
    found: list[FilePatch] = []
    body: list[str] | None = None
    for line in lines:
        match line.rstrip():
            case "*** Begin Patch":
                body = []
            case "*** End Patch" if body is not None:
                found += _sections(body)
                body = None
            case _ if body is not None:
                body.append(line)
            case _:
                pass  # a heredoc or words around the patch
    if body is not None:
        raise ToolError("The patch has no *** End Patch: it was cut off. Send all of it.")
    if not found:
        raise ToolError("The patch is empty.")
    return found


def _sections(lines: list[str]) -> list[FilePatch]:
    found: list[FilePatch] = []
    head: re.Match[str] | None = None
    body: list[str] = []
    for line in lines:
        if match := _SECTION.match(line):
            if head:
                found.append(_section(head, body))
            elif any(map(str.strip, body)):
                raise ToolError(f"The patch names no file before {body[0]!r}.")
            head, body = match, []
        else:
            body.append(line)
    if head:
        found.append(_section(head, body))
    elif any(map(str.strip, body)):
        raise ToolError("The patch names no file: it needs *** Update File: PATH or the like.")
    return found


def _section(head: re.Match[str], body: list[str]) -> FilePatch:
    kind, path = head.group(1), head.group(2)
    if not path:
        raise ToolError(f"*** {kind} File: names no path.")
    if kind == "Add":
        return FilePatch("add", path, content=_added(path, body))
    if kind == "Delete":
        if any(map(str.strip, body)):
            raise ToolError(f"*** Delete File: {path} is followed by lines that are no section.")
        return FilePatch("delete", path)
    target = ""
    if body and (match := _MOVE.match(body[0])):
        target, body = match.group(1), body[1:]
    hunks = _hunks(path, body)
    if not hunks and not target:
        raise ToolError(f"*** Update File: {path} has no hunks.")
    return FilePatch("update", path, tuple(hunks), target)


def _added(path: str, body: list[str]) -> str:
    while body and not body[-1].strip():
        body.pop()
    lines: list[str] = []
    for line in body:
        if line.startswith("+") or not line:
            lines.append(line[1:])
        elif line.rstrip() != "*** End of File":
            raise ToolError(f"In *** Add File: {path} every line needs a +, but there is {line!r}.")
    return "".join(f"{line}\n" for line in lines)


def _hunks(path: str, body: list[str]) -> list[Hunk]:
    hunks: list[Hunk] = []
    draft = Draft()
    for line in body:
        if line.startswith("@@"):
            if draft.rows:
                hunks.append(draft.done(path))
                draft = Draft()
            draft.head(line)
        elif line.rstrip() == "*** End of File":
            draft.at_end = True
            hunks.append(draft.done(path))
            draft = Draft()
        elif line.startswith("*** "):
            raise ToolError(f"The patch of {path} has a line that is not understood: {line!r}.")
        elif line or draft.rows:
            draft.add(line)
    if draft.rows:
        hunks.append(draft.done(path))
    return [hunk for hunk in hunks if hunk.rows]
