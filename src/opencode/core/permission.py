"""What must be allowed: requests, rules in layers, and the verdict with its reasons. Pure."""

import re
import shlex
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct, field

Verdict = Literal["allow", "ask", "deny"]
Scope = Literal["once", "session", "project", "user"]


class Request(Struct, frozen=True):
    """One thing a tool call needs to be allowed.

    Actions: `read`, `edit`, `rm` (target: path relative to the project, absolute when outside),
    `bash` (target: one simple command of the line, as text; `words`: the same, parsed),
    `outside` (target: an absolute path beyond the workspace; what is done there is `access`),
    `network` (target: URL), else the tool's own name.
    """

    action: str
    target: str
    words: tuple[str, ...] = ()
    access: Literal["read", "write", ""] = ""
    harmless: bool = False
    """bash: on the built-in read-only list, with options that neither run, write nor leave."""
    irreversible: str = ""
    """Why it cannot be undone; non-empty asks even when everything is allowed."""
    unsure: str = ""
    """Why it could not be understood fully; no rule may allow it, only a person."""


class Rule(Struct, frozen=True):
    """What somebody decided about an action. `*` in `target` stands for any characters;
    for bash the target's words must be the first words of the command. The actions
    `bash.harmless` and `bash.other` mean commands on and off the built-in read-only list."""

    action: str
    target: str = "*"
    verdict: Verdict = "ask"


class Layer(Struct, frozen=True):
    """The rules of one author, in order; inside a layer the last match speaks."""

    name: str
    """For reasons: "built-in", "user config", "project config", "agent plan", "grants"."""
    rules: list[Rule] = field(default_factory=list)
    tightens_only: bool = False
    """An untrusted project: its allow rules do not count."""


class Judgement(Struct, frozen=True):
    """The verdict on one call and, for each request, which rule of which layer spoke."""

    verdict: Verdict
    reasons: list[str] = field(default_factory=list)
    may_be_denied: bool = False
    """It asks since words that are not known may turn out to be what a rule denies."""


Wall = Callable[[Request], bool] | bool
"""Whether a sandbox stands between a request and the machine, for all requests or each."""

_ORDER: tuple[Verdict, ...] = ("allow", "ask", "deny")
_WALLED = ("bash", "rm")


def judge(
    requests: Sequence[Request],
    layers: Sequence[Layer],
    *,
    sandboxed: Wall = False,
    allow_irreversible: bool = False,
) -> Judgement:
    """The verdict on a call: the strictest of its requests' verdicts; no requests, no question.

    A deny of any layer is final, else the last layer that speaks decides; where none speaks the
    sandbox may allow, else a person is asked. The sandbox answers only for calls that hold a
    command, and there for `bash`, for `rm`, and for `outside` paths not known before they run.
    """
    verdict: Verdict = "allow"
    reasons: list[str] = []
    doubtful = False
    wall = sandboxed if any(request.action == "bash" for request in requests) else False
    for request in requests:
        spoken = [found for layer in layers if (found := _speak(layer, request))]
        own, why = _judge_one(request, spoken, wall, allow_irreversible)
        doubtful = doubtful or any(voice.may_be_denied for voice in spoken)
        verdict = own if _ORDER.index(own) > _ORDER.index(verdict) else verdict
        reasons.append(f"{request.action} {request.target}: {own} ({why})")
    return Judgement(verdict, reasons, doubtful and verdict == "ask")


def _judge_one(
    request: Request, spoken: "Sequence[_Voice]", sandboxed: Wall, allow_irreversible: bool
) -> tuple[Verdict, str]:
    for voice in spoken:
        if voice.verdict == "deny":
            return "deny", voice.why
    for voice in spoken:
        if voice.may_be_denied:
            return "ask", voice.why
    if request.irreversible and not allow_irreversible:
        return "ask", f"it cannot be undone: {request.irreversible}"
    if request.unsure:
        asked = any(voice.verdict == "ask" for voice in spoken)
        if request.action == "outside" and not asked and _is_walled(request, sandboxed):
            return "allow", f"runs in the sandbox, though {request.unsure}"
        return "ask", request.unsure
    if spoken:
        return spoken[-1].verdict, spoken[-1].why
    if _is_walled(request, sandboxed):
        return "allow", "runs in the sandbox"
    return "ask", "no rule speaks about it"


def _is_walled(request: Request, sandboxed: Wall) -> bool:
    unknown = request.action == "outside" and bool(request.unsure)
    if request.action not in _WALLED and not unknown:
        return False
    return sandboxed if isinstance(sandboxed, bool) else sandboxed(request)


class _Voice(NamedTuple):
    """What a layer says, and why."""

    verdict: Verdict
    why: str
    may_be_denied: bool = False
    """Words that are not known may turn out to be what a rule denies."""


def _speak(layer: Layer, request: Request) -> _Voice | None:
    """What this layer says: its last rule that matches, or that might where words are unknown. One
    that might deny does not soften a deny before it."""
    unsure: _Voice | None = None
    for rule in reversed(layer.rules):
        if rule.verdict == "allow" and layer.tightens_only:
            continue
        match = _match(rule, request)
        said = f"{rule.action} {rule.target} → {rule.verdict}"
        if match == "yes":
            sure = _Voice(rule.verdict, f"{layer.name}: {said}")
            return sure if unsure is None or rule.verdict == "deny" else unsure
        if match == "maybe" and rule.verdict != "allow":
            voice = _Voice("ask", f"{layer.name}: it may be {said}", rule.verdict == "deny")
            if rule.verdict == "ask":
                return unsure or voice
            unsure = unsure or voice
    return unsure


def _match(rule: Rule, request: Request) -> Literal["yes", "maybe", "no"]:
    if not _covers(rule.action, request):
        return "no"
    if request.action == "bash":
        return _match_words(rule, request)
    if rule.verdict == "allow":
        return "yes" if is_like(rule.target, request.target) else "no"
    if is_like(rule.target.casefold(), request.target.casefold()):
        return "yes"
    return "maybe" if request.unsure and request.action == "outside" else "no"


def _covers(action: str, request: Request) -> bool:
    if action in ("bash.harmless", "bash.other"):
        return request.action == "bash" and request.harmless == (action == "bash.harmless")
    return is_like(action, request.action)


def _match_words(rule: Rule, request: Request) -> Literal["yes", "maybe", "no"]:
    """Parsed words against parsed words. Rules that forbid or ask also see through a path before
    the command's name and options between the words; rules that allow never do."""
    pattern = pattern_words(rule.target)
    words = list(request.words)
    if not pattern:
        return "yes"
    if not words:
        return "maybe"
    if rule.verdict == "allow":
        return _compare(pattern, words)
    words[0] = re.split(r"[/\\]", words[0])[-1] if "/" not in pattern[0] else words[0]
    bare = words[:1] + [word for word in words[1:] if not word.startswith("-")]
    found = {_compare(pattern, words), _compare(pattern, bare)}
    return "yes" if "yes" in found else "maybe" if "maybe" in found else "no"


def _compare(pattern: list[str], words: list[str]) -> Literal["yes", "maybe", "no"]:
    if len(words) < len(pattern) and "" not in words:
        return "no"
    pairs = list(zip(pattern, words, strict=False))
    if any(word and not is_like(wanted, word) for wanted, word in pairs):
        return "no"
    certain = len(pairs) == len(pattern) and all(word for _, word in pairs)
    return "yes" if certain else "maybe"


def pattern_words(target: str) -> list[str]:
    """The words of a bash rule; a last `*` may be left out, since further words always match."""
    try:
        words = shlex.split(target)
    except ValueError:
        words = target.split()
    while words and words[-1] == "*":
        words.pop()
    return words


def is_like(pattern: str, text: str) -> bool:
    """Whether the whole text fits: `*` is any characters (slashes too), `?` is one."""
    if pattern in ("*", text):
        return True
    if "*" not in pattern and "?" not in pattern:
        return False
    return _regex(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _regex(pattern: str) -> re.Pattern[str]:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.compile("".join(parts), re.DOTALL)


_TWO_WORDS = (
    "git npm pnpm yarn bun cargo go docker podman kubectl helm gh glab make just task pip pip3 uv"
    " poetry pdm hatch mvn gradle dotnet rustup brew apt apt-get systemctl terraform aws gcloud az"
    " bundle rails mix flutter dart deno conda tox nox composer"
)
_THREE_WORDS = (
    "npm run;pnpm run;yarn run;bun run;docker compose;git remote;git stash;git worktree;git config"
    ";uv run;uv pip;poetry run;pdm run;gh pr;gh issue;gh repo;gh run;bundle exec;python -m"
    ";python3 -m;aws s3;npm exec"
)
_WHOLE = (
    "python python3 node ruby perl php lua bash sh zsh dash fish ksh pwsh env sudo doas su xargs"
    " eval exec ssh find awk gawk sed source . watch parallel npx uvx osascript function rm dd >"
)
"""Commands that can be anything: an "always" covers these words and no others."""


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
    if " ".join(words[:2]) in _THREE_WORDS.split(";"):
        return words[:3]
    if len(words) == 1 and words[0] in _WHOLE.split():
        return ()  # what it runs stands elsewhere, as in `python - <<EOF`
    if not words or words[0] in _WHOLE.split() or "/" in words[0]:
        return words
    if words[0] in _TWO_WORDS.split():
        return words if len(words) > 1 and words[1].startswith("-") else words[:2]
    return words[:1]
