"""The layers that are not config: built-in defaults, an agent's own rules, what was granted."""

from collections.abc import Sequence

from opencode.core.agent import Agent
from opencode.core.permission import Layer, Request, Rule
from opencode.core.shell import Isolation

_FREE = (
    "glob grep ls list codesearch lsp process todo question plan skill task batch websearch "
    "StructuredOutput"
)
"""Tools whose calls need no more than what their requests say."""

_GUARDED = (
    ".git .git/* */.git */.git/* .opencode .opencode/* */.opencode/* "
    "opencode.toml */opencode.toml opencode.json* */opencode.json*"
)
"""What decides what programs run: git's own files and our settings."""

_SECRETS = (".env", "*.env", "*.env.*", ".env.*", ".envrc", "*/.envrc")
_EXAMPLES = ("*.env.example", "*.env.sample", "*.env.template")


def builtin_layer() -> Layer:
    """What holds when nobody said anything. It is silent about `rm`, `outside`, `network` and
    commands off the read-only list: silence asks, or lets the sandbox allow."""
    rules = [Rule("read", "*", "allow"), Rule("edit", "*", "allow")]
    rules += [Rule("bash.harmless", "*", "allow")]
    rules += [Rule(tool, "*", "allow") for tool in _FREE.split()]
    rules += [Rule("read", secret, "ask") for secret in _SECRETS]
    rules += [Rule("edit", guarded, "ask") for guarded in _GUARDED.split()]
    rules += [Rule("read", example, "allow") for example in _EXAMPLES]
    return Layer("built-in", rules)


def agent_layer(agent: Agent, isolation: Isolation = "none") -> Layer:
    """The agent's own rules. A read-only agent may not edit or remove, asks for every command off
    the read-only list, and where no sandbox could hold such a command it is denied."""
    rules = list(agent.rules)
    rules += [Rule(tool, "*", "deny") for tool, is_on in agent.tools.items() if not is_on]
    if agent.read_only:
        rules += [Rule("edit", "*", "deny"), Rule("rm", "*", "deny")]
        rules += [Rule("bash.other", "*", "deny" if isolation == "none" else "ask")]
    return Layer(f"agent {agent.name}", rules)


def grants_layer(rules: Sequence[Rule]) -> Layer:
    """What people allowed for longer than once. It can only allow: it never outlives a deny."""
    return Layer("grants", [rule for rule in rules if rule.verdict == "allow"])


def tool_request(tool: str, requests: Sequence[Request]) -> list[Request]:
    """The call's requests and, where none of them bears the tool's own name, that one too, so
    that rules about the tool as such ("todo": deny) hold."""
    acts = {"write": "edit", "multiedit": "edit", "apply_patch": "edit", "webfetch": "network"}
    own = acts.get(tool, tool)
    if any(request.action == own for request in requests):
        return list(requests)
    return [Request(own, "*"), *requests]
