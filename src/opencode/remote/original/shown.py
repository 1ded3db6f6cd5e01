"""What a person may see of a call on the original's server: diffs, files, lists of tasks."""

from opencode.core.display import Diff, Display, FileView, Text, Todos
from opencode.remote.original.plain import Json, inner, rows
from opencode.remote.original.spelling import below


def displays(tool: str, state: Json, folder: str) -> list[Display]:
    """Of a completed call; empty where its output says all."""
    meta: Json = inner(state, "metadata")
    given: Json = inner(state, "input")
    if files := rows(meta, "files"):
        return [diff_of(one, folder) for one in files]
    if one := inner(meta, "filediff"):
        return [diff_of(one, folder)]
    match tool:
        case "write":
            return [_written(given, meta, folder)]
        case "read":
            return _read(inner(meta, "display"), folder)
        case "todo":
            tasks = rows(meta, "todos") or rows(given, "todos")
            return [Todos([(str(one["content"]), str(one["status"])) for one in tasks])]
        case "bash":
            return [Text(str(meta.get("output") or state.get("output") or ""))]
        case _:
            return []


def diff_of(one: Json, folder: str = "") -> Diff:
    """A file's change as the original tells it."""
    path = str(one.get("file") or one.get("filePath") or one.get("path") or "")
    patch = plain_patch(str(one.get("patch") or one.get("diff") or ""))
    return Diff(below(path, folder), patch, *_counted(one, patch))


def plain_patch(patch: str) -> str:
    """The hunks alone: the original writes other headings than git."""
    start = 0 if patch.startswith("@@") else patch.find("\n@@") + 1
    return patch[start:] if start or patch.startswith("@@") else ""


def lines_of(patch: str) -> tuple[int, int]:
    """How many lines the hunks add and remove."""
    rows = patch.splitlines()
    return sum(row[:1] == "+" for row in rows), sum(row[:1] == "-" for row in rows)


def _counted(one: Json, patch: str) -> tuple[int, int]:
    added, removed = lines_of(patch)
    return int(one.get("additions", added)), int(one.get("deletions", removed))


def _written(given: Json, meta: Json, folder: str) -> Display:
    path = below(str(given.get("filePath") or meta.get("filepath") or ""), folder)
    content = str(given.get("content") or "")
    if meta.get("exists"):
        return FileView(path, content)
    rows = content.splitlines()
    body = "".join(f"+{row}\n" for row in rows)
    return Diff(path, f"@@ -0,0 +1,{len(rows)} @@\n{body}" if rows else "", len(rows), 0)


def _read(view: Json, folder: str) -> list[Display]:
    if view.get("type") != "file":
        return []
    path = below(str(view.get("path") or ""), folder)
    return [FileView(path, str(view.get("text") or ""), int(view.get("lineStart") or 1))]
