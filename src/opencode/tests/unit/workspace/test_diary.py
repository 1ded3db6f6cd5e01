import logging

import pytest

from opencode.core.bus import Bus
from opencode.core.delta import TextDelta
from opencode.core.event import MessageChunk, RunFinished, RunStarted, ToolFinished, ToolStarted
from opencode.core.message import ToolPart
from opencode.workspace.opening import diary

CALL = ToolPart("call_1", "bash", {"command": "echo hush"}, status="completed", output="hush")


def test_the_log_tells_what_happened_and_not_what_was_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "opencode")
    bus = Bus(diary.note)
    bus.emit(RunStarted("ses_1", "msg_1", "build", "offline/rules"))
    bus.emit(MessageChunk("ses_1", "msg_2", TextDelta("hush")))
    bus.emit(ToolStarted("ses_1", "msg_2", CALL))
    bus.emit(ToolFinished("ses_1", "msg_2", CALL))
    bus.emit(RunFinished("ses_1", "done", steps=2))
    assert caplog.messages == [
        "ses_1: run begins: build, offline/rules",
        "ses_1: bash begins (call_1)",
        "ses_1: bash ends (call_1): completed, 0.00 s",
        "ses_1: run ends: done, 2 steps, 0.00 s",
    ]
    assert "hush" not in caplog.text


def test_without_debug_only_a_run_that_failed_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "opencode")
    bus = Bus(diary.note)
    bus.emit(RunStarted("ses_1", "msg_1", "build", "offline/rules"))
    bus.emit(RunFinished("ses_1", "error", "the provider is busy", code="overloaded"))
    assert caplog.messages == ["ses_1: the run failed (overloaded): the provider is busy"]
