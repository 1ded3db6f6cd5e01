"""Calls that go on: whose progress is whose, and to whom a server's question goes."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import anyio
import mcp_types as types
from mcp.client.session import ClientRequestContext
from msgspec.structs import replace

from opencode.core.ask import Option, Question
from opencode.core.error import ToolError
from opencode.core.tool import ToolContext
from opencode.mcp.elicit import Unfit, content_of, questions_of
from opencode.mcp.sampling import ALWAYS, ONCE, question_of, request_of, result_of

_REFUSED = -1
"""The protocol's word for "the user rejected it"."""
_TRIES = 3
"""How often a form may come back with answers that do not fit."""


class Heard(Protocol):
    """Called for each sign of progress."""

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        """`total` and `message` where the server gives them."""
        ...


@dataclass(eq=False)
class _Call:
    ctx: ToolContext
    clock: anyio.CancelScope
    patience: float

    def wind(self) -> None:
        """Start the clock anew."""
        self.clock.deadline = anyio.current_time() + self.patience


class Calls:
    """The calls under way at one server."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._going: list[_Call] = []
        self._may_sample = False

    @contextmanager
    def one(self, ctx: ToolContext, clock: anyio.CancelScope, patience: float) -> Generator[Heard]:
        """While the block lasts its call is under way."""
        call = _Call(ctx, clock, patience)

        async def heard(progress: float, total: float | None, message: str | None) -> None:
            call.wind()
            share = f"{progress:g}" + (f" of {total:g}" if total else "")
            ctx.progress(f"{message} ({share})" if message else share)

        self._going.append(call)
        try:
            yield heard
        finally:
            self._going.remove(call)

    async def elicit(
        self, context: ClientRequestContext, params: types.ElicitRequestParams
    ) -> types.ElicitResult:
        """A question of the server to the person, on behalf of the call begun last."""
        del context
        if not self._going:
            return types.ElicitResult(action="decline")
        call = self._going[-1]
        call.clock.deadline = float("inf")  # people think as long as they like
        try:
            return await self._answer(call.ctx, params)
        except ToolError:
            return types.ElicitResult(action="decline")
        finally:
            call.wind()

    async def sample(
        self, context: ClientRequestContext, params: types.CreateMessageRequestParams
    ) -> types.CreateMessageResult | types.ErrorData:
        """An answer of our model, once the person allowed it, on behalf of the call begun last."""
        del context
        if not self._going:
            return types.ErrorData(code=_REFUSED, message="No call is under way.")
        call = self._going[-1]
        call.clock.deadline = float("inf")
        try:
            if not self._may_sample:
                chosen = await call.ctx.ask([question_of(self._server, params)])
                self._may_sample = chosen[:1] == [[ALWAYS]]
                if not self._may_sample and chosen[:1] != [[ONCE]]:
                    return types.ErrorData(code=_REFUSED, message="The person refused.")
            return result_of(await call.ctx.ask_model(request_of(params)))
        except ToolError as error:
            return types.ErrorData(code=_REFUSED, message=error.message)
        finally:
            call.wind()

    async def _answer(
        self, ctx: ToolContext, params: types.ElicitRequestParams
    ) -> types.ElicitResult:
        if isinstance(params, types.ElicitRequestURLParams):
            said = f"{self._server} asks you to open {params.url}\n{params.message}"
            question = Question(said, self._server, [Option("Done"), Option("Decline")])
            done = (await ctx.ask([question]))[:1] == [["Done"]]
            return types.ElicitResult(action="accept" if done else "decline")
        questions = questions_of(self._server, params.message, params.requested_schema)
        given = await ctx.ask(questions)
        answers = [*given, *([] for _ in questions[len(given) :])]
        for _ in range(_TRIES):
            try:
                content = content_of(params.requested_schema, answers)
                break
            except Unfit as unfit:
                odd = [
                    replace(questions[n], text=f"({why}) {questions[n].text}")
                    for n, why in unfit.why.items()
                ]
                for n, chosen in zip(unfit.why, await ctx.ask(odd), strict=False):
                    answers[n] = chosen
        else:
            return types.ElicitResult(action="cancel")
        if content is None:
            return types.ElicitResult(action="decline")
        return types.ElicitResult(action="accept", content=content)
