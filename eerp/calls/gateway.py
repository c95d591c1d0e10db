"""The way into the modules: one call, or several in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any, Protocol

from attrs import evolve, field, frozen

from eerp import limits
from eerp.calls.call import Call, Outcome, Step, undone
from eerp.calls.chain import Chain
from eerp.calls.preferences import NONE, Preferences
from eerp.calls.present import minimal, rehearsed
from eerp.errors import EerpError, GuestError, RequestError, TooManyAffected
from eerp.interfaces import GuestRequest, Reply
from eerp.routes import Route
from eerp.sandbox.call import Work
from eerp.sandbox.idempotency import IdempotencyKey
from eerp.sandbox.task import Task

__all__ = ["Conclude", "Gateway", "Running", "Together"]

Conclude = Callable[[list[Outcome]], Reply]
"""Makes the reply of what became of each step, before it is committed."""


class Running(Protocol):
    """Work under way: await it for its reply."""

    def __await__(self) -> Generator[Any, Any, Reply]:
        """The reply; raises `EerpError`s."""

    def cancel(self) -> None:
        """The client is gone; what that means is decided where the work is done."""


class Runner(Protocol):
    """What does tasks; see `eerp.sandbox.Dispatcher`."""

    def perform(self, task: Task, cancel: Callable[[], None]) -> Running:
        """The task, to be awaited; `cancel` ends who awaits it."""


@frozen(eq=False)
class Together:
    """Several calls, to be made in one transaction.

    Of `steps`, those that are an error were refused before they could be made; one at
    least was not. With `atomic`, the first that is refused takes all back; else it
    alone is undone. `conclude` sees an outcome for each step. `request` is the one that
    asks for them: its Idempotency-Key holds for all.
    """

    steps: Sequence[Step | EerpError]
    conclude: Conclude
    request: GuestRequest
    atomic: bool
    preferences: Preferences = NONE

    def routes(self) -> tuple[Route, ...]:
        """The routes that are called."""
        return tuple(step.call.route for step in self.steps if isinstance(step, Step))


@frozen(eq=False)
class Gateway:
    """Makes calls. `chains` has what stands around a route, where anything does."""

    runner: Runner
    chains: Mapping[Route, Chain] = field(factory=dict)
    idempotency_keep_s: int = limits.IDEMPOTENCY_KEEP_S

    def one(self, call: Call, cancel: Callable[[], None]) -> Running:
        """Make `call`, in a transaction of its own. `cancel` must cancel the Deferred
        that awaits what this answers."""
        request, wishes, module = call.request, call.preferences, call.route.module
        key = self._key(request, wishes)
        alone = key is None and wishes is NONE and call.route not in self.chains

        async def act(work: Work) -> Reply:
            if alone:
                return await work.answer(call.route, request, last=True)
            reply = await self._through(work, call, wishes)
            shown = minimal(reply) if wishes.minimal else reply
            return await _obeyed(work, shown, wishes)

        return self.runner.perform(
            Task(
                act=act,
                name=f"{request.method} {request.path}",
                module=module,
                modules=(module,),
                identity=request.identity,
                request_id=request.request_id,
                read_only=call.route.method == "GET",
                keep=not wishes.rollback,
                key=key,
            ),
            cancel,
        )

    def together(self, asked: Together, cancel: Callable[[], None]) -> Running:
        """Make several calls, in order; see `one` for `cancel`."""
        request, wishes, routes = asked.request, asked.preferences, asked.routes()
        modules = tuple(dict.fromkeys(route.module for route in routes))
        key, reading = self._key(request, wishes), _all_read(routes)

        async def act(work: Work) -> Reply:
            outcomes = await self._all(work, asked)
            reply = asked.conclude(outcomes)
            if asked.atomic and any(isinstance(one, EerpError) for one in outcomes):
                work.keep = False
                return reply
            return await _obeyed(work, reply, wishes)

        return self.runner.perform(
            Task(
                act=act,
                name=f"{request.method} {request.path}",
                module=modules[0],
                modules=modules,
                identity=request.identity,
                request_id=request.request_id,
                # To remember a key is to write.
                read_only=reading and key is None,
                keep=not wishes.rollback,
                key=key,
            ),
            cancel,
        )

    def _key(self, request: GuestRequest, wishes: Preferences) -> IdempotencyKey | None:
        """What is taken back is not remembered either."""
        if wishes.rollback:
            return None
        return IdempotencyKey.of(request, self.idempotency_keep_s)

    async def _through(self, work: Work, call: Call, wishes: Preferences) -> Reply:
        """Make a call, through what stands around its route; `wishes` are for all."""
        chain = self.chains.get(call.route)
        if chain is None:
            return await work.answer(call.route, call.request)
        call = evolve(call, attempt=work.attempt, preferences=wishes)
        return await chain(call, lambda call: work.answer(call.route, call.request))

    async def _all(self, work: Work, asked: Together) -> list[Outcome]:
        """What becomes of each step. Where all is given up, nothing else is told than
        why."""
        outcomes: list[Outcome] = []
        for step in asked.steps:
            outcome = await self._outcome(work, step, asked.preferences)
            if asked.atomic and isinstance(outcome, EerpError):
                return [
                    outcome if place == len(outcomes) else undone()
                    for place in range(len(asked.steps))
                ]
            outcomes.append(outcome)
        return outcomes

    async def _outcome(
        self, work: Work, step: Step | EerpError, wishes: Preferences
    ) -> Outcome:
        if isinstance(step, EerpError):
            return step
        call, then = step.call, step.then

        async def act(part: Work) -> Reply:
            reply = await self._through(part, call, wishes)
            further = None if then is None else then(reply)
            if further is not None:
                reply = await self._through(part, further, wishes)
            return reply

        try:
            reply = await work.step(call.route, act)
        except (RequestError, GuestError) as error:
            return error
        spare = wishes.minimal and call.route.method != "GET"
        return minimal(reply) if spare else reply


def _all_read(routes: Iterable[Route]) -> bool:
    return all(route.method == "GET" for route in routes)


async def _obeyed(work: Work, reply: Reply, wishes: Preferences) -> Reply:
    """`reply` as the client prefers it, before it is committed or taken back."""
    most, operations = wishes.max_affected, work.reach.operations
    if most is not None and await operations.affected(work.transaction, most) > most:
        raise TooManyAffected(f"More than {most} records would change.")
    if wishes.rollback:
        reply = rehearsed(
            reply, await operations.writes(work.transaction, work.identity)
        )
    return reply
