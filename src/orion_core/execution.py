"""One request from admission to answer: the state machine that interprets workflows. Knows no clock and no I/O.

An execution is in one of three states. It RUNS inside `begin` and `resume`, which are total: they answer with a step
and never raise for what a client, an admin or a network did. It WAITS between a `Perform` and its `resume`. It is
FINISHED after its one `Respond`. A workflow is data, so the interpreter is a program counter over a list, kept in the
innermost frame; `channel_call` pushes a frame, and a finished or failed child gives its place back to its caller.
"""

from hashlib import blake2b
from math import inf
from typing import Any

import cython
from msgspec import MsgspecError
from msgspec.structs import replace

from orion_core.admission import CONSUMING, SUBMITTING, WORKING, new_admission
from orion_core.answers import envelope, fault_of, retry_headers
from orion_core.bounds import Bounds
from orion_core.calls import UNASKED, Call, RateTake
from orion_core.connector import WORDS, Connector
from orion_core.documents import DocumentError, encode
from orion_core.failures import (
    AT_CAPACITY,
    CALL_REFUSED,
    CANCELLED,
    CONNECTOR_MISSING,
    INTERNAL,
    INVALID_DATA,
    INVALID_PATH,
    LIMIT_EXCEEDED,
    LIMITER_UNAVAILABLE,
    LOGIC_FAILED,
    METHOD_NOT_ALLOWED,
    NO_ROUTE,
    ORIGIN_REFUSED,
    RATE_LIMITED,
    TASK_FAILED,
    TIMEOUT,
    Failure,
    kind_of,
)
from orion_core.frame import Frame
from orion_core.functions.connected import ConnectorFunction
from orion_core.functions.function import HALTED, Enter, Say
from orion_core.governance.breaker import Breaker
from orion_core.governance.cors import is_preflight
from orion_core.governance.governor import Governor
from orion_core.governance.response_cache import Kept
from orion_core.governance.retry import STOP
from orion_core.guard import Guard
from orion_core.intake import Refused, read_query, state_facts, take_in
from orion_core.jobs import acceptance, accepted, message_of, result_of
from orion_core.logic import LimitExceeded, LogicError
from orion_core.logic.node import Evaluation, Rule
from orion_core.message import Message, Payload
from orion_core.passage import Passage
from orion_core.paths import PathError
from orion_core.protocol import (
    AttemptNote,
    Await,
    BreakerNote,
    BugNote,
    CallNote,
    Done,
    Failed,
    Job,
    LapseNote,
    LogNote,
    Perform,
    ProtocolError,
    PutBack,
    RefusalNote,
    Request,
    Respond,
    Sleep,
    StoreTrace,
    Tick,
    Ticket,
    UnmatchedNote,
)
from orion_core.rollout import chance_bucket, key_bucket
from orion_core.routing import Match, PathRefused, split_path
from orion_core.snapshot import Channel, Share, Snapshot, Task, Workflow, answers
from orion_core.steps import JobSteps
from orion_core.wall import rfc3339

PUT_BACK = 0.1  # seconds after which a job that found no place is tried again, at the least

RUNNING: cython.int = 10
WAITING: cython.int = 20
FINISHED: cython.int = 30

JSON_HEADERS = (("content-type", "application/json"),)
ENDS = {TIMEOUT.reason: "timeout", CANCELLED.reason: "cancelled"}  # what is no error of the workflows


@cython.final
@cython.freelist(16)  # type: ignore[no-untyped-call]  # the stub leaves it untyped
@cython.cclass
class Execution:
    """One request's life.

    Args:
        snapshot: What it runs on, to the end.
        bounds: What it may use.
        governor: Remembers what outlives it.
        request: The request.
        now: Monotonic instant, seconds.
        rehearsal: Keeps the steps of a dry run; None for a real request.
        follower: Told of each task as it ends; None when nobody follows. Nothing comes back from it.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        bounds: Bounds,
        governor: Governor,
        request: Request,
        now: cython.double,
        rehearsal: Any = None,
        follower: Any = None,
    ) -> None:
        self.snapshot = snapshot
        self.bounds = bounds
        self.governor = governor
        self.request = request
        self.started = now
        self.now = now
        self.rehearsal = rehearsal
        self.follower = follower
        self.steps: Any = rehearsal  # where each task is recorded; None for a request that somebody waits for
        self.evaluation = Evaluation(request.received_at, bounds.logic)
        self.state = RUNNING
        # Set while it runs; only the driver's contract says when each is there.
        self.frame: Any = None
        self.waiting: Any = None
        self.last: Any = None
        self.admission: Any = None  # of a guarded channel
        self.admitting = False  # whether it waits in a line
        self.opening: Any = None  # the channel it found, while it waits for its rate limit
        self.parameters: Any = None
        self.passage: Any = None  # past the breaker of the connector it waits for
        self.knocking = False  # whether it waits for that breaker
        self.outcomes: Any = None  # of the call, while the breaker is told
        self.due: tuple[Any, ...] = ()  # after-actions that are due already
        self.asked: Any = None  # the action on a connector that is under way
        self.asked_at: cython.double = 0.0
        self.tried: cython.int = 0  # retries of it
        self.resting = False  # whether it waits for the next try
        self.scripted: Any = None  # its outcome, in a dry run
        self.answer: Any = None
        self.job: Any = None  # what it works on, when nobody waits for the answer
        self.submits = False  # whether it is to be worked on later
        self.submitting = False  # whether it waits to be safe
        self.calls: Any = None  # how often each task has called, by its place
        self.origin: Any = request.headers.get("origin")
        self.cors: Any = governor.cors  # the policy that holds; None once it was told
        self.notes: list[Any] = []
        self.channel = ""
        self.outcome = ""

    # --- the public door ------------------------------------------------------------------------------------------

    @cython.ccall
    def begin(self) -> Any:
        """Route, admit and run; answers with the first step."""
        try:
            return self.admit()
        except Refused as refused:
            return self.refuse(refused.failure, ())
        except PathRefused as refused:
            return self.refuse(Failure(INVALID_PATH, str(refused)), ())
        except Exception as error:
            return self.bug(error)

    @cython.ccall
    def rehearse(self, channel: Channel, message: Message) -> Any:
        """Run one channel that no route leads to on a message that no request carried: a dry run."""
        try:
            self.frame = Frame(channel, message, self.deadline_of(channel, inf))
            return self.advance()
        except Exception as error:
            return self.bug(error)

    @cython.ccall
    def work(self, job: Job) -> Any:
        """Work on a request that was accepted earlier, or came from a topic."""
        try:
            self.job = job
            self.steps = JobSteps(self.now, self.request.received_at)
            return self.take_up(job)
        except Exception as error:
            return self.bug(error)

    @cython.ccall
    def resume(self, outcomes: tuple[Any, ...], now: cython.double) -> Any:
        """Go on with the outcomes of the actions last asked for.

        Args:
            outcomes: One `Done` or `Failed` for each action, in their order.
            now: Monotonic instant, seconds.

        Raises:
            ProtocolError: The execution does not wait.
        """
        if self.state != WAITING:
            raise ProtocolError("resume() while the execution does not wait")
        self.state = RUNNING
        self.now = now
        self.evaluation.now = self.wall()
        try:
            return self.settle(outcomes)
        except Refused as refused:
            return self.refuse(refused.failure, ())
        except Exception as error:
            return self.bug(error)

    @cython.ccall
    def cancel(self, reason: str, now: cython.double) -> Any:
        """End now: the client left, or the server stops. May come at any time; twice is once.

        Returns:
            The `Respond` it ends with; nobody may be left to read it, but its after-actions are due.
        """
        if self.state == FINISHED:
            return self.last
        self.now = now
        return self.finish_failed(Failure(CANCELLED, f"The request was cancelled: {reason}"))

    # --- admission ------------------------------------------------------------------------------------------------

    @cython.cfunc
    def admit(self) -> object:
        """Find the request's channel and open it. The order of checks is docs/decisions/0007."""
        request = self.request
        if request.method == "OPTIONS" and is_preflight(request.method, request.headers):
            return self.preflight()
        methods = self.snapshot.direct.get(request.path)
        if methods is not None and request.method in methods:
            return self.open(methods[request.method], {})
        segments: list[Any] = split_path(request.path)
        if not segments or not segments[0].strip():
            return self.refuse(Failure(INVALID_PATH, "Channel name must not be empty"), ())
        if len(segments) > 1 and segments[-1] == "async":
            segments.pop()
            self.submits = True
        found = self.find(request.method, segments)
        if found.target is not None:
            if not found.parameters and not self.submits:
                self.snapshot.remember(request.path, request.method, found.target)
            return self.open(found.target, found.parameters)
        if found.allowed:
            return self.refuse_method(found.allowed)
        return self.refuse(Failure(NO_ROUTE, f"No channel matches {request.method} /{request.path[:256]}"), ())

    @cython.cfunc
    def find(self, method: str, segments: list[Any]) -> Match:
        """The channel a path leads to: by its route, else by its name; or the methods that are answered there."""
        match = self.snapshot.routes.match(method, segments)
        if match.target is not None or len(segments) > 1:
            return match
        channel: Any = self.snapshot.channels.get(segments[0])
        if channel is None:
            return match
        if answers(channel, method):
            return Match(channel, {}, ())
        return Match(None, {}, tuple(sorted(channel.methods)))

    @cython.cfunc
    def preflight(self) -> object:
        """Tell a browser what it may ask (Fetch standard, section 3.3); the channel's policy where there is one."""
        wanted = self.request.headers["access-control-request-method"].upper()
        found = self.find(wanted, split_path(self.request.path) or [""])
        policy = self.cors
        if found.target is not None and found.target.guard is not None and found.target.guard.cors is not None:
            policy = found.target.guard.cors
        self.cors = None  # the answer says it all
        return self.respond(204, policy.preflight(self.origin), b"", ())

    @cython.cfunc
    def open(self, channel: Channel, parameters: dict[str, Any]) -> object:
        """Ask what guards the channel that was found, then start its workflows."""
        self.channel = channel.name
        if channel.fault is not None:
            return self.refuse(fault_of(channel), ())
        guard: Any = channel.guard
        if guard is not None:
            verdict = self.approach(channel, guard, parameters)
            if type(verdict) is RateTake:
                self.opening = channel
                self.parameters = parameters
                return self.perform((verdict,), None)
            if verdict is not None:
                return self.turn_away(channel, verdict)
        return self.receive(channel, parameters)

    @cython.cfunc
    def approached(self, outcome: object) -> object:
        """Go on with what the cluster's store said of the rate limit."""
        channel: Channel = self.opening
        self.opening = None
        self.admission.hear(outcome)
        verdict = self.admission.limit(None, self.evaluation, self.now)
        return self.receive(channel, self.parameters) if verdict is None else self.turn_away(channel, verdict)

    @cython.cfunc
    def receive(self, channel: Channel, parameters: dict[str, Any]) -> object:
        """Read the message, and ask what is asked about it."""
        message = take_in(self.request, channel.name, parameters, self.bounds.max_depth, self.bounds.max_message_bytes)
        self.frame = Frame(channel, message, self.deadline_of(channel, inf))
        if self.admission is None:
            return self.let_in()
        if self.submits:
            self.admission.asks = SUBMITTING
        return self.pass_checks()

    @cython.cfunc
    def take_up(self, job: Job) -> object:
        """Find the channel of a job, and a place in it."""
        channel: Any = self.snapshot.by_id.get(job.channel_id)
        if channel is None:
            channel = self.snapshot.channels.get(job.channel)
        if channel is None:
            return self.end_job("failed", None, f"Channel '{job.channel}' is not active any more")
        self.channel = channel.name
        if channel.fault is not None:
            return self.end_job("failed", None, fault_of(channel).message)
        try:
            message = message_of(job, channel, self.bounds)
        except (DocumentError, MsgspecError, UnicodeError) as error:
            return self.end_job("failed", None, f"The payload cannot be read: {error}")
        patience = job.deadline - self.now
        self.frame = Frame(channel, message, self.deadline_of(channel, job.deadline), None, None, patience)
        if channel.guard is None:
            return self.advance()
        self.admission = new_admission(channel.guard, self.request, channel.name, self.governor.cache)
        self.admission.asks = WORKING if job.admitted else CONSUMING
        refused: Any = None if job.admitted else self.limit(channel.guard, {})
        return self.pass_checks() if refused is None else self.heed(refused)

    @cython.cfunc
    def let_in(self) -> object:
        """Every check is passed: run the workflows, or have the request kept until somebody does."""
        if not self.submits:
            return self.advance()
        self.submitting = True
        channel: Channel = self.frame.channel
        return self.perform((acceptance(self.request, channel, self.frame.message, self.bounds, self.now),), None)

    @cython.cfunc
    def told(self, outcome: object) -> object:
        """Answer a request that is safe now, or could not be made so."""
        self.submitting = False
        if type(outcome) is Failed:
            return self.refuse(failure_from(outcome), ())
        where = ("location", f"/api/v1/data/traces/{self.request.id}")
        return self.respond(202, (where,), accepted(self.request), ())

    @cython.cfunc
    def approach(self, channel: Channel, guard: Guard, parameters: dict[str, Any]) -> object:
        """Ask what can be asked before the body is read; None, or why not."""
        if guard.cors is not None:
            self.cors = guard.cors
            if self.origin is not None and not guard.cors.allows(self.origin):
                text = f"Origin '{self.origin[:256]}' is not allowed for channel '{channel.name}'"
                return Failure(ORIGIN_REFUSED, text)
        self.admission = new_admission(guard, self.request, channel.name, self.governor.cache)
        return self.limit(guard, parameters)

    @cython.cfunc
    def limit(self, guard: Guard, parameters: dict[str, Any]) -> object:
        """Ask a rate limit that does not look at the body."""
        if guard.rate is None or guard.rate.needs_body:
            return None
        if guard.rate.key is None:
            return self.admission.limit(None, self.evaluation, self.now)
        view = {
            "headers": self.request.headers,
            "query": read_query(self.request.query) if self.request.query else {},
            "path": parameters,
            "client_ip": self.request.client,
            "channel": self.admission.channel,
        }
        return self.admission.limit(view, self.evaluation, self.now)

    @cython.cfunc
    def pass_checks(self) -> object:
        """Ask what is left to ask, then start the workflows; waits where a check does."""
        self.admitting = False
        if self.now >= self.frame.deadline:
            return self.expire()
        view = self.admission_view() if self.admission.guard.looks else {}
        verdict = self.admission.decide(view, self.evaluation, self.now, self.frame.deadline)
        return self.let_in() if verdict is None else self.heed(verdict)

    @cython.cfunc
    def heed(self, verdict: object) -> object:
        """Wait where a check does, for its turn or for a store; else it has said no."""
        if type(verdict) is Ticket:
            self.admitting = True
            deadline = min(self.frame.deadline, self.now + self.admission.patience())
            return self.perform((Await(verdict, deadline),), None)
        if isinstance(verdict, Call):
            self.admitting = True
            return self.perform((verdict,), None)
        return self.turn_away(self.frame.channel, verdict)

    @cython.cfunc
    def turn_away(self, channel: Channel, verdict: object) -> object:
        """Answer without a workflow: a refusal, or an answer that was kept."""
        if type(verdict) is Kept:
            kept: Kept = verdict
            return self.respond(kept.status, (), kept.body, ())
        failure: Any = verdict
        self.notes.append(RefusalNote(channel.name, failure.kind.reason))
        if self.job is None:
            return self.refuse(failure, ())
        if failure.kind is AT_CAPACITY or failure.kind is RATE_LIMITED or failure.kind is LIMITER_UNAVAILABLE:
            return self.respond(503, (), b"", (PutBack(max(PUT_BACK, failure.retry_after), failure.kind.reason),))
        return self.end_job("failed", None, failure.message)

    @cython.cfunc
    def deadline_of(self, channel: Channel, limit: cython.double) -> cython.double:
        """When a frame that is entered now must be done."""
        if channel.timeout > 0:
            return min(limit, self.now + channel.timeout)
        return limit

    # --- the interpreter ------------------------------------------------------------------------------------------

    @cython.cfunc
    def advance(self) -> object:
        """Run until the request is finished or the world is needed."""
        step: object
        while True:
            if self.now >= self.frame.deadline:
                step = self.expire()
            elif self.next_task():
                step = self.run(self.frame.task)
            elif self.frame.caller is None:
                return self.finish()
            else:
                step = self.leave()
            if step is not None:
                return step

    @cython.cfunc
    def next_task(self) -> cython.bint:
        """Move the program counter to the next task whose condition holds; False at the end of the frame."""
        frame: Frame = self.frame
        while True:
            if frame.workflow is None and not self.next_workflow():
                return False
            tasks: tuple[Any, ...] = frame.workflow.tasks
            while frame.task_at < len(tasks):
                task: Task = tasks[frame.task_at]
                frame.task_at += 1
                if task.condition is None or self.holds(task.condition, task.workflow_id, task.id):
                    frame.task = task
                    return True
                if self.steps is not None:
                    self.steps.skipped(task.workflow_id, task.id)
            frame.workflow = None

    @cython.cfunc
    def next_workflow(self) -> cython.bint:
        """Move to the next workflow whose share and condition the message meets."""
        frame: Frame = self.frame
        shares: tuple[Any, ...] = frame.channel.shares
        while frame.share_at < len(shares):
            share: Share = shares[frame.share_at]
            frame.share_at += 1
            workflow: Workflow = share.workflow
            if not share.whole and not share.first <= self.bucket(workflow) < share.end:
                continue
            if workflow.condition is not None and not self.holds(workflow.condition, workflow.id, None):
                if self.steps is not None:
                    self.steps.skipped(workflow.id, None)
                continue
            frame.workflow = workflow
            frame.task_at = 0
            frame.matched = True
            return True
        return False

    @cython.cfunc
    def bucket(self, workflow: Workflow) -> cython.int:
        """Which of a hundred buckets this message falls in for `workflow`."""
        if workflow.rollout_key is None:
            return chance_bucket(self.request.entropy)
        try:
            key = workflow.rollout_key.evaluate(self.admission_view(), self.evaluation)
            return key_bucket(workflow.id, key)
        except (LogicError, DocumentError) as error:
            self.record("CONDITION_ERROR", f"rollout_key: {error}", None, workflow.id, None)
            return chance_bucket(self.request.entropy)

    @cython.cfunc
    def admission_view(self) -> dict[str, Any]:
        """What logic about the request itself sees: the payload as `data`, and its parts at the root."""
        metadata = self.frame.message.context["metadata"]
        return {
            "data": self.frame.message.payload.look(),
            "metadata": metadata,
            "headers": metadata.get("headers"),
            "query": metadata.get("query", {}),
            "path": metadata.get("params", {}),
            "client_ip": self.request.client,
            "channel": self.frame.channel.name,
        }

    @cython.cfunc
    def holds(self, condition: Rule, workflow_id: str, task_id: object) -> cython.bint:
        """Whether a condition is truthy; one that fails is false, and is noted in `errors`."""
        try:
            return condition.truth(self.frame.message.context, self.evaluation)
        except LimitExceeded:
            raise
        except LogicError as error:
            self.record("CONDITION_ERROR", str(error), None, workflow_id, task_id)
            return False

    @cython.cfunc
    def run(self, task: Task) -> object:
        """Run a task; None when the interpreter may go on."""
        if task.connector is not None and self.governor.guards_connectors and self.rehearsal is None:
            answer = self.knock(task.connector)
            if answer is not None:
                return self.stopped(task, answer)
        return self.start(task)

    @cython.cfunc
    def start(self, task: Task) -> object:
        """Start a task whose connector, if it has one, may be called."""
        message: Message = self.frame.message
        try:
            if task.calls:
                return self.call(task)
            result = task.function.start(message, self.evaluation, self.now, self.frame.deadline)
        except (LogicError, DocumentError, PathError) as error:
            self.abandon()
            return self.fail(self.failure_of(error))
        if result is None:
            self.abandon()
            return self.complete(task, 200)
        return self.follow(task, result)

    @cython.cfunc
    def follow(self, task: Task, result: Any) -> object:
        """Do what a task's answer asks for."""
        kind = type(result)
        if kind is tuple:
            return self.perform(result, task)
        self.abandon()
        if kind is Enter:
            return self.enter(result)
        if kind is Failure:
            return self.fail(result)
        if kind is Say:
            self.say(task, result)
            return self.complete(task, 200)
        if result is HALTED:
            self.frame.workflow = None
            return self.complete(task, 299)
        return self.skip(task)

    @cython.cfunc
    def complete(self, task: Task, code: cython.int) -> object:
        """Note that a task is done; where each is recorded, come up for air to see how long it took."""
        metadata: dict[str, Any] = self.frame.message.context["metadata"]
        progress = {"workflow_id": task.workflow_id, "task_id": task.id, "status_code": code}
        metadata["progress"] = progress
        if self.follower is not None:
            self.follower.task_ended(task.workflow_id, task.id, "halted" if code == 299 else "executed")
        if self.steps is None:
            return None
        self.steps.ran(task.workflow_id, task.id, "halted" if code == 299 else "executed", self.frame.message)
        return self.perform((Tick(self.frame.deadline),), None)

    @cython.cfunc
    def skip(self, task: Task) -> object:
        """A filter said: as if this task were not there."""
        if self.steps is not None:
            self.steps.skipped(task.workflow_id, task.id)
        return None

    @cython.cfunc
    def say(self, task: Task, line: Say) -> None:
        """Pass a log task's line on to the driver."""
        self.notes.append(
            LogNote(line.level, line.message, line.fields, self.frame.channel.name, task.workflow_id, task.id)
        )

    # --- waiting --------------------------------------------------------------------------------------------------

    @cython.cfunc
    def perform(self, actions: tuple[Any, ...], task: Task | None) -> object:
        """Ask the world; `task` takes the outcomes, or nobody does."""
        self.state = WAITING
        self.waiting = task
        return Perform(actions, self, self.take_notes())

    @cython.cfunc
    def settle(self, outcomes: tuple[Any, ...]) -> object:
        """Give the outcomes to whoever waits for them, then go on."""
        if self.opening is not None:
            return self.approached(outcomes[0])
        if self.admitting:
            self.admission.hear(outcomes[0])
            return self.pass_checks()
        if self.submitting:
            return self.told(outcomes[0])
        task: Task = self.waiting
        self.waiting = None
        if self.knocking:
            return self.knocked(task, outcomes[0])
        if self.outcomes is not None:
            return self.conclude(task, self.informed(outcomes[0]))
        if self.asked is not None:
            again = self.heard(task, outcomes[0])
            if again is not None:
                return again
            outcomes = (self.answer,)
        telling: Any = self.tell(outcomes)
        if telling is not None:
            self.outcomes = outcomes
            return self.perform((telling,), task)
        return self.conclude(task, outcomes)

    @cython.cfunc
    def conclude(self, task: Task | None, outcomes: tuple[Any, ...]) -> object:
        """Give a task its outcomes, where one waits for them, and go on."""
        if self.steps is not None and task is None:
            self.steps.timed(self.now)
        step: object = None
        if task is not None and self.now < self.frame.deadline:
            step = self.hand_over(task, outcomes)
        return self.advance() if step is None else step

    @cython.cfunc
    def hand_over(self, task: Task, outcomes: tuple[Any, ...]) -> object:
        for outcome in outcomes:
            if type(outcome) is Failed:
                return self.fail(failure_from(outcome))
        try:
            result = task.function.finish(self.frame.message, self.evaluation, outcomes)
        except (LogicError, DocumentError, PathError) as error:
            return self.fail(self.failure_of(error))
        return self.complete(task, 200) if result is None else self.follow(task, result)

    # --- calls on connectors --------------------------------------------------------------------------------------

    @cython.cfunc
    def call(self, task: Task) -> object:
        """Ask a task's function for its action on its connector, and have it carried out."""
        connector: Any = self.snapshot.connectors.get(task.connector)  # type: ignore[arg-type] # it names one
        function = cython.cast(ConnectorFunction, task.function)
        if connector is None or connector.kind != function.kind:
            self.abandon()
            what = "not found" if connector is None else f"is not {WORDS[function.kind]}"
            return self.fail(Failure(CONNECTOR_MISSING, f"Connector '{task.connector}' {what}"))
        deadline = min(self.frame.deadline, self.now + function.patience(connector))
        action = function.ask(connector, self.frame.message, self.evaluation, deadline)
        if type(action) is Failure:
            self.abandon()
            return self.fail(action)
        if self.job is not None or function.keyed:
            action = function.under_key(action, self.effect_key(task))
        self.asked = action
        self.tried = 0
        return self.carry_out(task)

    @cython.cfunc
    def effect_key(self, task: Task) -> str:
        """What names this call: the same whenever the job is worked on, however often the request is tried."""
        place = task_path(self.frame, task)
        if self.calls is None:
            self.calls = {}
        count = self.calls.get(place, 0)
        self.calls[place] = count + 1
        digest = blake2b(place.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        return f"{self.request.id}-{digest}-{count}"

    @cython.cfunc
    def carry_out(self, task: Task) -> object:
        """Have the action carried out; a dry run takes what its script says instead."""
        self.resting = False
        self.asked_at = self.now
        if self.rehearsal is None:
            return self.perform((self.asked,), task)
        self.scripted = self.rehearsal.call(task, self.asked, self.tried)
        return self.perform((Tick(self.frame.deadline),), task)

    @cython.cfunc
    def heard(self, task: Task, outcome: object) -> object:
        """Judge an attempt, and try again where that is allowed; None leaves the outcome in `answer`."""
        if self.resting and self.now >= self.frame.deadline:
            self.asked = None
            self.resting = False
            self.answer = Failed("timeout", "There was no time for another try", True, "")
            return None
        if self.resting:
            self.asked = replace(self.asked, deadline=min(self.frame.deadline, self.now + self.patience_of(task)))
            return self.carry_out(task)
        if self.scripted is not None:
            outcome = self.scripted
            self.scripted = None
        function = cython.cast(ConnectorFunction, task.function)
        if type(outcome) is Done:
            outcome = function.judge(outcome.value, self.evaluation) or outcome
        code: str = outcome.code if type(outcome) is Failed else ""
        channel = self.frame.channel.name
        self.notes.append(AttemptNote(channel, function.connector, code, self.now - self.asked_at))
        if type(outcome) is Failed:
            wait = self.pause(function, outcome)
            self.notes.append(
                CallNote(channel, function.connector, task.id, outcome.code, outcome.detail, self.tried, wait)
            )
            if wait >= 0.0:
                self.tried += 1
                self.resting = True
                until = self.now + (wait if self.rehearsal is None else 0.0)
                return self.perform((Sleep(until, self.frame.deadline),), task)
        self.asked = None
        self.resting = False
        self.answer = outcome
        return None

    @cython.cfunc
    def pause(self, function: ConnectorFunction, failed: Failed) -> cython.double:
        """How long to wait before the next try; STOP when there is none.

        A breaker that turned meanwhile ends the retries, and its probe is one try.
        """
        if not failed.retryable or (failed.happened and not function.may_repeat(self.asked)):
            return STOP
        if self.passage is not None and self.passage.is_over():
            return STOP
        connector: Connector = self.asked.connector
        rule = function.retry_rule(connector)
        wait = rule.pause(self.tried, failed.retry_after, self.request.entropy)
        return wait if self.now + wait < self.frame.deadline else STOP

    @cython.cfunc
    def patience_of(self, task: Task) -> cython.double:
        """Seconds one more attempt may take."""
        function = cython.cast(ConnectorFunction, task.function)
        connector: Connector = self.asked.connector
        return function.patience(connector)

    # --- breakers -------------------------------------------------------------------------------------------------

    @cython.cfunc
    def knock(self, connector: str) -> object:
        """Ask the breaker of a connector for a call; a `Failure` when there is to be none, or an action that asks."""
        cluster = self.governor.cluster
        breaker = self.governor.breakers.of(self.frame.channel.name, connector)
        passage: Passage = Passage(breaker, None if cluster is None else cluster.store)
        state = breaker.state
        answer = passage.ask(self.now)
        self.note_turn(breaker, state)
        if type(answer) is not Failure:
            self.passage = passage
        return answer

    @cython.cfunc
    def stopped(self, task: Task, answer: object) -> object:
        """Wait for the breaker's word, or take its no."""
        if type(answer) is Failure:
            return self.fail(answer)
        self.knocking = True
        return self.perform((answer,), task)

    @cython.cfunc
    def knocked(self, task: Task, outcome: object) -> object:
        """Go on with what the cluster's store said of a breaker."""
        self.knocking = False
        passage: Passage = self.passage
        state = passage.breaker.state
        self.lapse("BreakerAsk", outcome)
        refused: Any = passage.hear(outcome, self.now)
        self.note_turn(passage.breaker, state)
        step: object
        if refused is not None:
            self.passage = None
            step = self.fail(refused)
        elif self.now >= self.frame.deadline:
            self.abandon()
            step = self.expire()
        else:
            step = self.start(task)
        return self.advance() if step is None else step

    @cython.cfunc
    def tell(self, outcomes: tuple[Any, ...]) -> object:
        """Tell the breaker what became of the call: an answer of whatever kind proves that the system is there.

        Returns:
            None, or the action that tells it.
        """
        passage: Passage = self.passage
        if passage is None:
            return None
        state = passage.breaker.state
        telling = passage.tell(blames_the_system(outcomes), self.now)
        self.note_turn(passage.breaker, state)
        if telling is None:
            self.passage = None
        return telling

    @cython.cfunc
    def informed(self, outcome: object) -> tuple[Any, ...]:
        """The breaker of the cluster was told; what the call itself gave."""
        passage: Passage = self.passage
        self.passage = None
        state = passage.breaker.state
        self.lapse("BreakerTell", outcome)
        passage.told(outcome, self.now)
        self.note_turn(passage.breaker, state)
        outcomes: tuple[Any, ...] = self.outcomes
        self.outcomes = None
        return outcomes

    @cython.cfunc
    def abandon(self) -> None:
        """No call was made, or nobody will know what became of it."""
        if self.passage is not None:
            telling = self.passage.abandon(self.now)
            if telling is not None:
                self.due += (telling,)
            self.passage = None

    @cython.cfunc
    def note_turn(self, breaker: Breaker, before: str) -> None:
        """Note that a breaker is not in the state any more in which it was `before`."""
        if breaker.state != before:
            self.notes.append(BreakerNote(breaker.key, breaker.state))

    @cython.cfunc
    def lapse(self, what: str, outcome: object) -> None:
        """Note that the cluster's store failed; what it was not even asked is no news."""
        cluster: Any = self.governor.cluster
        if type(outcome) is Failed and outcome.code != UNASKED:
            self.notes.append(LapseNote(cluster.store.name, what, outcome.code, outcome.detail))

    # --- frames ---------------------------------------------------------------------------------------------------

    @cython.cfunc
    def enter(self, entry: Enter) -> object:
        """Push the frame of another channel; depth and cycles are a walk over the frames there are."""
        frame: Frame = self.frame
        channel: Any = self.snapshot.channels.get(entry.channel)
        if channel is None:
            return self.fail(Failure(INVALID_DATA, f"channel_call: no active channel '{entry.channel}'"))
        names = frame.names()
        chain = " -> ".join([*names, entry.channel])
        if entry.channel in names:
            return self.fail(Failure(CALL_REFUSED, f"channel_call: cycle detected: {chain}"))
        if len(names) > self.bounds.max_call_depth:
            text = f"channel_call: max call depth {self.bounds.max_call_depth} exceeded (chain: {chain})"
            return self.fail(Failure(CALL_REFUSED, text))
        if channel.fault is not None:
            return self.fail(fault_of(channel))
        message: Message = frame.message
        metadata: Any = message.allowance.copy(message.context["metadata"])
        metadata.pop("progress", None)
        state_facts(metadata, channel.name, self.wall())
        payload = Payload(None, entry.payload, self.bounds.max_depth)
        timeout = entry.timeout if entry.timeout > 0 else self.bounds.call_timeout
        deadline = self.deadline_of(channel, min(frame.deadline, self.now + timeout))
        child = Message(payload, metadata, message.allowance)
        self.frame = Frame(channel, child, deadline, frame, entry, timeout)
        return None

    @cython.cfunc
    def leave(self) -> object:
        """Pop a finished child: its data becomes the caller's, its errors are added to the caller's."""
        child: Frame = self.frame
        self.frame = child.caller
        caller: Message = self.frame.message
        caller.errors.extend({**error, "channel": child.channel.name} for error in child.message.errors)
        data = child.message.context["data"]
        try:
            path: Any = child.entry.response_path
            if path is not None:
                caller.put(path, data)
            else:
                caller.context["data"] = data
        except PathError as error:
            return self.fail(Failure(TASK_FAILED, f"channel_call: {error}"))
        return self.complete(self.frame.task, 200)

    @cython.cfunc
    def fail(self, failure: Failure) -> object:
        """A task failed: record it and go on where that is allowed, else fail its caller, else the request."""
        while True:
            task: Task = self.frame.task
            failure = self.placed(failure, task)
            self.record("TASK_ERROR", failure.message, None, task.workflow_id, task.id)
            if self.follower is not None:
                self.follower.task_ended(task.workflow_id, task.id, failure.kind.reason)
            if self.steps is not None:
                self.steps.ran(task.workflow_id, task.id, "failed", self.frame.message)
            if task.continue_on_error:
                return None if self.steps is None else self.perform((Tick(self.frame.deadline),), None)
            if self.frame.caller is None:
                return self.finish_failed(failure)
            child: Frame = self.frame
            self.frame = child.caller

    @cython.cfunc
    def placed(self, failure: Failure, task: Task) -> Any:
        """The failure with the task it happened in; in a nested call, the outermost one counts."""
        return Failure(failure.kind, failure.message, failure.detail, task.id, task.workflow_id, failure.retry_after)

    @cython.cfunc
    def expire(self) -> object:
        """Time is up: pop to the outermost frame past its deadline, and fail what called it."""
        frame: Frame = self.frame
        outermost: Frame = frame
        while frame is not None:
            if self.now >= frame.deadline:
                outermost = frame
            frame = frame.caller
        channel: Channel = outermost.channel
        if outermost.caller is None:
            if self.job is not None and outermost.deadline == self.job.deadline:
                return self.finish_failed(
                    Failure(TIMEOUT, f"Processing timed out after {outermost.timeout * 1000:.0f}ms")
                )
            text = f"Workflow execution on channel '{channel.name}' exceeded {channel.timeout * 1000:.0f}ms timeout"
            self.frame = outermost
            return self.finish_failed(Failure(TIMEOUT, text))
        self.frame = outermost.caller
        text = f"channel_call to '{channel.name}' timed out after {outermost.timeout * 1000:.0f}ms"
        return self.fail(Failure(TIMEOUT, text))

    # --- errors ---------------------------------------------------------------------------------------------------

    @cython.cfunc
    def failure_of(self, error: object) -> Any:
        """Name what a task raised."""
        if isinstance(error, (LimitExceeded, DocumentError)):
            return Failure(LIMIT_EXCEEDED, str(error))
        if isinstance(error, LogicError):
            return Failure(LOGIC_FAILED, str(error))
        return Failure(TASK_FAILED, str(error))

    @cython.cfunc
    def record(self, code: str, text: str, path: object, workflow_id: object, task_id: object) -> None:
        """Add an entry to the message's `errors`."""
        entry: dict[str, Any] = {"code": code, "message": text, "path": path}
        if workflow_id is not None:
            entry["workflow_id"] = workflow_id
        if task_id is not None:
            entry["task_id"] = task_id
        entry["timestamp"] = rfc3339(self.wall())
        self.frame.message.errors.append(entry)

    @cython.cfunc
    def wall(self) -> cython.double:
        """The wall instant of `now`: a replay of the same instants gives the same texts."""
        return self.request.received_at + (self.now - self.started)

    @cython.cfunc
    def bug(self, error: object) -> object:
        """Our own mistake: the request ends, leaves a trace, and the operator gets the traceback."""
        if isinstance(error, (LimitExceeded, DocumentError)) and self.frame is not None:
            return self.finish_failed(Failure(LIMIT_EXCEEDED, str(error)))
        self.notes.append(BugNote(error))
        return self.finish_failed(Failure(INTERNAL, "An internal error occurred", repr(error)))

    # --- the end --------------------------------------------------------------------------------------------------

    @cython.cfunc
    def finish(self) -> object:
        """Every workflow is done: answer with the message's data."""
        message: Message = self.frame.message
        self.outcome = "ok"
        if not self.frame.matched:
            self.notes.append(UnmatchedNote(self.frame.channel.name))
        if self.rehearsal is not None:
            return self.respond(200, (), encode(self.rehearsal.report(self.frame.matched, message)), ())
        if self.job is not None:
            return self.end_job("completed", result_of(self.job, message, self.steps), None)
        data = encode(message.context["data"])
        errors = encode(message.errors) if message.errors else b"[]"
        if len(data) + len(errors) > self.bounds.max_message_bytes:
            raise DocumentError("the answer is larger than the message size limit")
        body = b'{"id":"' + self.request.id.encode() + b'","status":"ok","data":' + data + b',"errors":' + errors + b"}"
        return self.respond(200, (), body, (self.trace("completed", body, None),))

    @cython.cfunc
    def finish_failed(self, failure: Failure) -> object:
        """The request failed after its channel was found: answer, and keep a trace of it."""
        if self.job is None and (self.frame is None or self.submits):
            return self.refuse(failure, ())
        self.outcome = ENDS.get(failure.kind.reason, "error")
        if self.job is not None:
            return self.end_job("failed", None, failure.message)
        while self.frame.caller is not None:
            self.frame = self.frame.caller
        errors: list[Any] = self.frame.message.errors
        answer = {
            "id": self.request.id,
            "status": "error",
            "error": envelope(failure, self.request.request_id),
            "errors": errors,
        }
        if self.rehearsal is not None:
            answer["trace"] = {"steps": self.rehearsal.steps()}
            return self.respond(failure.kind.status, (), encode(answer), ())
        body = encode(answer)
        return self.respond(
            failure.kind.status, retry_headers(failure), body, (self.trace("failed", None, failure.message),)
        )

    @cython.cfunc
    def refuse(self, failure: Failure, headers: tuple[Any, ...]) -> object:
        """The request never reached a workflow."""
        body = encode({"error": envelope(failure, self.request.request_id)})
        return self.respond(failure.kind.status, headers + retry_headers(failure), body, ())

    @cython.cfunc
    def refuse_method(self, methods: tuple[Any, ...]) -> object:
        """The path is known, the method is not answered (RFC 9110 section 15.5.6)."""
        allow = ", ".join(methods)
        if self.request.method == "OPTIONS":
            return self.respond(204, (("allow", allow),), b"", ())
        text = f"{self.request.method} is not answered here; allowed: {allow}"
        return self.refuse(Failure(METHOD_NOT_ALLOWED, text), (("allow", allow),))

    @cython.cfunc
    def end_job(self, status: str, result: object, error: object) -> object:
        """Nobody waits for an answer: what came of a job is its trace."""
        steps: Any = self.steps
        steps.timed(self.now)  # the task that failed took until now
        job: Job = self.job
        if status == "failed" and not self.outcome:
            self.outcome = "error"
        trace = StoreTrace(
            self.request.id, self.request.request_id, job.channel, job.channel_id, self.version(), "async", status,
            job.payload, result, error, self.request.received_at, encode(steps.steps()),
        )  # fmt: skip
        return self.respond(200 if status == "completed" else 500, (), b"", (trace,))

    @cython.cfunc
    def version(self) -> object:
        """Of the channel that worked; None when there was none."""
        frame: Any = self.frame
        if frame is None:
            return None
        while frame.caller is not None:
            frame = frame.caller
        return frame.channel.version

    @cython.cfunc
    def trace(self, status: str, result: object, error: object) -> object:
        """The record of this execution."""
        channel: Channel = self.frame.channel
        request: Request = self.request
        return StoreTrace(
            request.id, request.request_id, channel.name, channel.id, channel.version, "sync", status,
            self.frame.message.payload.text, result, error, request.received_at,
        )  # fmt: skip

    @cython.cfunc
    def respond(self, status: cython.int, headers: tuple[Any, ...], body: bytes, after: tuple[Any, ...]) -> object:
        """The only way out: whatever is held is given back here."""
        self.state = FINISHED
        self.abandon()
        after += self.due
        if self.admission is not None:
            after += self.admission.leave(status, body, self.is_sound(status), self.now, self.wall())
            self.notes.extend(self.admission.notes)
            headers += self.admission.headers
        if self.cors is not None and (self.origin is not None or self.cors.unread):
            headers += self.cors.unread if self.origin is None else self.cors.headers(self.origin)
        told = JSON_HEADERS + headers if body else headers
        self.last = Respond(status, told, body, after, self.take_notes(), self.channel, self.outcome)
        return self.last

    @cython.cfunc
    def is_sound(self, status: cython.int) -> cython.bint:
        """Whether the workflows ran to their end, and without an error."""
        return status == 200 and self.frame is not None and not self.frame.message.errors

    @cython.cfunc
    def take_notes(self) -> tuple[Any, ...]:
        if not self.notes:
            return ()
        notes = tuple(self.notes)
        self.notes = []
        return notes


def task_path(frame: Frame, task: Task) -> str:
    """Where a task stands in a job, through every `channel_call` that led to it."""
    caller: Any = frame.caller
    outer = "" if caller is None else task_path(caller, caller.task) + "/"
    return f"{outer}{task.workflow_id}.{task.id}"


def failure_from(failed: Failed) -> Failure:
    """The failure of a task whose action was not carried out."""
    return Failure(kind_of(failed.code), failed.message, failed.detail, retry_after=failed.retry_after)


def blames_the_system(outcomes: tuple[Any, ...]) -> bool:
    """Whether a call failed for a reason of the system it called, such that trying again could help."""
    return any(type(outcome) is Failed and outcome.retryable for outcome in outcomes)
