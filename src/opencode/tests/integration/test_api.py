"""The Python API as the guide prints it."""

from pathlib import Path
from typing import cast

import pytest

import opencode
from opencode import OpenCode
from opencode.api import Permission
from opencode.core.ask import Ask, Reply
from opencode.core.error import AuthError, UsageError
from opencode.tests.fakes.scripts import script
from opencode.workspace.open import Opening, open_workspace


async def test_chat_stream_and_tools_work_as_the_guide_prints_them(
    project: Path, tmp_path: Path
) -> None:
    (project / "main.py").write_text("print('hi')\n")
    model = script(tmp_path, "s", [{"text": "Hello!"}], [{"text": "It "}, {"text": "is."}])
    async with OpenCode(model=model) as oc:
        assert (await oc.chat("Hello!")).content == "Hello!"
        result = await oc.execute_tool("read", {"path": "main.py"})
        assert "print('hi')" in result.content
        assert not result.is_error
        assert (await oc.execute_tool("read", {"path": "gone.py"})).is_error
        pieces = [chunk.content async for chunk in oc.chat_stream("Explain this code")]
        assert "".join(pieces) == "It is."


async def test_permission_may_be_a_function_and_a_refusal_is_a_result(project: Path) -> None:
    (project / "a.txt").write_text("x")
    asked: list[str] = []

    async def judge(ask: Ask) -> Reply:
        asked.append(ask.tool)
        return Reply("reject", reason="not today")

    async with OpenCode(model="offline/rules", permission=judge) as oc:
        answer = await oc.chat("Remove a.txt")
        assert answer.reason == "refused"
        assert "not today" in answer.content
    assert asked == ["rm"]
    assert (project / "a.txt").exists()
    async with OpenCode(model="offline/rules") as oc:
        refused = await oc.execute_tool("rm", {"path": "a.txt"})
        assert refused.is_error
        assert "Refused" in refused.content
    async with OpenCode(model="offline/rules", permission="auto") as oc:
        assert not (await oc.execute_tool("rm", {"path": "a.txt"})).is_error
    assert not (project / "a.txt").exists()


async def test_a_provider_without_a_key_says_which_variable(project: Path) -> None:
    async with OpenCode() as oc:
        oc.set_provider("anthropic")
        with pytest.raises(AuthError) as raised:
            await oc.chat("Hello!")
        assert "ANTHROPIC_API_KEY" in f"{raised.value.message} {raised.value.hint}"


async def test_what_nobody_could_answer_is_refused_at_once(project: Path) -> None:
    with pytest.raises(opencode.OpenCodeError, match="permission is 'allow'"):
        OpenCode(permission=cast("Permission", "allow"))
    async with OpenCode(model="offline/rules") as oc:
        with pytest.raises(UsageError, match="empty"):
            await oc.chat("  ")


async def test_a_folder_that_is_not_there_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no folder"):
        async with open_workspace(Opening(tmp_path / "gone")):
            pass
