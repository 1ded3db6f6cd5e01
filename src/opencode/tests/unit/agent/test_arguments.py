from typing import Any

import msgspec
import pytest

from opencode.agent.calls.arguments import read_arguments, tool_named
from opencode.agent.calls.lenient import Unreadable, read_object
from opencode.core.error import InvalidInput
from opencode.core.message import ToolPart
from opencode.tests.fakes.toy_tools import toy_tools

TOOLS = toy_tools()
MAIN = {"path": "main.py"}
PAGE = {"path": "main.py", "offset": 5, "limit": 10}
EDIT = {"path": "a.py", "old_string": "x = 1", "new_string": "x = 2"}
GREP = {"pattern": "TODO", "path": "src"}

REPAIRED_TEXT: list[tuple[str, str, dict[str, Any]]] = [
    # fences
    ("read", '```json\n{"path": "main.py"}\n```', MAIN),
    ("read", '```\n{"path": "main.py"}```', MAIN),
    ("read", ' \n```JSON\n  {"path": "main.py"}  \n```\n', MAIN),
    ("bash", '```json\n{"command": "echo ```"}\n```', {"command": "echo ```"}),
    # quotes
    ("read", "{'path': 'main.py'}", MAIN),
    ("read", "{'path': \"main.py\"}", MAIN),
    ("read", "{“path”: “main.py”}", MAIN),
    ("bash", "{'command': 'echo \"hi\"'}", {"command": 'echo "hi"'}),
    ("bash", "{'command': 'it\\'s'}", {"command": "it's"}),
    ("bash", '{"command": "it\'s"}', {"command": "it's"}),
    ("bash", '{"command": "it\\\'s"}', {"command": "it's"}),
    ("edit", "{'path':'a.py','old_string':'x = 1','new_string':'x = 2'}", EDIT),
    # trailing commas
    ("read", '{"path": "main.py",}', MAIN),
    ("read", '{"path": "main.py" , }', MAIN),
    ("ls", '{"ignore": ["a", "b",],}', {"ignore": ["a", "b"]}),
    (
        "multiedit",
        '{"path":"a","edits":[{"old_string":"a","new_string":"b",},]}',
        {"path": "a", "edits": [{"old_string": "a", "new_string": "b"}]},
    ),
    # Python literals
    (
        "edit",
        "{'path': 'a.py', 'old_string': 'x', 'new_string': '', 'replace_all': True}",
        {"path": "a.py", "old_string": "x", "new_string": "", "replace_all": True},
    ),
    (
        "edit",
        '{"path": "a.py", "old_string": "x", "new_string": "y", "replace_all": False}',
        {"path": "a.py", "old_string": "x", "new_string": "y", "replace_all": False},
    ),
    ("read", '{"path": "main.py", "limit": None}', {"path": "main.py", "limit": None}),
    # keys without quotes
    ("read", '{path: "main.py"}', MAIN),
    ("read", "{path: 'main.py', offset: 5, limit: 10}", PAGE),
    # double encoding
    ("read", '"{\\"path\\": \\"main.py\\"}"', MAIN),
    ("read", '"\\"{\\\\\\"path\\\\\\": \\\\\\"main.py\\\\\\"}\\""', MAIN),
    ("read", "\"{'path': 'main.py'}\"", MAIN),
    ("read", '[{"path": "main.py"}]', MAIN),
    # one brace too many, a byte order mark
    ("read", '{"path": "main.py"}}', MAIN),
    ("read", '{"path": "main.py"}\n}', MAIN),
    ("read", '\ufeff{"path": "main.py",}', MAIN),
    # line breaks and tabs inside of strings
    ("write", '{"path": "a", "content": "one\ntwo\n"}', {"path": "a", "content": "one\ntwo\n"}),
    ("write", '{"path": "a", "content": "\tx\r\n"}', {"path": "a", "content": "\tx\r\n"}),
    ("write", "{'path': 'a', 'content': 'one\n  two'}", {"path": "a", "content": "one\n  two"}),
    # backslashes JSON does not know
    ("grep", r'{"pattern": "\d+\s"}', {"pattern": r"\d+\s"}),
    ("grep", r'{"pattern": "\w\.py"}', {"pattern": r"\w\.py"}),
    ("grep", r'{"pattern": "foo\(bar\)"}', {"pattern": r"foo\(bar\)"}),
    ("read", r'{"path": "C:\Users\me"}', {"path": r"C:\Users\me"}),
    ("bash", r'{"command": "echo \$HOME"}', {"command": r"echo \$HOME"}),
    # elements instead of JSON
    ("read", '<parameter name="path">main.py</parameter>', MAIN),
    ("read", "<parameter=path>main.py</parameter>", MAIN),
    (
        "read",
        "<parameter=path>\nmain.py\n</parameter>\n<parameter=offset>\n5\n</parameter>"
        "<parameter=limit>10</parameter>",
        PAGE,
    ),
    ("read", "<parameter name='path' string='true'>main.py</parameter>", MAIN),
    ("read", "<path>main.py</path>", MAIN),
    ("read", "<path>main.py</path>\n<offset>5</offset>\n<limit>10</limit>", PAGE),
    ("read", "<arg_key>path</arg_key>\n<arg_value>main.py</arg_value>", MAIN),
    (
        "write",
        "<path>a.html</path><content><p>x</p></content>",
        {"path": "a.html", "content": "<p>x</p>"},
    ),
    (
        "write",
        '<parameter name="path">a</parameter><parameter name="content">\nx < 1\n\n</parameter>',
        {"path": "a", "content": "x < 1\n"},
    ),
    # several at once
    ("edit", "```json\n{'file_path': 'a.py', oldString: 'x = 1', newString: 'x = 2',}\n```", EDIT),
    ("read", "```\n{filePath: 'main.py', offset: '5', limit: '10',}\n```", PAGE),
    ("read", "{'arguments': {'path': 'main.py'}}", MAIN),
    ("read", '{"path": "ma\\u0069n.py",}', MAIN),
    ("bash", '{"command": "printf \\"a\\\\n\\"",}', {"command": 'printf "a\\n"'}),
    ("grep", "{'pattern': 'TODO', 'path': 'src', 'include': None}", GREP),
]

REPAIRED_OBJECT: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    # names of parameters
    *[
        ("read", {name: "main.py"}, MAIN)
        for name in (
            "filePath",
            "file_path",
            "FilePath",
            "file-path",
            "filename",
            "file",
            "Path",
            "PATH",
        )
    ],
    *[
        ("edit", {"path": "a.py", old: "x = 1", new: "x = 2"}, EDIT)
        for old, new in (
            ("oldString", "newString"),
            ("old_str", "new_str"),
            ("oldStr", "newStr"),
            ("old-string", "new-string"),
            ("OldString", "NewString"),
            ("old_text", "new_string"),
        )
    ],
    ("edit", {**EDIT, "replaceAll": True}, {**EDIT, "replace_all": True}),
    ("bash", {"cmd": "ls"}, {"command": "ls"}),
    ("bash", {"Command": "ls"}, {"command": "ls"}),
    ("grep", {"query": "TODO", "path": "src"}, GREP),
    ("grep", {"regex": "TODO", "path": "src"}, GREP),
    ("ls", {"directory": "src"}, {"path": "src"}),
    ("write", {"file": "a", "contents": "x"}, {"path": "a", "content": "x"}),
    (
        "multiedit",
        {"filePath": "a", "edits": [{"oldString": "a", "newString": "b", "replaceAll": "true"}]},
        {"path": "a", "edits": [{"old_string": "a", "new_string": "b", "replace_all": True}]},
    ),
    ("read", {"path": "main.py", "file_path": "main.py"}, MAIN),
    # wrapped
    ("read", {"arguments": {"path": "main.py"}}, MAIN),
    ("read", {"parameters": {"path": "main.py"}}, MAIN),
    ("read", {"input": {"file_path": "main.py"}}, MAIN),
    ("read", {"arguments": '{"path": "main.py"}'}, MAIN),
    ("read", {"args": "{'path': 'main.py'}"}, MAIN),
    # numbers and booleans as text
    ("read", {"path": "main.py", "offset": "5", "limit": "10"}, PAGE),
    ("read", {"path": "main.py", "offset": " 5 ", "limit": 10.0}, PAGE),
    ("read", {"path": "main.py", "offset": 5.0, "limit": "10"}, PAGE),
    ("bash", {"command": "ls", "timeout": "2.5"}, {"command": "ls", "timeout": 2.5}),
    ("bash", {"command": "ls", "timeout": "30"}, {"command": "ls", "timeout": 30}),
    *[
        ("bash", {"command": "ls", "background": text}, {"command": "ls", "background": value})
        for text, value in (("true", True), ("True", True), ("false", False), ("FALSE", False))
    ],
    ("grep", {"pattern": 404}, {"pattern": "404"}),
    ("write", {"path": "a", "content": 42}, {"path": "a", "content": "42"}),
    # lists
    ("ls", {"ignore": "a"}, {"ignore": ["a"]}),
    ("ls", {"ignore": '["a", "b"]'}, {"ignore": ["a", "b"]}),
    ("ls", {"ignore": [1, "b"]}, {"ignore": ["1", "b"]}),
    (
        "multiedit",
        {"path": "a", "edits": {"old_string": "a", "new_string": "b"}},
        {"path": "a", "edits": [{"old_string": "a", "new_string": "b"}]},
    ),
    (
        "multiedit",
        {"path": "a", "edits": '[{"old_string": "a", "new_string": "b"}]'},
        {"path": "a", "edits": [{"old_string": "a", "new_string": "b"}]},
    ),
    (
        "multiedit",
        {"path": "a", "edits": ['{"old_string": "a", "new_string": "b"}']},
        {"path": "a", "edits": [{"old_string": "a", "new_string": "b"}]},
    ),
    # choices
    ("grep", {"pattern": "x", "mode": "Files"}, {"pattern": "x", "mode": "files"}),
    ("grep", {"pattern": "x", "mode": "COUNT"}, {"pattern": "x", "mode": "count"}),
    # nothing, said aloud
    ("read", {"path": "main.py", "offset": None}, MAIN),
    ("read", {"path": "main.py", "offset": "", "limit": ""}, MAIN),
    ("grep", {"pattern": "TODO", "path": "src", "include": None, "mode": None}, GREP),
    ("ls", {"path": None}, {}),
    ("read", {"path": "main.py", "encoding": None, "ranges": []}, MAIN),
    # talk about the call
    ("bash", {"command": "ls", "description": "List files"}, {"command": "ls"}),
    ("read", {"path": "main.py", "explanation": "to see it"}, MAIN),
    ("read", {"path": "main.py", "thought": "hm", "toolCallId": "c1"}, MAIN),
    ("edit", {**EDIT, "reason": "it is wrong"}, EDIT),
]

REFUSED: list[tuple[str, Any]] = [
    # cut
    ("read", '{"path": "main.py"'),
    ("read", '{"path": "main'),
    ("write", '{"path": "a.py", "content": "def f():\\n    retur'),
    ("write", "{'path': 'a.py', 'content': 'x"),
    ("bash", '{"command": "rm -rf build'),
    ("bash", '{"command": "rm -rf /", "timeout":'),
    ("read", '"{\\"path\\": \\"main.py'),
    ("read", '```json\n{"path": "main.py"\n```'),
    ("read", '<parameter name="path">main.py'),
    ("write", "<path>a</path><content>x"),
    # two meanings
    ("bash", "{'command': 'echo 'hi''}"),
    ("bash", '{"command": "echo "hi""}'),
    ("bash", "{'command': 'don't'}"),
    ("grep", r'{"pattern": "\d+\bfoo"}'),
    ("read", r'{"path": "C:\work\new"}'),
    ("read", '{path: "a", path: "b"}'),
    ("read", "<path>a</path><path>b</path>"),
    ("read", {"path": "a.py", "file_path": "b.py"}),
    ("edit", {**EDIT, "oldString": "other"}),
    # not there
    ("read", {}),
    ("read", "{}"),
    ("bash", {}),
    ("bash", {"timeout": 5}),
    ("edit", {"path": "a.py", "old_string": "x"}),
    ("write", {"path": "a.py"}),
    ("read", {"path": None}),
    ("multiedit", {"path": "a", "edits": [{"old_string": "a"}]}),
    # unknown, and it could matter
    ("bash", {"command": "rm x", "dry_run": True}),
    ("write", {"path": "a", "content": "x", "overwrite": False}),
    ("read", {"path": "a", "start_line": 5}),
    ("edit", {**EDIT, "occurrence": 2}),
    ("multiedit", {"path": "a", "edits": [{"old_string": "a", "new_string": "b", "line": 3}]}),
    # another type
    ("write", {"path": "a.json", "content": {"x": 1}}),
    ("write", {"path": "a", "content": ["a", "b"]}),
    ("write", {"path": "a", "content": True}),
    ("read", {"path": ["a.py", "b.py"]}),
    ("read", {"path": "a", "offset": "five"}),
    ("read", {"path": "a", "offset": 1.5}),
    ("read", {"path": "a", "offset": 0}),
    ("read", {"path": "a", "offset": True}),
    ("bash", {"command": "ls", "background": "yes"}),
    ("grep", {"pattern": "x", "mode": "lines"}),
    ("multiedit", {"path": "a", "edits": "replace a by b"}),
    # no object at all
    ("read", "main.py"),
    ("read", "[]"),
    ("read", "null"),
    ("read", "42"),
    ("read", '{"path": "a"} {"path": "b"}'),
    ("read", '[{"path": "a"}, {"path": "b"}]'),
    ("read", 'Sure: {"path": "a"}'),
    ("read", '{"path": "a"} I will read it now'),
    ("read", '{"path": undefined}'),
    ("read", '{"path": `a`}'),
    ("read", '{"path" "a"}'),
    ("read", '{"path": "a" "limit": 1}'),
    ("read", "{" * 500),
    ("read", '{"path": ' + "[" * 500),
    ("read", '{"path": "a", "offset": NaN}'),
]


def read(tool: str, given: Any) -> tuple[Any, ToolPart]:
    is_text = isinstance(given, str)
    call = ToolPart("c1", tool, {} if is_text else given, raw=given if is_text else "")
    return read_arguments(TOOLS[tool], call), call


@pytest.mark.parametrize(("tool", "given", "meant"), [*REPAIRED_TEXT, *REPAIRED_OBJECT])
def test_a_bad_call_with_one_meaning_is_repaired_to_exactly_that(
    tool: str, given: Any, meant: dict[str, Any]
) -> None:
    arguments, call = read(tool, given)
    assert arguments == msgspec.convert(meant, TOOLS[tool].input)
    assert msgspec.convert(call.input, TOOLS[tool].input) == arguments


@pytest.mark.parametrize(("tool", "given"), REFUSED)
def test_what_is_cut_unclear_or_unknown_is_refused_with_the_schema(tool: str, given: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(tool, given)
    assert "nothing was run" in caught.value.message
    assert '"properties"' in caught.value.message


def test_the_corpus_is_large_and_repairs_all_that_can_be_repaired() -> None:
    assert len(REPAIRED_TEXT) + len(REPAIRED_OBJECT) + len(REFUSED) >= 120


def test_every_cut_of_a_good_call_is_refused_or_means_the_same() -> None:
    whole = '{"path": "a.py", "content": "x = 1\\n", }'
    for end in range(1, len(whole)):
        for text in (whole[:end], whole[:end].replace('"', "'"), f"```json\n{whole[:end]}\n```"):
            with pytest.raises(InvalidInput):
                read("write", text)


def test_good_calls_are_passed_on_untouched() -> None:
    given = {"path": "a.py", "content": "{'x': 'y',}  true None \\d"}
    arguments, call = read("write", given)
    assert (arguments.content, call.input) == (given["content"], given)


def test_a_long_bad_call_is_shown_in_part() -> None:
    with pytest.raises(InvalidInput) as caught:
        read("write", '{"path": "' + "a" * 5000)
    assert len(caught.value.message) < 1500
    assert "5010 characters" in caught.value.message


def test_long_text_is_read_in_one_pass() -> None:
    text = "{'path': 'a', 'content': '" + "x\\n" * 200_000 + "'}"
    assert len(read("write", text)[0].content) == 400_000
    with pytest.raises(Unreadable):
        read_object("{'a': " + "'b\\'" * 100_000)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("read", "read"),
        ("Read", "read"),
        ("READ", "read"),
        (" read ", "read"),
        ("functions.read", "read"),
        ("functions.read:0", "read"),
        ("default_api.Read", "read"),
        ("tools:read", "read"),
        ("read()", "read"),
        ("read_file", "read"),
        ("ReadFile", None),
        ("list", "ls"),
        ("list_directory", "ls"),
        ("str_replace", "edit"),
        ("multi-edit", "multiedit"),
        ("Multi_Edit", "multiedit"),
        ("run_command", "bash"),
        ("shell", "bash"),
        ("todowrite", None),
        ("python", None),
        ("", None),
        ("reader", None),
    ],
)
def test_a_tool_is_found_by_the_names_models_use(written: str, meant: str | None) -> None:
    found = tool_named(written, TOOLS)
    assert (found.name if found else None) == meant


def test_an_exact_name_wins_over_an_alias() -> None:
    tools = {**TOOLS, "shell": TOOLS["ls"]}
    assert tool_named("shell", tools) is TOOLS["ls"]
