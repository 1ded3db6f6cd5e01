"""Forms for the tools around the files: language servers, the web, todos, sub-agents, MCP."""

import re

from opencode.providers.offline.grammar import (
    Build,
    Call,
    Context,
    Form,
    Plan,
    form,
    is_explicit,
    is_path,
    one,
    unquoted,
)

_SORT = "[ {class|function|method|variable|symbol|constant}]"
_FILE = "[the ][file ]<path:path>[ file]"
_WHICH_FILE = "Which file? None was read or changed in this session yet: name it."


def _symbol(action: str) -> Build:
    def build(said: dict[str, str], _: Context) -> Plan | None:
        return one("lsp", action=action, symbol=unquoted(said["name"]))

    return build


def _rename(said: dict[str, str], _: Context) -> Plan | None:
    names = (said["name"], said["new"])
    if not all(is_explicit(name) for name in names) or any("." in name for name in names):
        return None  # with a dot it is a file that should be moved
    old, new = (unquoted(name) for name in names)
    return one("lsp", action="rename", symbol=old, new_name=new)


def _of_file(action: str) -> Build:
    def build(said: dict[str, str], context: Context) -> Plan | None:
        path = said.get("path", "")
        if path and not is_path(path):
            return None
        values: dict[str, str | int] = {"action": action}
        if said.get("line"):
            values["line"] = int(said["line"])
        values["path"] = unquoted(path) or context.file
        return one("lsp", **values) if values["path"] else Plan(nothing=_WHICH_FILE)

    return build


def _fetch(said: dict[str, str], context: Context) -> Plan | None:
    url = said.get("url", "").rstrip(".,;)") or context.url
    if not url:
        return Plan(nothing="Which URL? None was named in this session yet: write it out.")
    return Plan([Call("webfetch", {"url": url})], left=said.get("left", ""))


def _query(tool: str) -> Build:
    def build(said: dict[str, str], _: Context) -> Plan | None:
        return Plan([Call(tool, {"query": unquoted(said["query"])})])

    return build


def _todo_add(said: dict[str, str], _: Context) -> Plan | None:
    return one("todo", action="add", text=unquoted(said["text"].strip()))


def _todo_list(_: dict[str, str], __: Context) -> Plan | None:
    return one("todo", action="list")


def _todo_done(said: dict[str, str], _: Context) -> Plan | None:
    return one("todo", action="complete", index=int(said["index"]))


def _task(said: dict[str, str], _: Context) -> Plan | None:
    return one("task", prompt=said["prompt"])


def _question(said: dict[str, str], _: Context) -> Plan | None:
    return one("question", question=said["question"])


def _mcp(said: dict[str, str], _: Context) -> Plan | None:
    tool = {"read": "read_file", "list": "list_directory"}[said["verb"].casefold()]
    if not is_path(said["path"]):
        return None
    return one("mcp", server=said["server"], tool=tool, path=unquoted(said["path"]))


def offered(call: Call, names: frozenset[str]) -> Call | None:
    """The call by a name that is offered, None without one; MCP tools go by `server_tool`."""
    if call.tool in names:
        return call
    if call.tool == "mcp":
        wanted = _flat(f"{call.input['server']}_{call.input['tool']}")
        found = sorted(n for n in names if _flat(n).removeprefix("mcp_") == wanted)
        rest = {k: v for k, v in call.input.items() if k not in ("server", "tool")}
        return Call(found[0], rest) if found else None
    return None


def _flat(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


ASKING: tuple[Form, ...] = (
    form(
        "webfetch",
        ("Fetch https://example.com/api/docs", "Get the content of that URL"),
        r"{fetch|get|read|open|load|visit|show}[ me][ the][ content[s] of][ page][ at] <url:url>"
        r"[,? and [then ]<left={explain|summari[sz]e|describe|tell}\b.*>]",
        "{fetch|get|read|show}[ me][ the][ content[s] of] {that|this|the} {url|link|page}",
        build=_fetch,
    ),
    form(
        "lsp",
        'Go to definition of "process_data"',
        "{go to|show|find|jump to}[ me][ the] definition of [the ]<name:name>" + _SORT,
        build=_symbol("definition"),
    ),
    form(
        "lsp",
        'Find all references to "User" class',
        "{find|show|list}[ me][ all][ the] references {to|of} [the ]<name:name>" + _SORT,
        build=_symbol("references"),
    ),
    form(
        "lsp",
        'Show hover for "User"',
        "{show|get}[ me][ the] {hover[ information]|type|signature} {for|of} [the ]<name:name>"
        + _SORT,
        "what is the type of <name:name>",
        build=_symbol("hover"),
    ),
    form(
        "lsp",
        'Rename "oldName" to "newName"',
        "rename [the ][{function|class|method|variable|symbol} ]<name:name> to <new:name>",
        build=_rename,
    ),
    form(
        "lsp",
        ("Get diagnostics for main.py", "What are the errors in main.py?"),
        "{get|show|list}[ me][ the] {diagnostics|errors|warnings} {for|of|in} " + _FILE,
        "what are the {errors|diagnostics|warnings} in " + _FILE,
        build=_of_file("diagnostics"),
    ),
    form(
        "lsp",
        "Format main.py",
        "{format|reformat} {this|the current|the} file",
        "{format|reformat} " + _FILE,
        build=_of_file("format"),
    ),
    form(
        "lsp",
        "Show completions at line 50 of main.py",
        "{show|get|list}[ me][ the] completion[s] {at|for|on} line <line:number>[ {of|in} "
        + _FILE
        + "]",
        build=_of_file("completion"),
    ),
    form(
        "websearch",
        (
            "Search for Python asyncio best practices",
            "Find documentation for FastAPI dependency injection",
        ),
        "{search|look}[ the web] for <query=.+ best practices>",
        "{find|search for|look for}[ the] {documentation|docs} {for|of|on|about} <query:rest>",
        "{search|look on} the {web|internet} for <query:rest>",
        build=_query("websearch"),
    ),
    form(
        "codesearch",
        ("Search for authentication logic", "Find code similar to this pattern"),
        "{search for|find|look for} [the ]<query=.+ logic>",
        "{search for|find|look for} code similar to <query:rest>",
        build=_query("codesearch"),
    ),
    form(
        "todo",
        "Add todo: Fix the failing test",
        r"add [{a|another} ]{todo|task}[ item]\s*:\s*<text:rest>",
        "add <text:text> to {my|the} {todos|tasks|todo list|task list}",
        build=_todo_add,
    ),
    form(
        "todo",
        "Show my tasks",
        "{show|list|what are}[ me][ all] {my|the} {tasks|todos|todo list|task list}",
        "{show|list} {tasks|todos}",
        build=_todo_list,
    ),
    form(
        "todo",
        "Mark task 1 as complete",
        "mark {task|todo}[ number] #?<index:number> [as ]{complete[d]|done|finished}",
        "{complete|finish|check off} {task|todo}[ number] #?<index:number>",
        build=_todo_done,
    ),
    form(
        "task",
        (
            "Delegate: Find all uses of deprecated functions",
            "Use task agent to search for all API endpoints",
        ),
        "use [{the|a} ]{task agent|sub-?agent} to <prompt:rest>",
        r"delegate[ to [{a|the} ]{sub-?agent|task agent}]\s*:\s*<prompt:rest>",
        build=_task,
    ),
    form(
        "question",
        "Ask the user which file to modify",
        "ask {the user|me}[,|:] <question:rest>",
        build=_question,
    ),
    form(
        "mcp",
        "Use filesystem tool to read /project/file.txt",
        "use [the ]<server:slug> {tool|server|mcp server|mcp tool} to <verb=read|list> "
        "[the ][{file|directory} ]<path:path>",
        build=_mcp,
    ),
)
