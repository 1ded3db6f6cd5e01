"""When a model cannot answer any more, the one named for that goes on in the same session."""

from collections.abc import Callable

from msgspec.structs import replace

from opencode.config.schema import Settings
from opencode.core.agent import Agent
from opencode.core.error import (
    ContextTooLong,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Unavailable,
    UsageError,
)
from opencode.core.event import AgentSwitched, Event, Notice
from opencode.core.provider import Provider
from opencode.core.session import Session
from opencode.providers.choose import of_provider

_PASSING = (QuotaExhausted, RateLimited, Unavailable, ContextTooLong)
"""What another model may not suffer from; all that waiting could mend was waited for."""


def model_of(agent: Agent, model: str, settings: Settings) -> str:
    """Who answers for the agent where `model` was chosen: its own, unless offline forbids that."""
    elsewhere = agent.model.partition("/")[0] != model.partition("/")[0]
    return model if not agent.model or (settings.offline and elsewhere) else agent.model


class Fallback:
    """Of one run: at most one change of model."""

    def __init__(
        self, settings: Settings, provider: Provider, emit: Callable[[Event], None]
    ) -> None:
        self._settings, self._provider, self._emit = settings, provider, emit
        self._is_used = False

    def agent(self, agent: Agent, session: Session) -> Agent:
        """The agent without a model of its own, once that has failed; offline, also without one
        of another provider."""
        model = "" if self._is_used else model_of(agent, session.model, self._settings)
        return agent if model == agent.model or not agent.model else replace(agent, model="")

    async def take(self, session: Session, error: ProviderError) -> bool:
        """Whether the session goes on with `[fallback_model]`; then everybody was told."""
        wanted = self._settings.fallback_model
        if self._is_used or not wanted or not isinstance(error, _PASSING):
            return False
        failed = session.messages[-1].model or session.model
        try:
            next_one = await self._provider.info(of_provider(self._settings, wanted))
            old = await self._provider.info(failed)
        except UsageError as wrong:
            self._say(session, f"fallback_model cannot be used: {wrong.message}. {wrong.hint}")
            return False
        is_roomier = not next_one.window or next_one.window > old.window
        if next_one.id == failed or (isinstance(error, ContextTooLong) and not is_roomier):
            return False
        elsewhere = next_one.provider != failed.partition("/")[0]
        if self._settings.offline and elsewhere:
            self._say(session, f"{next_one.id} is not asked in place of {failed}: offline is set.")
            return False
        self._is_used = True
        session.model = next_one.id
        self._say(session, f"{failed} cannot go on: {error.message}. {next_one.id} does.")
        self._emit(AgentSwitched(session.id, session.agent, session.model))
        return True

    def _say(self, session: Session, text: str) -> None:
        self._emit(Notice(session.id, "warning", "fallback", text.strip()))
