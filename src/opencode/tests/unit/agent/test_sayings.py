import pytest

from opencode.agent.sayings import Saying, saying


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Switch to Claude", Saying("switch_model", "Claude")),
        ("Use GPT-4o for this conversation", Saying("switch_model", "GPT-4o")),
        ("Use local model llama3.2", Saying("switch_model", "llama3.2")),
        (
            "switch to anthropic/claude-sonnet-4-5.",
            Saying("switch_model", "anthropic/claude-sonnet-4-5"),
        ),
        ("Use model foo", Saying("switch_model", "foo")),
        ("switch to the model `qwen2.5-coder:7b`", Saying("switch_model", "qwen2.5-coder:7b")),
        ("use gemini from now on", Saying("switch_model", "gemini")),
        ("List MCP tools", Saying("mcp_tools")),
        ("show me the mcp tools", Saying("mcp_tools")),
        ("@plan Analyze the architecture", Saying("agent", "plan", "Analyze the architecture")),
        ("@build a\nb", Saying("agent", "build", "a\nb")),
    ],
)
def test_a_whole_message_of_the_guides_form_is_a_command(text: str, meant: Saying) -> None:
    assert saying(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Switch to dark mode",
        "Switch to tabs",
        "Switch to a new branch",
        "switch to the new model",
        "Use black for this project",
        "Use asyncio from now on",
        "Switch to Claude and then fix the tests",
        "How do I switch to Claude?",
        "List MCP tools and call one",
        "Use the task agent to search",
        "mail me@plan today",
        "@plan",
    ],
)
def test_what_merely_resembles_a_command_is_left_to_the_model(text: str) -> None:
    assert saying(text) is None
