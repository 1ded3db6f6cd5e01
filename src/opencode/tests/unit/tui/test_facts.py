from opencode.core.session import Session
from opencode.tui.facts import Facts


def test_what_is_true_of_the_workspace_outlasts_the_session_in_view() -> None:
    facts = Facts(
        served="http://127.0.0.1:4096", branch="main", isolation="bubblewrap", trust="asked"
    )
    facts.open(Session("ses_a", "/project"))
    assert (facts.served, facts.branch) == ("http://127.0.0.1:4096", "main")
    assert (facts.isolation, facts.trust) == ("bubblewrap", "asked")
