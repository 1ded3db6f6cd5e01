"""Tools and their arguments under the original's names and under ours."""

from typing import Any

TOOLS = {"ls": "list", "todo": "todowrite"}
"""Ours → theirs, where they differ."""
ARGUMENTS = {
    "old_string": "oldString",
    "new_string": "newString",
    "replace_all": "replaceAll",
    "file_path": "filePath",
}
FILE_TOOLS = ("read", "write", "edit", "multiedit")
_MORE = {"subagent_type": "agent", "patchText": "patch", "workdir": "cwd"}


def own_tool(name: str) -> str:
    """Our name of their tool."""
    return next((own for own, theirs in TOOLS.items() if theirs == name), name)


def own_input(tool: str, given: dict[str, Any], folder: str) -> dict[str, Any]:
    """Arguments in our spelling; paths below `folder` are relative to it, as ours are."""
    names = {theirs: own for own, theirs in ARGUMENTS.items()} | _MORE
    if tool in FILE_TOOLS:
        names["filePath"] = "path"
    found = {names.get(key, key): value for key, value in given.items()}
    if isinstance(path := found.get("path"), str):
        found["path"] = below(path, folder)
    return found


def below(path: str, folder: str) -> str:
    """A path as it is said inside of a folder, whatever system the server runs on."""
    start = folder.rstrip("/\\")
    if start and path.startswith(start) and path[len(start) : len(start) + 1] in ("/", "\\"):
        return path[len(start) + 1 :]
    return path
