import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from acp.interfaces import Client
from acp.schema import ClientCapabilities

from opencode.acp.agent import EditorAgent
from opencode.tests.fakes.editor import text
from opencode.tests.fakes.scripts import script
from opencode.workspace.open import Opening


class Slow:
    """An editor that reads nothing for a while."""

    def __init__(self) -> None:
        self.reads = asyncio.Event()
        self.said = 0
        self.thoughts = ""

    async def session_update(self, session_id: str, update: Any, **more: Any) -> None:
        await self.reads.wait()
        self.said += update.session_update == "agent_message_chunk"
        if update.session_update == "agent_thought_chunk":
            self.thoughts += update.content.text


@pytest.mark.parametrize("pieces", [12_000, 20_000])
async def test_a_prompt_ends_also_for_an_editor_that_reads_too_late(
    pieces: int, project: Path, tmp_path: Path
) -> None:
    model = script(
        tmp_path, "s", [{"text": f"w{n:05} "} for n in range(pieces)], [{"text": "Again."}]
    )
    slow = Slow()
    agent = EditorAgent(lambda folder: Opening(folder, model=model, servers_within=None))
    agent.on_connect(cast("Client", slow))
    await agent.initialize(1, ClientCapabilities())
    made = await agent.new_session(cwd=str(project))
    asking = asyncio.create_task(agent.prompt(made.session_id, [text("Go")]))
    while not any(p.stat().st_size > 5 * pieces for p in Path.home().rglob("*ses*")):
        await asyncio.sleep(0.01)  # until the answer is written down
    slow.reads.set()
    assert (await asking).stop_reason == "end_turn"
    assert slow.said > 9000
    assert slow.said == pieces or "Load the session" in slow.thoughts
    again = await agent.prompt(made.session_id, [text("Go")])
    assert again.stop_reason == "end_turn"
    await agent.close()
