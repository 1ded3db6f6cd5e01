"""The layers that are not config: built-in defaults, an agent's own rules, what was granted."""

import shlex
from collections.abc import Sequence
from urllib.parse import urlsplit

from opencode.core.agent import Agent
from opencode.core.permission import Layer, Request, Rule
from opencode.core.shell import Isolation

_FREE = (
    "glob grep ls list codesearch lsp process todo question plan skill task batch websearch"
).split()
"""Tools whose calls need no more than what their requests say."""

_GUARDED = (
    ".git .git/* */.git */.git/* .opencode .opencode/* */.opencode/* "
    "opencode.toml */opencode.toml opencode.json* */opencode.json*"
).split()
"""What decides what programs run: git's own files and our settings."""

_SECRETS = (".env", "*.env", "*.env.*", ".env.*", ".envrc", "*/.envrc")
_EXAMPLES = ("*.env.example", "*.env.sample", "*.env.template")

_TWO_WORDS = frozenset(
    "git npm pnpm yarn bun cargo go docker podman kubectl helm gh glab make just task pip pip3 uv"
    " poetry pdm hatch mvn gradle dotnet rustup brew apt apt-get systemctl terraform aws gcloud az"
    " bundle rails mix flutter dart deno conda tox nox composer".split()
)
_THREE_WORDS = frozenset(
    "npm run;pnpm run;yarn run;bun run;docker compose;git remote;git stash;git worktree;git config"
    ";uv run;uv pip;poetry run;pdm run;gh pr;gh issue;gh repo;gh run;bundle exec;python -m"
    ";python3 -m;aws s3;npm exec".split(";")
)
_WHOLE = frozenset(
    "python python3 node ruby perl php lua bash sh zsh dash fish ksh pwsh env sudo doas su xargs"
    " eval exec ssh find awk gawk sed source . watch parallel npx uvx osascript function rm dd".split()
)
"""Commands that can be anything: an "always" covers these words and no others."""


def builtin_layer() -> Layer:
    """What holds when nobody said anything. It is silent about `rm`, `outside`, `network` and
    commands off the read-only list: silence asks, or lets the sandbox allow."""
    rules = [Rule("read", "*", "allow"), Rule("edit", "*", "allow")]
    rules += [Rule("bash.harmless", "*", "allow")]
    rules += [Rule(tool, "*", "allow") for tool in _FREE]
    rules += [Rule("read", secret, "ask") for secret in _SECRETS]
    rules += [Rule("edit", guarded, "ask") for guarded in _GUARDED]
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


def rule_for(request: Request) -> Rule | None:
    """The rule an "always" would write; None when the request may only be allowed once."""
    if request.irreversible or request.unsure:
        return None
    target = _target_for(request)
    if not target or ("*" in target and request.action in ("bash", "read", "edit", "rm")):
        return None
    return Rule(request.action, target, "allow")


def _target_for(request: Request) -> str:
    match request.action:
        case "bash":
            prefix = _prefix(request.words)
            return shlex.join(prefix) if prefix and all(prefix) else ""
        case "read" | "edit" | "rm":
            return request.target
        case "outside":
            folder = request.target.rpartition("/")[0]
            return "" if "*" in request.target else f"{folder}/*" if folder else request.target
        case "network":
            parts = urlsplit(request.target)
            return f"{parts.scheme}://{parts.netloc}/*" if parts.netloc else ""
        case _:
            return "*"


def _prefix(words: tuple[str, ...]) -> tuple[str, ...]:
    """How many words name a command: `git push`, `npm run test`, the whole of `python x.py`."""
    if " ".join(words[:2]) in _THREE_WORDS:
        return words[:3]
    if not words or words[0] in _WHOLE or words[0] == ">" or "/" in words[0]:
        return words
    if words[0] in _TWO_WORDS:
        return words if len(words) > 1 and words[1].startswith("-") else words[:2]
    return words[:1]
