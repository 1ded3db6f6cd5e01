import pytest

from opencode.core.agent import Agent
from opencode.core.layers import agent_layer, builtin_layer, grants_layer, tool_request
from opencode.core.permission import Layer, Request, Rule, Verdict, judge, rule_for


def bash(line: str, **more: object) -> Request:
    return Request("bash", line, tuple(line.split()), **more)  # pyright: ignore[reportArgumentType]


def layer(*rules: Rule, name: str = "user config", tightens_only: bool = False) -> Layer:
    return Layer(name, list(rules), tightens_only)


def allow(action: str, target: str = "*") -> Rule:
    return Rule(action, target, "allow")


def deny(action: str, target: str = "*") -> Rule:
    return Rule(action, target, "deny")


PUSH = bash("git push origin")
DEFAULTS: list[tuple[Request, Verdict]] = [
    (Request("read", "src/a.py"), "allow"),
    (Request("read", ".env"), "ask"),
    (Request("read", "deep/.env.local"), "ask"),
    (Request("read", ".ENV"), "ask"),
    (Request("read", ".env.example"), "allow"),
    (Request("edit", "src/a.py"), "allow"),
    (Request("edit", ".git/hooks/pre-commit"), "ask"),
    (Request("edit", "opencode.toml"), "ask"),
    (Request("rm", "src/a.py"), "ask"),
    (Request("outside", "/etc/passwd"), "ask"),
    (Request("network", "https://x.example/"), "ask"),
    (Request("todo", "*"), "allow"),
    (Request("some_server_tool", "*"), "ask"),
    (bash("ls", harmless=True), "allow"),
    (bash("make"), "ask"),
]


@pytest.mark.parametrize(("request_", "verdict"), DEFAULTS, ids=lambda x: getattr(x, "target", x))
def test_the_defaults_hold_where_nobody_said_anything(request_: Request, verdict: Verdict) -> None:
    assert judge([request_], [builtin_layer()]).verdict == verdict


def test_a_call_is_as_strict_as_its_strictest_request() -> None:
    requests = [bash("ls", harmless=True), PUSH]
    assert judge(requests, [builtin_layer()]).verdict == "ask"
    assert judge(requests, [builtin_layer(), layer(deny("bash", "git"))]).verdict == "deny"
    assert judge([], [builtin_layer()]).verdict == "allow"


def test_inside_a_layer_the_last_match_speaks() -> None:
    rules = [deny("bash", "git"), allow("bash", "git push")]
    assert judge([PUSH], [layer(*rules)]).verdict == "allow"
    assert judge([PUSH], [layer(*reversed(rules))]).verdict == "deny"


def test_a_deny_of_any_layer_is_final_and_else_the_last_layer_decides() -> None:
    user, later = layer(deny("bash", "git push")), layer(allow("*"), name="grants")
    assert judge([PUSH], [user, later]).verdict == "deny"
    asks = layer(Rule("bash", "git", "ask"))
    assert judge([PUSH], [asks, later]).verdict == "allow"
    assert judge([PUSH], [later, asks]).verdict == "ask"


def test_a_grant_turns_ask_into_allow_and_never_deny() -> None:
    granted = grants_layer([allow("bash", "git push"), deny("bash", "ls")])
    assert granted.rules == [allow("bash", "git push")]
    assert judge([PUSH], [builtin_layer(), granted]).verdict == "allow"
    assert judge([PUSH], [layer(deny("bash", "git")), granted]).verdict == "deny"


def test_rules_compare_words_and_not_text() -> None:
    allowed = layer(allow("bash", "git status"))
    assert judge([bash("git status --short")], [allowed]).verdict == "allow"
    assert judge([bash("git statusx")], [allowed]).verdict == "ask"
    assert judge([bash("git")], [allowed]).verdict == "ask"
    assert judge([bash("./git status")], [allowed]).verdict == "ask"
    assert judge([bash("git -q status")], [allowed]).verdict == "ask"
    assert judge([Request("bash", "x", ("git", ""))], [allowed]).verdict == "ask"


def test_what_forbids_sees_through_paths_and_options() -> None:
    denied = layer(deny("bash", "git push"))
    for line in ("git push -f", "/usr/bin/git push", "git --verbose push"):
        assert judge([bash(line)], [denied]).verdict == "deny"
    assert judge([bash("git pushx")], [denied]).verdict == "ask"
    unknown = Request("bash", "git $x", ("git", ""))
    assert judge([unknown], [denied, layer(allow("*"))]).verdict == "ask"
    assert judge([unknown], [denied], sandboxed=True).verdict == "ask"


def test_a_last_star_may_be_left_out() -> None:
    for pattern in ("git *", "git", "*"):
        assert judge([PUSH], [layer(allow("bash", pattern))]).verdict == "allow"
    assert (
        judge([bash("npm run test:unit")], [layer(allow("bash", "npm run test*"))]).verdict
        == "allow"
    )


def test_an_untrusted_project_can_only_tighten() -> None:
    project = layer(allow("*"), deny("bash", "make"), name="project", tightens_only=True)
    assert judge([PUSH], [builtin_layer(), project]).verdict == "ask"
    assert judge([bash("make")], [builtin_layer(), layer(allow("*")), project]).verdict == "deny"
    loose = layer(Rule("bash", "git", "ask"), allow("bash", "git"), tightens_only=True)
    assert judge([PUSH], [layer(allow("*")), loose]).verdict == "ask"


def test_the_sandbox_speaks_only_where_no_layer_did() -> None:
    assert judge([PUSH], [builtin_layer()], sandboxed=True).verdict == "allow"
    assert judge([PUSH], [layer(Rule("bash", "git", "ask"))], sandboxed=True).verdict == "ask"
    assert judge([PUSH], [layer(deny("bash", "git"))], sandboxed=True).verdict == "deny"
    known = Request("outside", "/etc/passwd", access="read")
    unknown = Request("outside", "$x", access="read", unsure="not known")
    assert judge([known], [builtin_layer()], sandboxed=True).verdict == "ask"
    assert judge([unknown], [builtin_layer()], sandboxed=True).verdict == "ask"
    assert judge([PUSH, unknown], [builtin_layer()], sandboxed=True).verdict == "allow"
    assert judge([unknown], [layer(Rule("outside", "*", "ask"))], sandboxed=True).verdict == "ask"
    assert judge([unknown], [layer(allow("*"))]).verdict == "ask"
    assert judge([PUSH], [builtin_layer()], sandboxed=lambda r: r.target == "x").verdict == "ask"
    assert judge([Request("rm", "x")], [builtin_layer()], sandboxed=True).verdict == "ask"
    assert judge([bash("rm x"), Request("rm", "x")], [], sandboxed=True).verdict == "allow"


def test_what_is_not_understood_is_never_allowed_by_a_rule_or_the_sandbox() -> None:
    unsure = bash("$x", unsure="which command it runs is not known")
    assert judge([unsure], [layer(allow("*"))], sandboxed=True).verdict == "ask"


def test_what_may_turn_out_to_be_denied_is_told_apart_from_what_is_only_asked() -> None:
    unknown = Request("bash", "$x", unsure="which command it runs is not known")
    rules = layer(deny("bash", "curl"))
    assert judge([bash("ls", harmless=True), unknown], [rules]).may_be_denied
    assert not judge([unknown], [layer(Rule("bash", "curl", "ask"))]).may_be_denied
    assert not judge([unknown, bash("curl x")], [rules]).may_be_denied
    assert not judge([bash("make")], [rules]).may_be_denied


def test_what_cannot_be_undone_asks_until_the_one_switch_lifts_it() -> None:
    clean = bash("git clean -fdx", irreversible="deletes untracked files")
    everything = [builtin_layer(), layer(allow("*")), grants_layer([allow("bash", "git clean")])]
    assert judge([clean], everything, sandboxed=True).verdict == "ask"
    assert judge([clean], everything, allow_irreversible=True).verdict == "allow"
    assert judge([clean], [builtin_layer()], allow_irreversible=True).verdict == "ask"
    denied = [*everything, layer(deny("bash", "git clean"))]
    assert judge([clean], denied, allow_irreversible=True).verdict == "deny"


def test_a_reason_names_the_rule_and_its_layer() -> None:
    judged = judge([PUSH], [builtin_layer(), layer(Rule("bash", "git push", "ask"))])
    assert judged.reasons == ["bash git push origin: ask (user config: bash git push → ask)"]


PLAN = Agent("plan", read_only=True, tools={"write": False})


def test_a_read_only_agent_stays_so_whatever_was_allowed() -> None:
    for isolation in ("none", "read-only"):
        layers = [builtin_layer(), layer(allow("*")), agent_layer(PLAN, isolation)]
        layers.append(grants_layer([allow("edit"), allow("rm"), allow("write")]))
        for action in ("edit", "rm", "write"):
            assert judge([Request(action, "x")], layers).verdict == "deny"
        assert judge([bash("ls", harmless=True)], layers).verdict == "allow"


def test_a_read_only_agent_asks_for_commands_and_without_a_sandbox_may_not() -> None:
    allowed = layer(allow("bash"))
    walled = [builtin_layer(), allowed, agent_layer(PLAN, "read-only")]
    assert judge([bash("make")], walled, sandboxed=True).verdict == "ask"
    bare = [builtin_layer(), allowed, agent_layer(PLAN, "none")]
    assert judge([bash("make")], bare).verdict == "deny"


def test_an_agent_cannot_loosen_its_being_read_only_by_rules() -> None:
    agent = Agent("plan", read_only=True, rules=[allow("*")])
    assert judge([Request("edit", "x")], [agent_layer(agent)]).verdict == "deny"


def test_rules_about_a_tool_as_such_hold_for_calls_that_need_nothing_else() -> None:
    assert tool_request("todo", []) == [Request("todo", "*")]
    assert tool_request("write", [Request("edit", "x")]) == [Request("edit", "x")]
    requests = tool_request("grep", [Request("read", "src")])
    assert judge(requests, [builtin_layer()]).verdict == "allow"
    assert judge(requests, [builtin_layer(), layer(deny("grep"))]).verdict == "deny"


@pytest.mark.parametrize(
    ("line", "target"),
    [
        ("git push origin main", "git push"),
        ("npm run test -- -v", "npm run test"),
        ("ls -la", "ls"),
        ("python -m pytest -x", "python -m pytest"),
        ("python tool.py --all", "python tool.py --all"),
        ("rm build.log", "rm build.log"),
        ("git -v", "git -v"),
        ("> out.txt", "'>' out.txt"),
        ("./run.sh now", "./run.sh now"),
    ],
)
def test_always_writes_the_words_that_name_the_command(line: str, target: str) -> None:
    rule = rule_for(bash(line))
    assert rule == Rule("bash", target, "allow")
    assert judge([bash(line)], [layer(rule)]).verdict == "allow"


def test_always_is_not_offered_for_what_may_only_be_allowed_once() -> None:
    assert rule_for(bash("git clean", irreversible="deletes")) is None
    assert rule_for(bash("$x", unsure="unknown")) is None
    assert rule_for(bash("python")) is None  # what it runs stands in a here-document
    assert rule_for(Request("bash", "$x y", ("", "y"))) is None
    assert rule_for(Request("edit", "a*b")) is None


def test_always_for_paths_is_the_path_and_outside_its_folder() -> None:
    assert rule_for(Request("rm", "a/b.txt")) == allow("rm", "a/b.txt")
    assert rule_for(Request("outside", "/opt/x/y")) == allow("outside", "/opt/x/*")
    assert rule_for(Request("network", "https://x.example/a?b")) == allow(
        "network", "https://x.example/*"
    )
    assert rule_for(Request("todo", "*")) == allow("todo")
