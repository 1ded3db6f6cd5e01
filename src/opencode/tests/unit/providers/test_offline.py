import asyncio
from typing import Any

import pytest

from opencode.core.delta import CallDelta, Delta, Finish, TextDelta, Usage
from opencode.core.display import Diff, FileView, Table
from opencode.core.error import UsageError
from opencode.core.message import Message, TextPart, ToolPart, absorb, user_message
from opencode.core.provider import ModelRequest, ToolSpec
from opencode.providers.offline import MODEL, OfflineProvider
from opencode.providers.offline.forms import FORMS, nearest, understand
from opencode.providers.offline.grammar import Context
from opencode.providers.offline.reading import READING
from opencode.providers.offline.report import fenced
from opencode.providers.offline.searching import SEARCHING

DOCUMENTED: list[tuple[str, str, dict[str, Any]]] = [
    (
        "Read the main.py file and explain what it does",
        "read",
        {"path": "main.py"},
    ),
    (
        "Find all TODO comments in the codebase",
        "grep",
        {"pattern": "\\bTODO\\b"},
    ),
    (
        "Read src/main.py",
        "read",
        {"path": "src/main.py"},
    ),
    (
        "Read lines 50-100 of config.py",
        "read",
        {"path": "config.py", "offset": 50, "limit": 51},
    ),
    (
        'Replace "old_function" with "new_function" in main.py',
        "edit",
        {"path": "main.py", "old_string": "old_function", "new_string": "new_function"},
    ),
    (
        "Find all Python files",
        "glob",
        {"pattern": "**/*.py"},
    ),
    (
        "Find **/*.test.ts",
        "glob",
        {"pattern": "**/*.test.ts"},
    ),
    (
        'Search for "TODO" in all files',
        "grep",
        {"pattern": "TODO"},
    ),
    (
        'Find usages of "process_data" function',
        "grep",
        {"pattern": "\\bprocess_data\\b"},
    ),
    (
        "List files in src/",
        "ls",
        {"path": "src/"},
    ),
    (
        "Show directory tree",
        "ls",
        {"path": "."},
    ),
    (
        "Delete the temp directory",
        "rm",
        {"path": "temp"},
    ),
    (
        "Remove old_config.yaml",
        "rm",
        {"path": "old_config.yaml"},
    ),
    (
        'Go to definition of "process_data"',
        "lsp",
        {"action": "definition", "symbol": "process_data"},
    ),
    (
        'Find all references to "User" class',
        "lsp",
        {"action": "references", "symbol": "User"},
    ),
    (
        "Get diagnostics for main.py",
        "lsp",
        {"action": "diagnostics", "path": "main.py"},
    ),
    (
        'Rename "oldName" to "newName"',
        "lsp",
        {"action": "rename", "symbol": "oldName", "new_name": "newName"},
    ),
    (
        "Format this file",
        "lsp",
        {"action": "format", "path": "app/now.py"},
    ),
    (
        "Search for authentication logic",
        "codesearch",
        {"query": "authentication logic"},
    ),
    (
        "Find code similar to this pattern",
        "codesearch",
        {"query": "this pattern"},
    ),
    (
        "Fetch https://example.com/api/docs",
        "webfetch",
        {"url": "https://example.com/api/docs"},
    ),
    (
        "Get the content of that URL",
        "webfetch",
        {"url": "https://example.com/last"},
    ),
    (
        "Search for Python asyncio best practices",
        "websearch",
        {"query": "Python asyncio best practices"},
    ),
    (
        "Find documentation for FastAPI dependency injection",
        "websearch",
        {"query": "FastAPI dependency injection"},
    ),
    (
        "Run pytest",
        "bash",
        {"command": "pytest"},
    ),
    (
        "Execute: git status",
        "bash",
        {"command": "git status"},
    ),
    (
        "Run npm install",
        "bash",
        {"command": "npm install"},
    ),
    (
        "Add todo: Fix the failing test",
        "todo",
        {"action": "add", "text": "Fix the failing test"},
    ),
    (
        "Show my tasks",
        "todo",
        {"action": "list"},
    ),
    (
        "Mark task 1 as complete",
        "todo",
        {"action": "complete", "index": 1},
    ),
    (
        "Use task agent to search for all API endpoints",
        "task",
        {"prompt": "search for all API endpoints"},
    ),
    (
        "Delegate: Find all uses of deprecated functions",
        "task",
        {"prompt": "Find all uses of deprecated functions"},
    ),
    (
        "Read all Python files in src/",
        "glob",
        {"pattern": "src/**/*.py"},
    ),
    (
        'Search for "import" in all files',
        "grep",
        {"pattern": "import"},
    ),
    (
        'Replace all occurrences of "foo" with "bar" in config.py',
        "edit",
        {"path": "config.py", "old_string": "foo", "new_string": "bar", "replace_all": True},
    ),
    (
        "Ask the user which file to modify",
        "question",
        {"question": "which file to modify"},
    ),
    (
        "Use filesystem tool to read /project/file.txt",
        "mcp",
        {"server": "filesystem", "tool": "read_file", "path": "/project/file.txt"},
    ),
    (
        'Go to definition of "User" class',
        "lsp",
        {"action": "definition", "symbol": "User"},
    ),
    (
        'Find all references to "process_data"',
        "lsp",
        {"action": "references", "symbol": "process_data"},
    ),
    (
        "What are the errors in main.py?",
        "lsp",
        {"action": "diagnostics", "path": "main.py"},
    ),
    (
        "Show completions at line 50",
        "lsp",
        {"action": "completion", "line": 50, "path": "app/now.py"},
    ),
    (
        "Read the main.py file",
        "read",
        {"path": "main.py"},
    ),
    (
        "Find the User class and check the create method",
        "grep",
        {"pattern": "^\\s*class\\s+User\\b"},
    ),
    (
        "Find all uses of the deprecated function old_process",
        "grep",
        {"pattern": "\\bold_process\\b"},
    ),
    (
        "What files have been modified?",
        "bash",
        {"command": "git status --short"},
    ),
    (
        "Show me the diff for main.py",
        "bash",
        {"command": "git diff -- main.py"},
    ),
    (
        'Create a commit with message "Add user authentication"',
        "bash",
        {"command": "git commit -m 'Add user authentication'"},
    ),
    (
        "Push to origin",
        "bash",
        {"command": "git push origin"},
    ),
]

NEEDS_A_MODEL = [
    "Add error handling to the process_data function",
    "@plan Analyze the architecture of this project",
    "@build Implement the suggested changes",
    "Create a new file utils/helpers.py with utility functions",
    "Plan the implementation of user authentication",
    "Create a plan for refactoring the database layer",
    "Apply this diff to main.py",
    "Query the database with postgres tool",
    "What are the potential issues in this code?",
    "Suggest improvements for error handling",
    "Apply the suggested changes",
    "The test test_user_creation is failing. Read the test file.",
    "Fix the bug in the create method",
    "I need to add user authentication. Plan the implementation.",
    "Create the User model in models/user.py",
    "Create the authentication endpoints",
    "Add tests for the authentication flow",
    "@plan Explore the project structure",
    "What design patterns are used?",
    "Find all API endpoints",
    "Document the architecture",
    "Create a plan to migrate to new_process",
    "Update all usages",
    "Remove the deprecated function",
    "Generate API documentation",
    "Create a README for the utils module",
    "Add docstrings to functions missing them",
    "Create a FastAPI endpoint for user registration",
    "Add input validation using Pydantic",
    "Write tests for the endpoint",
    "Add API documentation",
]

TEST_RUNS = [
    "Run the tests and fix any failures",
    "Run the tests",
    "Run the tests again",
    "Run the tests and fix any issues",
    "Run tests to verify",
]

PARAPHRASES: list[tuple[str, str, dict[str, Any]]] = [
    ("please read src/main.py.", "read", {"path": "src/main.py"}),
    ("Could you show me the file README?", "read", {"path": "README"}),
    ("@build cat 'a file.txt'", "read", {"path": "a file.txt"}),
    ("read @src/main.py", "read", {"path": "src/main.py"}),
    ("show line 7 of a/b.py", "read", {"path": "a/b.py", "offset": 7, "limit": 1}),
    ("Read a.py lines 3 to 5", "read", {"path": "a.py", "offset": 3, "limit": 3}),
    ("Show the first 20 lines of a.py", "read", {"path": "a.py", "offset": 1, "limit": 20}),
    ("Read C:\\work\\a.py", "read", {"path": "C:\\work\\a.py"}),
    ("list files", "ls", {"path": "."}),
    ("What files are in src/?", "ls", {"path": "src/"}),
    ("Show the directory tree of docs", "ls", {"path": "docs"}),
    ("find all .toml files in conf", "glob", {"pattern": "conf/**/*.toml"}),
    ("where is settings.py", "glob", {"pattern": "**/settings.py"}),
    ("Find TODOs", "grep", {"pattern": r"\bTODO\b"}),
    (
        "find TODO and FIXME comments in src/",
        "grep",
        {"pattern": r"\b(?:TODO|FIXME)\b", "path": "src/"},
    ),
    ('Search for "a.b(c)" in lib/', "grep", {"pattern": r"a\.b\(c\)", "path": "lib/"}),
    ('search for "x" in all Python files', "grep", {"pattern": "x", "include": "*.py"}),
    ('grep for "x" in *.md', "grep", {"pattern": "x", "include": "*.md"}),
    ("Which files contain `raise Lagged`?", "grep", {"pattern": "raise Lagged"}),
    ("Where is the User class defined?", "grep", {"pattern": r"^\s*class\s+User\b"}),
    (
        'In main.py, change "a" to "b"',
        "edit",
        {"path": "main.py", "old_string": "a", "new_string": "b"},
    ),
    (
        "substitute `new` for `old` in x/y.py everywhere",
        "edit",
        {"path": "x/y.py", "old_string": "old", "new_string": "new", "replace_all": True},
    ),
    (
        "Replace old_name with newName in main.py",
        "edit",
        {"path": "main.py", "old_string": "old_name", "new_string": "newName"},
    ),
    ('Write "hello" to notes.txt', "write", {"path": "notes.txt", "content": "hello"}),
    ("Create a.py with:\nx = 1\n", "write", {"path": "a.py", "content": "x = 1\n"}),
    (
        "Create a new file a.py with the content:\n```python\nx = 1\n```",
        "write",
        {"path": "a.py", "content": "x = 1\n"},
    ),
    ("create an empty file pkg/__init__.py", "write", {"path": "pkg/__init__.py", "content": ""}),
    (
        "Apply this patch:\n*** Begin Patch\n*** Delete File: a\n*** End Patch",
        "apply_patch",
        {"patch": "*** Begin Patch\n*** Delete File: a\n*** End Patch\n"},
    ),
    ("Delete the file notes.txt", "rm", {"path": "notes.txt"}),
    ("Delete the ../outside directory", "rm", {"path": "../outside"}),
    ("$ echo hi. | cat", "bash", {"command": "echo hi. | cat"}),
    ("Run `make the thing`", "bash", {"command": "make the thing"}),
    ("Run go test ./...", "bash", {"command": "go test ./..."}),
    ("Run: echo a and b", "bash", {"command": "echo a and b"}),
    ("Run ./check --fast", "bash", {"command": "./check --fast"}),
    ("git status", "bash", {"command": "git status --short"}),
    ('commit "It\'s done"', "bash", {"command": "git commit -m 'It'\"'\"'s done'"}),
    ("push to origin main", "bash", {"command": "git push origin main"}),
    ("Show the last 3 commits", "bash", {"command": "git log --oneline -n 3"}),
    ("Show my todos", "todo", {"action": "list"}),
]

NEAR_MISSES = [
    "",
    "hello",
    "Read the test file",
    "Read main.py and delete it",
    "Read lines 9-5 of a.py",
    "Delete everything",
    "Delete the file",
    "Delete the old directory",
    "Delete the project directory",
    "Delete *.py",
    "Delete .",
    "Delete /",
    "Delete the ~ directory",
    "Delete main.py and test.py",
    "Remove the deprecated function and its tests",
    "Remove https://example.com/x",
    "Replace tabs with spaces in main.py",
    "Replace it with bar in main.py",
    'Replace "a" with "a" in main.py',
    'Replace "" with "b" in main.py',
    'Replace "a" with "b" in the main module',
    'Replace "a" with "b"',
    "Create a new file a.py with utility functions",
    "Create a plan with: three steps",
    "Run pytest and fix the failures",
    "Run pytest && rm -rf /",
    "Run the linter",
    "Run migrations",
    "Run git push if the tests pass",
    "Do not delete main.py",
    "Don't run `rm -rf x`",
    "Never run the tests",
    "Search for hello world",
    "Find all uses of deprecated functions",
    "Rename user to account",
    "Rename old.py to new.py",
    "What does $ git status do?",
    "Should I delete main.py?",
    "If it exists, delete main.py",
    "Commit the changes",
    "Show the diff for it's.py",
    "Push it",
]

TOOLS = [
    "read",
    "write",
    "edit",
    "multiedit",
    "apply_patch",
    "glob",
    "grep",
    "ls",
    "rm",
    "bash",
    "process",
]


def request(*messages: Message, tools: list[str] | None = None) -> ModelRequest:
    names = TOOLS if tools is None else tools
    return ModelRequest(
        MODEL,
        "",
        list(messages),
        [ToolSpec(name, "", {}) for name in names],
        session="ses_1",
    )


async def reply(asked: ModelRequest) -> tuple[str, list[CallDelta], Finish]:
    deltas: list[Delta] = [delta async for delta in OfflineProvider().stream(asked)]
    assert isinstance(deltas[-1], Finish)
    text = "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))
    return text, [delta for delta in deltas if isinstance(delta, CallDelta)], deltas[-1]


async def play(*said: str, results: dict[str, Any], tools: list[str] | None = None) -> str:
    """Talk to the provider as the loop does; tools answer from `results`; returns all its words."""
    messages: list[Message] = []
    words: list[str] = []
    for prompt in said:
        messages.append(user_message(prompt))
        for _ in range(5):
            answer = Message(f"msg_{len(messages)}", "assistant")
            async for delta in OfflineProvider().stream(request(*messages, tools=tools)):
                absorb(answer, delta)
            messages.append(answer)
            words.append(answer.text)
            for call in answer.calls:
                outcome = results[call.tool]
                close(call, outcome(call) if callable(outcome) else outcome)
            if not answer.calls:
                break
    return "\n".join(words)


def close(call: ToolPart, outcome: Any) -> None:
    match outcome:
        case str():
            call.close("completed", outcome)
        case None:
            assert not call.is_open
        case (status, text):
            call.close(status, text)
        case _:
            call.close("completed", "…", [outcome])


def understood(text: str) -> list[tuple[str, dict[str, Any]]] | None:
    plan = understand(text, Context("app/now.py", "https://example.com/last"))
    return None if plan is None else [(call.tool, call.input) for call in plan.calls]


@pytest.mark.parametrize(("prompt", "tool", "arguments"), [*DOCUMENTED, *PARAPHRASES])
def test_an_instruction_becomes_exactly_its_call(
    prompt: str, tool: str, arguments: dict[str, Any]
) -> None:
    assert understood(prompt) == [(tool, arguments)]


@pytest.mark.parametrize("prompt", [*NEEDS_A_MODEL, *NEAR_MISSES])
def test_what_needs_a_model_or_is_unclear_becomes_no_call(prompt: str) -> None:
    assert understood(prompt) is None


@pytest.mark.parametrize("form", FORMS)
def test_every_example_that_is_shown_to_people_works(form: Any) -> None:
    for example in form.examples:
        typed = example.replace(
            ": *** Begin Patch … *** End Patch", ":\n*** Begin Patch\nx\n*** End Patch"
        )
        calls = understood(typed)
        assert calls is not None
        assert calls[0][0] in (form.tool, "ls")


@pytest.mark.parametrize("prompt", TEST_RUNS)
@pytest.mark.parametrize(
    ("listing", "command"),
    [
        ("main.py\npyproject.toml\ntests/", "pytest"),
        ("package.json\nsrc/\n", "npm test"),
        ("go.mod\nmain.go", "go test ./..."),
        ("Cargo.toml\nsrc/", "cargo test"),
        ("Makefile\nx.c", "make test"),
        ("calc.py\ntest_calc.py\nREADME.md", "pytest"),
    ],
)
async def test_the_tests_are_run_by_the_command_the_root_speaks_for(
    prompt: str, listing: str, command: str
) -> None:
    ran: list[dict[str, Any]] = []

    def bash(call: ToolPart) -> str:
        ran.append(call.input)
        return "2 passed\nexit code 0"

    words = await play(prompt, results={"ls": listing, "bash": bash})
    assert ran == [{"command": command}]
    assert "2 passed" in words
    assert ("needs a model" in words) == ("fix" in prompt)


@pytest.mark.parametrize(
    ("listing", "found", "command"),
    [
        (
            "pyproject.toml\n[2 ignored not shown: .cache/, .venv/]",
            ".venv/bin/pytest",
            ".venv/bin/pytest",
        ),
        ("setup.py\nuv.lock\nvenv/", "venv/Scripts/pytest.exe\n", "venv/Scripts/pytest.exe"),
        ("pyproject.toml\nuv.lock\n.venv/", "No file matches", "uv run pytest"),
        ("poetry.lock\npyproject.toml", "", "poetry run pytest"),
        ("pyproject.toml\n.venv/", "No file matches", "pytest"),
    ],
)
async def test_python_runs_its_tests_in_the_environment_of_the_project(
    listing: str, found: str, command: str
) -> None:
    ran: list[str] = []

    def bash(call: ToolPart) -> str:
        ran.append(call.input["command"])
        return "2 passed"

    await play("Run the tests", results={"ls": listing, "glob": found, "bash": bash})
    assert ran == [command]


async def test_a_project_whose_tool_is_not_here_is_tested_with_the_pytest_there_is() -> None:
    ran: list[str] = []

    def bash(call: ToolPart) -> str:
        ran.append(call.input["command"])
        return "2 passed" if len(ran) > 1 else "bash: uv: command not found\n[exit 127, 0.1 s]"

    words = await play("Run the tests", results={"ls": "setup.py\nuv.lock", "bash": bash})
    assert ran == ["uv run pytest", "pytest"]
    assert "2 passed" in words


async def test_without_a_known_test_command_it_says_so_and_runs_nothing() -> None:
    words = await play("Run the tests", results={"ls": "notes.txt\nsub/\n  pyproject.toml"})
    assert "test command is unknown" in words


async def test_the_first_reply_says_what_it_is_and_how_to_connect_a_model_once() -> None:
    words = await play("hello", "hello again", results={})
    assert words.count("No model is configured.") == 1
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GOOGLE_API_KEY", "Ollama"):
        assert name in words
    assert words.count("- ") >= 6, "three nearest forms in each answer"


async def test_it_costs_nothing_and_the_same_request_gives_the_same_stream() -> None:
    asked = request(user_message("Read main.py"))
    first = [delta async for delta in OfflineProvider().stream(asked)]
    second = [delta async for delta in OfflineProvider().stream(asked)]
    assert first == second
    assert first[-1] == Finish("tool_calls", Usage())


async def test_calls_of_different_steps_have_different_ids() -> None:
    said = user_message("Read main.py")
    _, [first], _ = await reply(request(said))
    _, [second], _ = await reply(request(said, Message("m", "assistant", [TextPart("x")]), said))
    assert first.id != second.id


async def test_matches_are_printed_by_file_and_counted_over_all_pages() -> None:
    def grep(call: ToolPart) -> None:
        table = Table(["file", "line", "text"], [["a.py", "1", "# TODO"]], "3 matches in 2 files")
        call.close("completed", "a.py\n1: # TODO\n[1 of 3; offset 1 goes on]", [table])

    words = await play("Find all TODO comments in the codebase", results={"grep": grep})
    assert "```\na.py\n1: # TODO\n[1 of 3; offset 1 goes on]\n```\n3 matches in 2 files." in words


async def test_nothing_found_is_said_once() -> None:
    words = await play('Search for "x"', results={"grep": "No match for x"})
    assert words.endswith("No match for x")


async def test_read_lines_are_numbered_as_in_the_file() -> None:
    words = await play(
        "Read lines 8-9 of a.py and explain", results={"read": FileView("a.py", "x\ny\n", 8)}
    )
    assert "     8  x\n     9  y" in words
    assert "2 lines read from a.py." in words
    assert "(“explain”) needs a model" in words


async def test_a_replacement_shows_its_diff_and_how_often_it_happened() -> None:
    diff = Diff(
        "c.py", "--- a/c.py\n+++ b/c.py\n@@ -1,2 +1,2 @@\n-foo(foo)\n-foo\n+bar(bar)\n+bar\n", 2, 2
    )
    words = await play(
        'Replace all occurrences of "foo" with "bar" in c.py', results={"edit": diff}
    )
    assert "+bar(bar)" in words
    assert "Replaced 3 times, c.py: +2 -2." in words


async def test_long_output_is_bounded_and_says_by_how_much() -> None:
    words = await play("Run pytest", results={"bash": "\n".join(f"line {n}" for n in range(5000))})
    assert "line 0\n" in words
    assert "line 4999" in words
    assert "4600 lines left out" in words


async def test_all_files_of_a_kind_are_globbed_and_then_read_together() -> None:
    read: list[str] = []

    def one(call: ToolPart) -> FileView:
        read.append(call.input["path"])
        return FileView(call.input["path"], "x\n")

    found = "src/a.py\nsrc/b/c.py\nsrc/notes.txt\n(2 more)"
    words = await play("Read all Python files in src/", results={"glob": found, "read": one})
    assert read == ["src/a.py", "src/b/c.py"]
    assert "1 line read from src/b/c.py." in words


async def test_no_file_of_that_kind_is_said() -> None:
    words = await play("Read all Go files", results={"glob": "No file matches **/*.go"})
    assert "No file matches **/*.go." in words


async def test_more_files_than_are_read_are_counted() -> None:
    def glob(call: ToolPart) -> None:
        names = "\n".join(f"{n}.py" for n in range(35))
        call.close("completed", names, [Table(["file"], [], "35 files")])

    words = await play("Read all Python files", results={"glob": glob, "read": "x"})
    assert "35 files. The first 20 are read." in words


@pytest.mark.parametrize(
    ("status", "word"), [("denied", "Refused"), ("error", "failed"), ("cancelled", "cancelled")]
)
async def test_a_call_that_did_not_happen_is_told_plainly(status: str, word: str) -> None:
    words = await play("Remove old_config.yaml", results={"rm": (status, "the reason")})
    assert word in words


async def test_a_folder_with_content_is_removed_only_after_the_tool_asked_for_it() -> None:
    calls: list[dict[str, Any]] = []

    def rm(call: ToolPart) -> Any:
        calls.append(call.input)
        if call.input.get("recursive"):
            return "Removed temp."
        return ("error", "temp is not empty; pass recursive=true")

    words = await play("Delete the temp directory", results={"rm": rm})
    assert calls == [{"path": "temp"}, {"path": "temp", "recursive": True}]
    assert "Removed temp." in words
    calls.clear()
    await play("Delete the file temp.d", results={"rm": rm})
    assert calls == [{"path": "temp.d"}]


async def test_a_denied_deletion_is_not_tried_again() -> None:
    words = await play("Delete the temp directory", results={"rm": ("denied", "not recursive")})
    assert words.count("Refused") == 1


async def test_a_form_whose_tool_is_not_offered_says_so() -> None:
    text, calls, finish = await reply(request(user_message("Fetch https://example.com/")))
    assert "`webfetch`" in text
    assert "not offered here" in text
    assert (calls, finish.reason) == ([], "stop")


async def test_a_tool_of_a_connected_server_is_called_by_its_own_name() -> None:
    asked = request(
        user_message("Use filesystem tool to read /project/file.txt"),
        tools=["filesystem_read_file"],
    )
    _, [call], _ = await reply(asked)
    assert (call.tool, call.input) == ("filesystem_read_file", {"path": "/project/file.txt"})


async def test_this_file_and_that_url_are_those_of_the_session() -> None:
    before = Message("m1", "assistant")
    before.parts.append(ToolPart("c1", "read", {"path": "a.py"}, status="completed"))
    before.parts.append(ToolPart("c2", "webfetch", {"url": "https://a.b/c"}, status="completed"))
    done = Message("m2", "assistant", [TextPart("done")])
    history = [user_message("x"), before, done]
    _, [call], _ = await reply(request(*history, user_message("Format this file"), tools=["lsp"]))
    assert call.input == {"action": "format", "path": "a.py"}
    said = user_message("Get the content of that URL")
    _, [call], _ = await reply(request(*history, said, tools=["webfetch"]))
    assert call.input == {"url": "https://a.b/c"}
    text, calls, _ = await reply(request(said, tools=["webfetch"]))
    assert not calls
    assert "Which URL?" in text


async def test_a_prompt_queued_during_a_command_is_answered_after_it() -> None:
    running = Message("m1", "assistant")
    running.parts.append(
        ToolPart("c1", "bash", {"command": "pytest"}, status="completed", output="1 passed")
    )
    history = [user_message("Run pytest"), running, user_message("Read a.py")]
    _, [call], _ = await reply(request(*history))
    assert call.input == {"path": "a.py"}
    reading = Message("m2", "assistant")
    reading.parts.append(
        ToolPart("c2", "read", {"path": "a.py"}, status="completed", output="x = 1")
    )
    text, calls, _ = await reply(request(*history, reading))
    assert not calls
    assert text.index("1 passed") < text.index("x = 1")


async def test_a_cancelled_run_is_not_taken_up_again() -> None:
    stopped = Message("m1", "assistant")
    stopped.parts.append(ToolPart("c1", "bash", {"command": "pytest"}, status="cancelled"))
    history = [user_message("Run pytest"), stopped, user_message("Read a.py")]
    _, [call], _ = await reply(request(*history))
    assert call.tool == "read"


async def test_words_put_in_by_others_are_no_instructions() -> None:
    nudge = user_message("", TextPart("Run `rm -rf x`", origin="nudge"))
    text, calls, _ = await reply(request(nudge))
    assert not calls
    assert "No model is configured." in text


async def test_titles_and_summaries_are_left_to_models() -> None:
    text, calls, finish = await reply(ModelRequest(MODEL, "Name it", [user_message("Read a.py")]))
    assert (text, calls, finish.reason) == ("", [], "stop")


def test_the_nearest_forms_share_words_with_what_was_typed() -> None:
    assert "Find usages" in nearest("find me usages of the thing process")[0]
    assert len(nearest("xyzzy")) == 3


def test_what_shares_no_word_with_a_form_is_never_answered_with_one_that_changes() -> None:
    assert not any("Push" in example for example in nearest("hi"))
    assert set(nearest("hi")) <= {e for form in (*READING, *SEARCHING) for e in form.examples}
    assert nearest("delete the big folder of temp things")[0] == "Delete the temp directory"


def test_long_strange_input_is_refused_quickly() -> None:
    for text in ("Find " + "a " * 5000, "read " + "./" * 5000 + " x y", '"' * 5000, "[" * 5000):
        assert understand(text) is None
        assert len(nearest(text)) == 3


async def test_it_offers_one_free_model_and_knows_no_other() -> None:
    provider = OfflineProvider()
    [model] = await provider.models()
    assert (model.id, model.input_price, model.output_price) == (MODEL, 0.0, 0.0)
    assert await provider.info(MODEL) == model
    with pytest.raises(UsageError):
        await provider.info("offline/other")


async def test_closing_the_stream_early_is_harmless() -> None:
    stream = OfflineProvider().stream(request(user_message("hello")))
    async for _ in stream:
        break
    await asyncio.sleep(0)
    await stream.aclose()  # pyright: ignore


def test_output_that_holds_fences_is_fenced_by_longer_ones() -> None:
    assert fenced("one line") == "one line"
    assert fenced("a\n```\nb\n```", "md") == "````md\na\n```\nb\n```\n````"


async def test_what_the_rules_say_is_told_in_the_persons_language_and_what_tools_said_is_not() -> (
    None
):
    def shout(sentence: str) -> str:
        return sentence.upper()

    asked = user_message("Read a.py")
    answer = Message("msg_1", "assistant")
    call = ToolPart("call_1", "read", {"path": "a.py"})
    call.close("completed", "x = 1", [FileView("a.py", "x = 1\n")])
    answer.parts.append(call)
    deltas = [d async for d in OfflineProvider(shout).stream(request(asked, answer))]
    told = "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))
    assert told == "     1  x = 1\n1 LINE READ FROM A.PY."
    stream = OfflineProvider(shout).stream(request(user_message("hello")))
    told = "".join([delta.text async for delta in stream if isinstance(delta, TextDelta)])
    assert "NO MODEL IS CONFIGURED. " in told
    assert "- Show my tasks" in told or "\n- " in told
