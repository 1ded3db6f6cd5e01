from opencode.core.display import Diff, Text, Todos
from opencode.core.message import Message, ReasoningPart, TextPart, ToolPart, user_message
from opencode.core.session import Session
from opencode.tui.state.as_markdown import as_markdown


def test_a_conversation_becomes_a_page() -> None:
    call = ToolPart("c", "bash", {"command": "make"}, status="completed")
    call.display = [
        Text("```\nfenced\n```"),
        Diff("a", "-x\n+y\n", 1, 1),
        Todos([("a", "completed")]),
    ]
    denied = ToolPart("d", "rm", {"path": "x"}, status="denied", output="No.")
    answer = Message("m", "assistant", [ReasoningPart("hm"), TextPart("Done."), call, denied])
    session = Session("s", "/p", title="Mend it", messages=[user_message("Do\nit"), answer])
    assert as_markdown(session) == (
        "# Mend it\n\n> Do\n> it\n\nDone.\n\n`Bash $ make`\n\n````\n```\nfenced\n```\n````\n\n"
        "```diff\n-x\n+y\n```\n\n```\n[x] a\n```\n\n`Remove x` (denied)\n\n```\nNo.\n```\n"
    )
