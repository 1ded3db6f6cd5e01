"""Commands about who answers: agents, models, and sentences that mean them."""

import re
from collections.abc import Sequence

from opencode.agent.sayings import is_family, saying
from opencode.core.provider import ModelInfo
from opencode.i18n.catalog import t
from opencode.i18n.english import translated
from opencode.tui.desk import Desk
from opencode.tui.widgets.choices import Choice

_SWITCH = re.compile(
    r"(?:switch to|use)\s+(?:the\s+)?(?:(?:local\s+)?model\s+)?(?P<name>\S+(?:\s+\S+){0,3}?)"
    r"(?:\s+for this (?:conversation|session|chat))?[.!]?",
    re.IGNORECASE,
)
_LOCAL = re.compile(r"\blocal model\b", re.IGNORECASE)
LOCAL = frozenset({"ollama", "lmstudio", "llamacpp", "vllm", "local"})
"""Providers whose models run on this machine."""

_PLAIN = re.compile(r"[^a-z0-9.]+")


async def agents(desk: Desk, argument: str) -> None:
    """Choose who answers from now on."""
    known = [a for a in desk.agents if a.mode != "subagent" and not a.hidden]
    name = argument
    if name not in [a.name for a in known]:
        rows = [Choice(agent.name, agent.name, translated(agent.description)) for agent in known]
        name = await desk.pick(t("command.agents"), rows, desk.facts.agent) or ""
    if name:
        await _switch_agent(desk, name)


async def next_agent(desk: Desk, argument: str) -> None:
    """The next of the agents, round and round; "-1" goes the other way."""
    names = [a.name for a in desk.agents if a.mode != "subagent" and not a.hidden]
    if not names:
        return
    here = names.index(desk.facts.agent) if desk.facts.agent in names else -1
    await _switch_agent(desk, names[(here + (-1 if argument == "-1" else 1)) % len(names)])


async def last_agent(desk: Desk, argument: str) -> None:
    """The agent before."""
    del argument
    await next_agent(desk, "-1")


async def _switch_agent(desk: Desk, name: str) -> None:
    desk.facts.agent = name
    desk.say("")
    if desk.facts.session:
        await desk.door.update(desk.facts.session, agent=name)


async def models(desk: Desk, argument: str) -> None:
    """Choose the model; a name that fits one model takes it at once."""
    known = await desk.models()
    if argument and len(found := matching(argument, known)) == 1:
        await use(desk, found[0])
        return
    offered = matching(argument, known) if argument else known
    if offered:
        await _choose(desk, offered)
    else:
        desk.say(t("models.none", name=argument))


async def _choose(desk: Desk, offered: Sequence[ModelInfo]) -> None:
    rows = [
        Choice(model.name or model.id, model.id, _facts(model), model.provider) for model in offered
    ]
    if chosen := await desk.pick(t("command.models"), rows, desk.facts.model):
        await use(desk, next(model for model in offered if model.id == chosen))


async def use(desk: Desk, model: ModelInfo) -> None:
    """Let this model answer from now on."""
    if desk.facts.session:
        await desk.door.update(desk.facts.session, model=model.id)
    desk.facts.model, desk.facts.window = model.id, model.window
    desk.refresh()
    desk.say(t("models.using", name=model.id))


def _facts(model: ModelInfo) -> str:
    window = f"{model.window // 1000}k" if model.window else ""
    price = ""
    paid, given = model.input_price, model.output_price
    if paid is not None and given is not None and paid + given > 0:
        price = f"${paid:g}/{given:g}"
    return " · ".join(fact for fact in (window, price) if fact)


def matching(name: str, models: Sequence[ModelInfo]) -> list[ModelInfo]:
    """The models a person may mean by a name; an exact one alone."""
    wanted = _plain(name)
    if not wanted:
        return []
    for model in models:
        if wanted in (_plain(model.id), _plain(model.id.rpartition("/")[2]), _plain(model.name)):
            return [model]
    return [m for m in models if wanted in _plain(m.id) or wanted in _plain(m.name)]


def _plain(text: str) -> str:
    return _PLAIN.sub("", text.lower())


async def meant_by(desk: Desk, sentence: str) -> bool:
    """Whether a whole message is one of the guide's sentences about models; then it is done."""
    said, loose = saying(sentence), _SWITCH.fullmatch(sentence.strip())
    if said is not None and said.kind == "switch_model":
        name = said.name
    elif said is None and loose:
        name = loose["name"]
    else:
        return False
    is_local = bool(_LOCAL.search(sentence))
    known = await (desk.door.models() if is_local else desk.models())  # it may have just come
    if said is None:  # no family of models begins like that: only what is here by that very name
        exact = {_plain(n) for model in known for n in (model.id, model.name, model.provider)}
        if _plain(name) not in exact:
            return False
    there = [model for model in known if model.provider in LOCAL] if is_local else known
    meant = matching(name, there)
    if len(meant) == 1:
        await use(desk, meant[0])
    elif meant:
        await _choose(desk, meant)
    elif is_local:
        desk.tell("warning", t("models.none", name=name), t("models.local_hint", name=name))
    elif said is not None and is_family(name):
        desk.tell("warning", t("models.none", name=name), t("models.login_hint"))
        return True
    return bool(meant) or is_local
