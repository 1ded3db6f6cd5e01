"""Commands that clients of the original send to a terminal."""

from opencode.tui.commands import BY_NAME
from opencode.tui.steering import ours


def test_the_originals_commands_are_known_by_their_names_of_now_and_then() -> None:
    now = "session.list session.new session.share session.compact session.page.up agent.cycle"
    then = "session_new session_share session_compact messages_page_up messages_last agent_cycle"
    assert {ours(name) for name in f"{now} {then} help".split()} <= BY_NAME.keys()
