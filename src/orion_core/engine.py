"""Holds the snapshot that new executions get. One per process.

A reader sees the old snapshot or the new one, never a mixture: `install` is one store of one attribute.
"""

from typing import Any

import cython

from orion_core.bounds import Bounds
from orion_core.documents import Allowance, decode
from orion_core.execution import Execution
from orion_core.governance.governor import Governor
from orion_core.intake import state_facts
from orion_core.message import Message, Payload
from orion_core.protocol import Job, Perform, Request, Respond
from orion_core.rehearsal import Rehearsal
from orion_core.snapshot import EMPTY, Channel, Share, Snapshot, Workflow

REHEARSAL_CHANNEL = "__test__"


@cython.final
@cython.cclass
class Engine:
    """Answers requests on the current snapshot.

    Args:
        bounds: What each request may use.
        governor: Remembers what outlives snapshots.
    """

    def __init__(self, bounds: Bounds, governor: Governor | None = None) -> None:
        self.bounds = bounds
        self.governor = governor if governor is not None else Governor()
        self.snapshot = EMPTY

    def install(self, snapshot: Snapshot, now: float) -> None:
        """Give `snapshot` to every execution that begins from now on; those under way keep theirs.

        Args:
            snapshot: What the compiler made.
            now: Monotonic instant, seconds.
        """
        self.governor.adopt(snapshot.guards(), now)
        self.snapshot = snapshot

    @cython.ccall
    def handle(self, request: Request, now: cython.double, follower: Any = None) -> Any:
        """Begin the execution of a request.

        Args:
            request: The request.
            now: Monotonic instant, seconds.
            follower: Told of each task as it ends, by `task_ended(workflow_id, task_id, result)`.

        Returns:
            Its first step, a `Respond` or a `Perform`.
        """
        return Execution(self.snapshot, self.bounds, self.governor, request, now, None, follower).begin()

    @cython.ccall
    def work(self, job: Job, now: cython.double, follower: Any = None) -> Any:
        """Begin to work on a request that nobody waits for.

        Args:
            job: The request, as it was kept.
            now: Monotonic instant, seconds.
            follower: As for `handle`.

        Returns:
            Its first step. Its last is a `Respond` without content, after which there is a `StoreTrace` with what came
            of it, or a `PutBack`.
        """
        return Execution(self.snapshot, self.bounds, self.governor, job.request, now, None, follower).work(job)

    def rehearse(
        self,
        workflow: Workflow,
        request: Request,
        metadata: dict[str, object],
        now: float,
        *,
        verbose: bool,
        scripts: Any = None,
    ) -> Respond | Perform:
        """Begin a dry run of one workflow: `request.body` is the payload itself, no route and no rollout applies.

        Args:
            workflow: The compiled workflow; it need not be part of the snapshot.
            request: Carries the payload (JSON text), ids and the wall instant.
            metadata: The message's metadata, as the admin gave it.
            now: Monotonic instant, seconds.
            verbose: Whether each step keeps the message after it.
            scripts: What becomes of actions on connectors, as `read_scripts` gives it.

        Returns:
            The first step; a driver goes on as with any other. The last one answers with the documented report.
        """
        bounds = self.bounds
        rehearsal = Rehearsal(now, verbose=verbose, max_bytes=bounds.max_message_bytes, scripts=scripts)
        shares = (Share(workflow, 0, 100),)
        channel = Channel(REHEARSAL_CHANNEL, 0, REHEARSAL_CHANNEL, frozenset(), shares, 0.0, None, None)
        state_facts(metadata, REHEARSAL_CHANNEL, request.received_at)
        payload = Payload(request.body, decode(request.body, bounds.max_depth), bounds.max_depth)
        message = Message(payload, metadata, Allowance(bounds.max_message_bytes))
        execution = Execution(self.snapshot, bounds, self.governor, request, now, rehearsal)
        step: Respond | Perform = execution.rehearse(channel, message)
        return step
