"""The loop: hand requests to the core, carry out what it asks, hand back the outcomes. Knows no HTTP.

A request that needs nothing of the world never comes near a task, a timer or a scope: `begin` gives its answer
synchronously. Only a `Perform` enters `finish`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import anyio
import cython
from anyio import get_cancelled_exc_class

from orion_core import Connector, Engine
from orion_core.calls import UNASKED, BreakerTell, CachePut, CacheSwap, Call, Probe
from orion_core.protocol import (
    AttemptNote,
    BreakerNote,
    BugNote,
    CallNote,
    Done,
    Failed,
    Job,
    LapseNote,
    LogNote,
    Perform,
    PutBack,
    RefusalNote,
    Request,
    Respond,
    StoreTrace,
    UnmatchedNote,
    Wake,
)
from orion_io.carrier import CARRIERS, Carrier, Outcome
from orion_io.clock import Clock
from orion_io.following import Follower, Following
from orion_io.recorder import Recorder
from orion_io.tallies import MessageTally

Note = LogNote | UnmatchedNote | RefusalNote | BreakerNote | LapseNote | CallNote | AttemptNote | BugNote
ENDINGS = frozenset((CachePut, CacheSwap, BreakerTell))  # what the end of a request means to stores
Notes = Callable[[Note, Request], None]


@cython.final
@cython.cclass
class Driver:
    """Runs executions.

    Args:
        engine: The core.
        clock: Tells the time.
        recorder: Takes finished traces.
        note: Takes what happened on the way, one note at a time, and of which request.
        carriers: Who carries out which action.
        tally: Counts what came of messages; None when nobody wants to know.
        following: Decides which requests are followed on their way; None when none are.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        recorder: Recorder,
        note: Notes,
        carriers: Mapping[type, Carrier] = CARRIERS,
        tally: MessageTally | None = None,
        following: Following | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._recorder = recorder
        self._note = note
        self._carriers = carriers
        self._tally: Any = tally
        self._following: Any = following

    @cython.ccall
    def begin(self, request: Request, now: cython.double) -> Any:
        """Hand a request to the core.

        Returns:
            The finished answer (a `Respond`), its after-actions already under way, or a `Perform` for `finish`.
        """
        if self._following is not None:
            return self._begin_followed(request, now)
        step = self._engine.handle(request, now)
        return self._ended(step, now, request) if type(step) is Respond else step

    def _begin_followed(self, request: Request, now: float) -> Any:
        follower = self._following.request(request)
        step: Any = self._engine.handle(request, now, follower)
        if type(step) is not Respond:
            return step
        if follower is not None:
            follower.ended(step)
        return self._ended(step, now, request)

    async def finish(self, step: Perform, now: float) -> Any:
        """Carry on from a `Perform` to the answer; when cancelled, the execution is cancelled too.

        Args:
            step: What the core asked for.
            now: When the request began, monotonic seconds.
        """
        started = now
        current: Any = step
        execution: Any = step.execution
        request: Request = execution.request
        follower: Any = execution.follower
        try:
            while type(current) is Perform:
                self._take(current.notes, request)
                outcomes = await self._carry_out(current.actions, follower)
                current = execution.resume(outcomes, self._clock.monotonic())
            if current.after:
                await self._deliver(current.after, request)
        except get_cancelled_exc_class():
            last = self._ended(execution.cancel("client_closed", self._clock.monotonic()), started, request)
            if follower is not None:
                follower.ended(last)
            if last.after:
                with anyio.CancelScope(shield=True):
                    await self._deliver(last.after, request)
            raise
        if follower is not None:
            follower.ended(current)
        return self._ended(current, started, request)

    async def _deliver(self, after: tuple[Any, ...], request: Request) -> None:
        """Tell the stores what the end of a request means to them; each action has a deadline of its own."""
        for action in after:
            if type(action) in ENDINGS:
                outcome = await self._carry(action)
                if type(outcome) is Failed and outcome.code != UNASKED:
                    store, what = action.connector.name, type(action).__name__
                    self._note(LapseNote(store, what, outcome.code, outcome.detail), request)

    async def serve(self, request: Request) -> Any:
        """Run a request to its end."""
        now = self._clock.monotonic()
        step = self.begin(request, now)
        return step if type(step) is Respond else await self.finish(step, now)

    async def work(self, job: Job) -> Any:
        """Work on a request that nobody waits for; when cancelled, what came of it is nobody's.

        Args:
            job: The request, as it was kept.

        Returns:
            A `StoreTrace` with what came of it, for the caller to keep, or a `PutBack`.
        """
        now = self._clock.monotonic()
        follower = None if self._following is None else self._following.job(job)
        step: Any = self._engine.work(job, now, follower)
        if type(step) is not Respond:
            last = await self.finish(step, now)
        else:
            last = self._ended(step, now, job.request)
            if follower is not None:
                follower.ended(last)
        if self._tally is not None and not job.admitted:
            self._tally.consumed(last.outcome)
        for action in last.after:
            if type(action) is StoreTrace or type(action) is PutBack:
                return action
        return None

    async def rehearse(
        self,
        workflow: Any,
        payload: bytes,
        metadata: dict[str, object],
        request_id: str,
        *,
        verbose: bool,
        scripts: Any = None,
    ) -> Any:
        """Run a dry run of a compiled workflow; its answer is the documented report, and no trace is kept.

        Args:
            workflow: What the compiler made.
            payload: The payload as JSON text.
            metadata: The message's metadata; it becomes the message's own.
            request_id: Of the admin's request.
            verbose: Whether each step keeps the message after it.
            scripts: What becomes of actions on connectors.
        """
        now = self._clock.monotonic()
        identity, entropy, wall = self._clock.identity()
        request = Request(identity, request_id, "POST", "", "", {}, payload, "", wall, entropy)
        step: Any = self._engine.rehearse(workflow, request, metadata, now, verbose=verbose, scripts=scripts)
        return step if type(step) is Respond else await self.finish(step, now)

    async def ask(self, action: Call) -> Outcome:
        """Carry out an action that no request asked for."""
        return await self._carry(action)

    async def probe(self, connector: Connector, seconds: float) -> Outcome:
        """Find out whether a connector leads to a system that lets us in; no breaker is asked or told.

        Args:
            connector: Compiled; it need not be part of the snapshot.
            seconds: How long that may take.
        """
        return await self._carry(Probe(connector, self._clock.monotonic() + seconds))

    async def _carry_out(self, actions: tuple[object, ...], follower: Follower | None) -> tuple[Outcome, ...]:
        """One action needs no task group; several settle all, in order."""
        if len(actions) == 1:
            return (await self._carry(actions[0], follower),)
        outcomes: list[Outcome] = [Done(None)] * len(actions)

        async def settle(place: int, action: object) -> None:
            outcomes[place] = await self._carry(action, follower)

        async with anyio.create_task_group() as group:
            for place, action in enumerate(actions):
                group.start_soon(settle, place, action)
        return tuple(outcomes)

    async def _carry(self, action: object, follower: Follower | None = None) -> Outcome:
        if follower is not None and isinstance(action, Call):
            return await self._carry_followed(action, follower)
        try:
            return await self._carriers[type(action)](action, self._clock)
        except OSError as error:
            return Failed("connector_failed", "The system could not be reached", True, repr(error))

    async def _carry_followed(self, action: Call, follower: Follower) -> Outcome:
        call = follower.calling(action)
        outcome: Outcome | None = None
        try:
            outcome = await self._carry(call.action)
            return outcome
        finally:
            call.ended(outcome)

    @cython.ccall
    def _ended(self, step: Respond, started: cython.double, request: Request) -> Respond:
        if step.notes:
            self._take(step.notes, request)
        seconds: cython.double = self._clock.monotonic() - started
        if self._tally is not None and step.outcome and step.channel:
            self._tally.message(step.channel, step.outcome, seconds)
        for action in step.after:
            if type(action) is StoreTrace:
                if action.mode == "async":
                    continue  # whoever works on the job keeps it
                self._recorder.record(action, seconds * 1000)
            elif type(action) is Wake:
                wake(action)
        return step

    def _take(self, notes: tuple[object, ...], request: Request) -> None:
        for note in notes:
            self._note(note, request)  # type: ignore[arg-type] # a step's notes are the protocol's


def wake(action: Wake) -> None:
    """Wake who waits for a ticket; who has stopped waiting, or has not begun, finds it ready."""
    for ticket in action.tickets:
        if ticket.waker is not None:
            ticket.waker()
