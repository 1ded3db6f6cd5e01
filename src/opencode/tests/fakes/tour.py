"""What the model of the documentation's tour says: the turns of a scripted model service."""

from typing import Any

SETTINGS = """model = "toy/model"
[provider.toy]
base_url = "{url}/v1"
api_key = "key"
[lsp]
auto_start = false
"""

_USED = {"input": 2500, "output": 20}
_OLD = '    return f"{greeting}, {name}"'
_BOTH = "python3 main.py && python3 more.py"
_NEW = '    return f"{greting}, {name}!"'


def _call(number: int, tool: str, **given: Any) -> dict[str, Any]:
    return {"id": f"call_{number}", "name": tool, "arguments": given}


def _turns(match: str, *steps: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Answers to requests that hold these words: the last word, or calls."""
    return [
        {"match": match, "usage": _USED, "text" if isinstance(one, str) else "calls": one}
        for one in steps
    ]


def _grep(number: int, path: str) -> dict[str, Any]:
    return _call(number, "grep", pattern="greet\\(", path=path)


TURNS: list[dict[str, Any]] = [
    {"match": "You fold a conversation", "text": "**Goal**: count the greetings."},
    *_turns(
        "Prepare a release",
        [_call(1, "skill", name="release")],
        [_call(2, "edit", path="uv.lock", old_string="1", new_string="2")],
        [_call(3, "bash", command="git log")],
        [_call(4, "longest", path="greet.py", most=1)],
        "The lock file is written by uv alone. Version 1.1 can be tagged.",
    ),
    *_turns("Review greet.py", "Nothing to object to."),
    *_turns(
        "Who calls greet",
        [
            _call(1, "task", agent="explore", prompt="Find callers in main.py"),
            _call(2, "task", agent="explore", prompt="Find callers in more.py"),
            _call(3, "task", prompt="Run the program", background=True),
        ],
        "Both files do, once each; the program runs meanwhile.",
        "It prints two greetings.",
    ),
    *_turns("Find callers in main.py", [_grep(4, "main.py")], "One."),
    {"match": "Find callers in more.py", "calls": [_grep(5, "more.py")], "delay": 0.7},
    *_turns("Find callers in more.py", "One."),
    {"match": "Run the program", "calls": [_call(6, "bash", command=_BOTH)], "delay": 3},
    *_turns("Run the program", "Two lines."),
    *_turns(
        "End every greeting",
        [_call(1, "read", path="greet.py")],
        [_call(2, "plan", plan="1. Change `greet` in `greet.py`\n2. Ask the language server")],
        "That is the plan.",
    ),
    *_turns(
        "Build the plan",
        [_call(3, "edit", path="greet.py", old_string=_OLD, new_string=_NEW)],
        [_call(4, "plan", done=[1]), _call(5, "lsp", action="diagnostics", path="greet.py")],
        [_call(6, "edit", path="greet.py", old_string="greting", new_string="greeting")],
        [_call(7, "lsp", action="diagnostics", path="greet.py")],
        [_call(8, "plan", done=[2])],
        "Every greeting ends with an exclamation mark.",
    ),
    *_turns(
        "Rename greet to welcome",
        [_call(1, "lsp", action="rename", symbol="greet", new_name="welcome")],
        [_call(2, "bash", command=_BOTH)],
        "Renamed in three files.",
    ),
    *_turns(
        "What lies here",
        [_call(1, "files_list_directory", path=".")],
        "Three modules, a log and a lock file.",
    ),
    *_turns(
        "Count the greetings",
        [_call(1, "read", path="log.txt", limit=300)],
        [_call(2, "read", path="log.txt", offset=301, limit=300)],
    ),
    {"match": "Count the greetings", "status": 400, "error": "context"},
    *_turns("Count the greetings", [_call(3, "bash", command="grep -c Hello log.txt")], "600."),
]
