from collections.abc import Sequence

from opencode.core.event import SessionUpdated, ToolStarted
from opencode.core.message import ToolPart
from opencode.core.session import Session, SessionInfo
from opencode.tui.blocks.block import AnyBlock, ToolBlock
from opencode.tui.state.conversation import Conversation


class Paper:
    """A canvas that keeps what it is given."""

    def __init__(self) -> None:
        self.blocks: list[AnyBlock] = []

    def show(self, blocks: Sequence[AnyBlock]) -> None:
        self.blocks = list(blocks)

    def append(self, block: AnyBlock) -> None:
        self.blocks.append(block)

    def touch(self, block_id: str) -> None:
        del block_id

    def drop_from(self, block_id: str) -> None:
        del block_id


def test_what_sub_agents_do_stands_under_the_call_that_asked_for_it() -> None:
    paper = Paper()
    conversation = Conversation(paper)
    conversation.open(Session("s", "/p"))
    for name in ("a.py", "b.py"):
        part = ToolPart(name, "task", {"prompt": f"Look in {name}"}, status="running")
        conversation.apply(ToolStarted("s", "m", part))
    for name in ("b.py", "a.py"):  # sessions are made side by side, in any order
        info = SessionInfo(f"of {name}", f"Look in {name} (@explore)", "/p", "", parent="s")
        conversation.apply(SessionUpdated(info.id, info))
        conversation.apply(
            ToolStarted(info.id, "m", ToolPart(f"read {name}", "read", {"path": name}))
        )
    steps = {b.part.id: b.steps for b in paper.blocks if isinstance(b, ToolBlock)}
    assert steps == {"a.py": ["Read a.py"], "b.py": ["Read b.py"]}
    opens = {b.part.id: b.part.child for b in paper.blocks if isinstance(b, ToolBlock)}
    assert opens == {"a.py": "of a.py", "b.py": "of b.py"}
