"""Builds each request to a model: its stored prefix, the history it can read, what is turned."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from opencode.agent.calls.spoken import described, told
from opencode.agent.context.history import sendable
from opencode.agent.context.media import Media
from opencode.agent.economy import few_of
from opencode.agent.prompt import Setting, prefix_of
from opencode.agent.structured import WORDS, Structured
from opencode.config.schema import Settings
from opencode.core.agent import Agent
from opencode.core.event import Event, Notice
from opencode.core.provider import ModelInfo, ModelRequest, Provider
from opencode.core.session import Prefix, Session
from opencode.core.tool import AnyTool
from opencode.workspace.live import Live

_ENOUGH = 8192
"""Tokens: a model that reads fewer forgets within a few steps what it was about."""


@dataclass(frozen=True)
class Composer:
    """One for each run."""

    settings: Settings
    provider: Provider
    setting: Setting
    media: Media
    emit: Callable[[Event], None]
    _warned: set[str] = field(default_factory=set[str])
    """Models whose unknown price was mentioned."""

    async def request(self, live: Live, agent: Agent, tools: Mapping[str, AnyTool]) -> ModelRequest:
        """What is sent next. A small model is shown few of the tools and short words."""
        session = live.session
        model = agent.model or session.model
        info = await self.provider.info(model)
        live.window = info.window
        old = session.prefix
        few = few_of(agent, tools, self.settings.tools) if info.lean else None
        prefix = session.prefix = prefix_of(session, agent, model, tools, self.setting, few)
        self._tell(session, old, prefix, info)
        messages = sendable(
            session.messages,
            limit=self.settings.session.history_limit,
            can_see=info.can_see,
            can_read_pdf=info.can_read_pdf,
            fit=self.media.fit,
            sound=live.sound,
        )
        shown = [spec for spec in prefix.tools if agent.tools.get(spec.name, True)]
        words = [prefix.system, live.wish.system]
        if live.wish.shape:
            shown, words = [*shown, Structured(live.wish.shape).spec()], [*words, WORDS]
        if not info.can_call_tools:
            words, messages, shown = [*words, described(shown)], told(messages), []
        return ModelRequest(
            model,
            "\n\n".join(filter(None, words)),
            messages,
            shown,
            session=session.id,
            temperature=agent.temperature,
            effort=agent.effort or session.effort,
            options=agent.options,
        )

    def _tell(self, session: Session, old: Prefix | None, new: Prefix, info: ModelInfo) -> None:
        if old and len(new.breaks) > len(old.breaks):
            why = f"The prompt cache starts anew: {new.breaks[-1]}."
            self.emit(Notice(session.id, "info", "prefix.break", why))
        if (old is None or old.model != new.model) and 0 < info.window < _ENOUGH:
            hint = info.advice or "Use a model that reads more."
            notice = (
                f"{info.id} reads only {info.window} tokens: instructions, tools and a few files "
                f"fill that, and then it forgets what it was doing. {hint}"
            )
            self.emit(Notice(session.id, "warning", "window", notice))
        cap, priceless = self.settings.limits.max_cost, info.output_price is None
        if cap and priceless and new.model not in self._warned:
            self._warned.add(new.model)
            provider, _, name = info.id.partition("/")
            notice = (
                f"The price of {info.id} is unknown, so the limit of ${cap:.2f} cannot stop it. "
                f'Give input_price and output_price under [provider.{provider}.models."{name}"], '
                "or limit the steps."
            )
            self.emit(Notice(session.id, "warning", "price", notice))
