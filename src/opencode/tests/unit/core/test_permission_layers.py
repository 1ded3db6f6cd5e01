from hypothesis import given, settings
from hypothesis import strategies as st

from opencode.core.layers import builtin_layer
from opencode.core.permission import Layer, Request, Rule, judge

ORDER = ["allow", "ask", "deny"]
actions = st.sampled_from(["bash", "read", "edit", "outside", "*", "bash.other", "bash.harmless"])
targets = st.sampled_from(["*", "git", "git push", "a*", "ab", "rm"])
verdicts = st.sampled_from(ORDER)
rules = st.builds(Rule, actions, targets, verdicts)  # pyright: ignore[reportArgumentType]
layers = st.lists(
    st.builds(Layer, st.just("x"), st.lists(rules, max_size=4), st.booleans()), max_size=4
)
lines = st.lists(st.sampled_from(["git", "push", "rm", "", "-f"]), min_size=1, max_size=3)
requests = st.one_of(
    st.builds(
        lambda words, harmless, unsure, final: Request(
            "bash",
            " ".join(words),
            tuple(words),
            harmless=harmless,
            unsure=unsure,
            irreversible=final,
        ),
        lines,
        st.booleans(),
        st.sampled_from(["", "odd"]),
        st.sampled_from(["", "gone"]),
    ),
    st.builds(Request, st.sampled_from(["read", "edit", "outside"]), st.sampled_from(["ab", "c"])),
)


def rank(request: Request, stack: list[Layer], sandboxed: bool) -> int:
    return ORDER.index(judge([request], stack, sandboxed=sandboxed).verdict)


@settings(max_examples=80, deadline=None)
@given(requests, layers, layers, st.booleans())
def test_nothing_above_or_below_a_deny_can_allow(
    request: Request, below: list[Layer], above: list[Layer], sandboxed: bool
) -> None:
    no = Layer("no", [Rule("*", "*", "deny")])
    judged = judge([request], [*below, no, *above], sandboxed=sandboxed, allow_irreversible=True)
    assert judged.verdict == "deny"


@settings(max_examples=80, deadline=None)
@given(requests, layers, st.lists(rules, max_size=4), st.booleans())
def test_an_untrusted_layer_never_loosens(
    request: Request, stack: list[Layer], project: list[Rule], sandboxed: bool
) -> None:
    stack = [builtin_layer(), *stack]
    with_project = [*stack, Layer("project", project, tightens_only=True)]
    assert rank(request, with_project, sandboxed) >= rank(request, stack, sandboxed)


@settings(max_examples=80, deadline=None)
@given(requests, layers, st.integers(0, 3), rules, st.booleans())
def test_adding_a_strict_rule_at_the_end_of_a_layer_never_loosens(
    request: Request, stack: list[Layer], index: int, rule: Rule, sandboxed: bool
) -> None:
    stack = [builtin_layer(), *stack]
    at = min(index, len(stack) - 1)
    strict = Rule(rule.action, rule.target, "deny")
    tighter = list(stack)
    tighter[at] = Layer("x", [*stack[at].rules, strict], stack[at].tightens_only)
    assert rank(request, tighter, sandboxed) >= rank(request, stack, sandboxed)


@settings(max_examples=80, deadline=None)
@given(requests, layers, st.booleans())
def test_no_layers_allow_what_is_unsure_or_cannot_be_undone(
    request: Request, stack: list[Layer], sandboxed: bool
) -> None:
    if request.action == "bash" and (request.unsure or request.irreversible):
        assert judge([request], [builtin_layer(), *stack], sandboxed=sandboxed).verdict != "allow"


def test_a_deny_that_may_be_meant_does_not_soften_the_certain_one_before_it() -> None:
    unknown = Request("bash", "$x", ("",))
    everything, git = Rule("bash", "*", "deny"), Rule("bash", "git", "deny")
    assert judge([unknown], [Layer("x", [everything, git])]).verdict == "deny"
    assert judge([unknown], [Layer("x", [Rule("bash", "*", "allow"), git])]).verdict == "ask"
