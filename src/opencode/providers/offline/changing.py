"""Forms that change files: edit, write, apply_patch and rm, only with explicit operands."""

import re
from typing import Any

from opencode.core.message import ToolPart
from opencode.providers.offline.grammar import (
    Call,
    Context,
    Form,
    Plan,
    form,
    is_explicit,
    is_path,
    one,
    raw_form,
    unquoted,
)

_PRONOUN = re.compile(
    "it|this|that|these|those|them|everything|anything|all|some|an?|the|old|new|existing|current|"
    "whole|entire|first|last|other|same|working|home|root|parent|empty|unused|temporary|project",
    re.IGNORECASE,
)
_ALL = "[<all={all|every}[ of][ the][ {occurrence[s] of|instance[s] of}]|each> ]"
_EVERYWHERE = "[,? <everywhere=everywhere>]"
_FILE = "[the ][file ]<path:path>[ file]"
_NEW_FILE = r"(?:an?\s+|the\s+)?(?:new\s+)?(?:file\s+)?(?:called\s+|named\s+)?"
_PATH = r"(?P<path>\"[^\"\n]+\"|'[^'\n]+'|`[^`\n]+`|[^\s\"'`,;:]+)"
_FENCE = re.compile(r"\A\s*(?:```|~~~)[^\n]*\n(?P<body>.*?)\n?(?:```|~~~)\s*\Z", re.DOTALL)


def _edit(said: dict[str, str], _: Context) -> Plan | None:
    operands = (said["old"], said["new"])
    if not all(is_explicit(operand) for operand in operands):
        return None
    old, new = (unquoted(operand) for operand in operands)
    if not old or old == new or not is_path(said["path"]):
        return None
    values: dict[str, Any] = {"path": unquoted(said["path"]), "old_string": old, "new_string": new}
    if said.get("all") or said.get("everywhere"):
        values["replace_all"] = True
    return one("edit", **values)


def _write(said: dict[str, str], _: Context) -> Plan | None:
    if not is_path(said["path"]):
        return None
    if "text" in said:
        content = unquoted(said["text"])
    elif body := said.get("body", ""):
        fenced = _FENCE.match(body)
        content = (fenced["body"] if fenced else body.rstrip()) + "\n"
    else:
        content = ""
    return one("write", path=unquoted(said["path"]), content=content)


def _patch(said: dict[str, str], _: Context) -> Plan | None:
    return one("apply_patch", patch=said["patch"] + "\n")


def _rm(said: dict[str, str], _: Context) -> Plan | None:
    operand, path = said["path"], unquoted(said["path"])
    is_folder = "folder" in said
    named = is_path(operand) or (
        ("folder" in said or "sort" in said) and not _PRONOUN.fullmatch(operand)
    )
    if not named or not path.strip("./\\~ ") or any(c in path for c in "*?[]{}"):
        return None

    def with_content(done: list[ToolPart]) -> list[Call]:
        """Only where the words said folder and the tool asked for it."""
        asked = [c for c in done if c.status == "error" and "recursive" in c.output.casefold()]
        return [Call("rm", {"path": path, "recursive": True})] if asked else []

    return Plan([Call("rm", {"path": path})], then=with_content if is_folder else None)


CHANGING: tuple[Form, ...] = (
    raw_form(
        "apply_patch",
        "Apply this patch: *** Begin Patch … *** End Patch",
        r"\s*(?:(?:please )?apply (?:this|the following) (?:patch|diff)(?: to [^\n]+)?\s*:?\s*)?"
        r"(?:```\w*\n)?(?P<patch>\*\*\* Begin Patch\n.*\n\*\*\* End Patch)\s*(?:```)?\s*",
        build=_patch,
    ),
    form(
        "edit",
        (
            'Replace "old_function" with "new_function" in main.py',
            'Replace all occurrences of "foo" with "bar" in config.py',
        ),
        f"replace {_ALL}<old:token> {{with|by}} <new:token> in {_FILE}{_EVERYWHERE}",
        f"{{change|rename}} {_ALL}<old:token> {{to|into}} <new:token> in {_FILE}{_EVERYWHERE}",
        f"substitute <new:token> for {_ALL}<old:token> in {_FILE}{_EVERYWHERE}",
        f"in {_FILE},? {{change|rename}} {_ALL}<old:token> {{to|into}} <new:token>{_EVERYWHERE}",
        f"in {_FILE},? replace {_ALL}<old:token> {{with|by}} <new:token>{_EVERYWHERE}",
        build=_edit,
    ),
    raw_form(
        "write",
        "Create notes.txt with: …",
        rf"\s*(?:please )?(?:create|write|make)\s+{_NEW_FILE}{_PATH}\s+(?:with|containing)"
        r"(?:\s+(?:the\s+)?(?:following\s+)?(?:contents?|text))?\s*:[ \t]*\n?(?P<body>.*\S.*)",
        build=_write,
    ),
    form(
        "write",
        'Write "hello" to notes.txt',
        "{create|write|make} [{a|the} ][new ][file ][{called|named} ]<path:path> "
        "{with|containing}[ [the ]{content[s]|text}] <text:text>",
        "write <text:text> {to|into} [{a|the} ][new ][file ]<path:path>",
        "create [{a|an} ][new ]empty file [{called|named} ]<path:path>",
        build=_write,
    ),
    form(
        "rm",
        ("Delete the temp directory", "Remove old_config.yaml"),
        "{delete|remove|rm} [the ]{<folder=directory|folder>|<sort=file>} "
        "[{called|named} ]<path:path>",
        "{delete|remove|rm} [the ]<path:path> {<folder=directory|folder>|<sort=file>}",
        "{delete|remove|rm} <path:path>",
        build=_rm,
    ),
)
