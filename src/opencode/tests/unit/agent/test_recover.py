import json
from typing import Any

import pytest

from opencode.agent.calls.recover import recover, recover_calls
from opencode.core.message import FinishReason, Message, ReasoningPart, TextPart, ToolPart
from opencode.tests.fakes.toy_tools import toy_tools

TOOLS = toy_tools()
READ: dict[str, Any] = {"path": "main.py"}
GREP: dict[str, Any] = {"pattern": "TODO"}
OBJECT = '{"name": "read", "arguments": {"path": "main.py"}}'

ONE_CALL = {
    "bare object": OBJECT,
    "bare, spread over lines": json.dumps(json.loads(OBJECT), indent=2),
    "bare, parameters": '{"name": "read", "parameters": {"path": "main.py"}}',
    "bare, tool and args": '{"tool": "read", "args": {"path": "main.py"}}',
    "bare, tool_name": '{"tool_name": "Read", "tool_input": {"file_path": "main.py"}}',
    "bare, function object": '{"type": "function", "function": ' + OBJECT + "}",
    "bare, arguments as text": '{"name": "read", "arguments": "{\\"path\\": \\"main.py\\"}"}',
    "bare, action": '{"action": "read", "action_input": {"path": "main.py"}}',
    "bare list": f"[{OBJECT}]",
    "bare tool_calls": '{"tool_calls": [' + OBJECT + "]}",
    "bare, single quotes": "{'name': 'read', 'arguments': {'path': 'main.py'}}",
    "bare, prefixed name": '{"name": "functions.read", "arguments": {"path": "main.py"}}',
    "announced": f"I will read the file.\n{OBJECT}",
    "fenced": f"```json\n{OBJECT}\n```",
    "fenced without a language": f"```\n{OBJECT}\n```",
    "fenced and announced": f"Let me look at main.py:\n\n```json\n{OBJECT}\n```\n",
    "Hermes and Qwen": f"<tool_call>\n{OBJECT}\n</tool_call>",
    "Hermes, announced": f"I'll look.\n\n<tool_call>\n{OBJECT}\n</tool_call>",
    "Hermes, closing tag eaten": f"<tool_call>\n{OBJECT}",
    "Hermes, end token": f"<tool_call>\n{OBJECT}\n</tool_call><|im_end|>",
    "Granite": f"<|tool_call|>[{OBJECT}]",
    "Qwen coder": "<tool_call>\n<function=read>\n<parameter=path>\nmain.py\n</parameter>\n"
    "</function>\n</tool_call>",
    "Qwen coder, outer tag eaten": "<function=read>\n<parameter=path>main.py</parameter>\n"
    "</function>",
    "Llama 3": '<|python_tag|>{"name": "read", "parameters": {"path": "main.py"}}<|eom_id|>',
    "Llama 3.1 element": '<function=read>{"path": "main.py"}</function>',
    "Llama pythonic": '[read(path="main.py")]',
    "Gemma": '```tool_code\nread(path="main.py")\n```',
    "Gemma, printed": "```tool_code\nprint(default_api.read(path='main.py'))\n```",
    "Mistral list": f"[TOOL_CALLS] [{OBJECT}]</s>",
    "Mistral named": '[TOOL_CALLS]read[ARGS]{"path": "main.py"}</s>',
    "Mistral named with id": '[TOOL_CALLS]read[CALL_ID]a1b2c3d4e[ARGS]{"path": "main.py"}',
    "DeepSeek V3": "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>"
    "read\n```json\n"
    '{"path": "main.py"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    "DeepSeek V3.1": "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>read<｜tool▁sep｜>"
    '{"path": "main.py"}<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜>',
    "Kimi": "<|tool_calls_section_begin|><|tool_call_begin|>functions.read:0"
    '<|tool_call_argument_begin|>{"path": "main.py"}<|tool_call_end|><|tool_calls_section_end|>',
    "gpt-oss": "<|start|>assistant<|channel|>commentary to=functions.read <|constrain|>json"
    '<|message|>{"path": "main.py"}<|call|>',
    "GLM": "<tool_call>read\n<arg_key>path</arg_key>\n<arg_value>main.py</arg_value>\n</tool_call>",
    "Claude's elements": '<function_calls>\n<invoke name="read">\n<parameter name="path">main.py'
    "</parameter>\n</invoke>\n</function_calls>",
    "ReAct": 'Thought: I should read it.\nAction: read\nAction Input: {"path": "main.py"}',
    "ReAct, waiting": 'Action: `read`\nAction Input: {"path": "main.py"}\nObservation:',
}

TWO_CALLS = {
    "bare list": f'[{OBJECT}, {{"name": "grep", "arguments": {{"pattern": "TODO"}}}}]',
    "one a line": f'{OBJECT}\n{{"name": "grep", "arguments": {{"pattern": "TODO"}}}}',
    "Hermes": f"<tool_call>\n{OBJECT}\n</tool_call>\n<tool_call>\n"
    '{"name": "grep", "arguments": {"pattern": "TODO"}}\n</tool_call>',
    "Llama pythonic": "[read(path='main.py'), grep(pattern='TODO')]",
    "Mistral": '[TOOL_CALLS]read[ARGS]{"path": "main.py"}[TOOL_CALLS]grep[ARGS]{"pattern": "TODO"}',
    "Kimi": "<|tool_calls_section_begin|><|tool_call_begin|>functions.read:0"
    '<|tool_call_argument_begin|>{"path": "main.py"}<|tool_call_end|><|tool_call_begin|>'
    'functions.grep:1<|tool_call_argument_begin|>{"pattern": "TODO"}<|tool_call_end|>'
    "<|tool_calls_section_end|>",
    "Qwen coder": "<tool_call><function=read><parameter=path>main.py</parameter></function>"
    "</tool_call>\n<tool_call><function=grep><parameter=pattern>TODO</parameter></function>"
    "</tool_call>",
    "Claude's elements": '<function_calls><invoke name="read"><parameter name="path">main.py'
    '</parameter></invoke><invoke name="grep"><parameter name="pattern">TODO</parameter></invoke>'
    "</function_calls>",
}

BASH = '{"name": "bash", "arguments": {"command": "rm -rf build"}}'

PROSE = {
    "empty": "",
    "words": "I read the file and it is fine.",
    "a data object": '{"path": "main.py"}',
    "a fenced data object": '```json\n{"name": "demo", "version": "1.0"}\n```',
    "a package file": '{"name": "read", "version": "1.0", "arguments": {}}',
    "unknown tool": '{"name": "launch", "arguments": {"path": "main.py"}}',
    "arguments that do not fit": '{"name": "read", "arguments": {"lines": 3}}',
    "missing arguments": '{"name": "bash", "arguments": {}}',
    "arguments that are no object": '{"name": "read", "arguments": ["main.py"]}',
    "two names": '{"name": "read", "tool": "bash", "arguments": {"path": "main.py"}}',
    "cut": OBJECT[:-1],
    "cut in a tag": f"<tool_call>\n{OBJECT[:-4]}",
    "text after it": f"{OBJECT}\nThis reads the file.",
    "text after a fence": f"```json\n{OBJECT}\n```\nThat is how it is done.",
    "text after a tag": f"<tool_call>{OBJECT}</tool_call> Then I will explain.",
    "an example": f"For example, a call looks like this:\n```json\n{OBJECT}\n```",
    "an example in tags": f"The format is:\n<tool_call>\n{OBJECT}\n</tool_call>",
    "a sample in a fence": f"Models write\n```xml\n<tool_call>\n{OBJECT}\n</tool_call>\n```",
    "an open fence": f"They write\n```xml\n<tool_call>\n{OBJECT}\n</tool_call>",
    "an offer": f"You could call:\n{OBJECT}",
    "a warning": f"Never send this:\n{OBJECT}",
    "a long story": f"{'I looked at it for long. ' * 20}\n{OBJECT}",
    "two paragraphs": f"First this.\n\nThen that.\n{OBJECT}",
    "inside of a sentence": f"The reply {OBJECT} was wrong.",
    "two fences": f"```json\n{OBJECT}\n```\n```json\n{OBJECT}\n```",
    "one of two is unknown": f'[{OBJECT}, {{"name": "launch", "arguments": {{}}}}]',
    "effects after an announcement": f"I will clean up.\n{BASH}",
    "effects in an announced fence": f"Cleaning up:\n```json\n{BASH}\n```",
    "shell in a fence": "```bash\nrm -rf build\n```",
    "Python in a fence": "```python\nprint(read(path=open('x').read()))\n```",
    "Python that computes": "[read(path='a' + 'b')]",
    "Python with positions": "[read('main.py')]",
    "Python of another kind": "[1, 2, 3]",
    "an invented observation": 'Action: read\nAction Input: {"path": "a"}\n'
    "Observation: it is fine.",
    "a list in Markdown": "[x] done\n[ ] open",
    "a footnote": "See [1].\n[1] https://example.com",
}


@pytest.mark.parametrize("text", ONE_CALL.values(), ids=ONE_CALL.keys())
def test_a_call_written_as_text_is_understood(text: str) -> None:
    prose, calls = recover_calls(text, TOOLS)
    [call] = calls
    assert (call.tool, call.input, call.recovered) == ("read", READ, True)
    assert len(prose) < len(text) // 2
    assert "main.py" not in prose or prose.endswith(":")


@pytest.mark.parametrize("text", TWO_CALLS.values(), ids=TWO_CALLS.keys())
def test_several_calls_written_as_text_are_understood_in_order(text: str) -> None:
    _, calls = recover_calls(text, TOOLS)
    assert [(call.tool, call.input) for call in calls] == [("read", READ), ("grep", GREP)]
    assert len({call.id for call in calls}) == 2


@pytest.mark.parametrize("text", PROSE.values(), ids=PROSE.keys())
def test_text_that_merely_mentions_calls_runs_nothing(text: str) -> None:
    assert recover_calls(text, TOOLS) == (text, [])


@pytest.mark.parametrize(
    "text", [BASH, f"```json\n{BASH}\n```", f"Now.\n<tool_call>{BASH}</tool_call>"]
)
def test_a_call_with_effects_is_understood_alone_or_in_its_tokens(text: str) -> None:
    _, [call] = recover_calls(text, TOOLS)
    assert call.input == {"command": "rm -rf build"}


@pytest.mark.parametrize("text", [*ONE_CALL.values(), *TWO_CALLS.values()])
def test_a_cut_text_never_becomes_another_call(text: str) -> None:
    _, whole = recover_calls(text, TOOLS)
    meant = [(call.tool, call.input) for call in whole]
    for end in range(len(text)):
        _, calls = recover_calls(text[:end], TOOLS)
        found = [(call.tool, call.input) for call in calls]
        assert found == meant[: len(found)]


def test_long_prose_is_looked_through_quickly() -> None:
    for text in (
        "{" * 20_000,
        "[" * 20_000,
        "<tool_call>" * 5000,
        "Action: read\n" * 5000,
        "```\n" * 9000,
    ):
        assert recover_calls(text, TOOLS) == (text, [])


def answer(*parts: Any, finish: FinishReason = "stop") -> Message:
    return Message("m1", "assistant", list(parts), finish=finish)


def test_a_finished_answer_gets_its_calls_and_keeps_its_words() -> None:
    message = answer(ReasoningPart("hm"), TextPart(f"I'll look.\n<tool_call>{OBJECT}</tool_call>"))
    recover(message, TOOLS)
    assert [type(part) for part in message.parts] == [ReasoningPart, TextPart, ToolPart]
    assert message.text == "I'll look."
    assert message.finish == "tool_calls"


def test_an_answer_of_nothing_but_a_call_keeps_no_text() -> None:
    message = answer(TextPart(OBJECT))
    recover(message, TOOLS)
    assert [type(part) for part in message.parts] == [ToolPart]


@pytest.mark.parametrize("finish", ["length", "error", "cancelled", "refused", ""])
def test_an_answer_that_was_cut_is_left_alone(finish: FinishReason) -> None:
    message = answer(TextPart(OBJECT), finish=finish)
    recover(message, TOOLS)
    assert not message.calls


def test_an_answer_with_real_calls_is_left_alone() -> None:
    message = answer(ToolPart("c1", "ls"), TextPart(OBJECT), finish="tool_calls")
    recover(message, TOOLS)
    assert len(message.calls) == 1


def test_no_tool_offered_means_no_call() -> None:
    assert recover_calls(OBJECT, {}) == (OBJECT, [])
