"""Requests as OpenTelemetry spans: for the request, each task, each call. Imported only when tracing is on.

Names and attributes are those of OpenTelemetry's semantic conventions, ours beside them begin with `orion.`. A span
holds no header, no body, no query, no statement and no address: any of them may hold a secret.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    Link,
    Span,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from orion_core.calls import Call, HttpAnswer, HttpCall, KafkaPublish
from orion_core.protocol import Done, Failed, Job, Request, Respond
from orion_io.carrier import Outcome
from orion_server.settings import Tracing
from orion_server.version import VERSION

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"))
LONGEST = 512  # characters of a path
EXPORT_SECONDS = 5  # what an export may take, so that a collector that is away delays no shutdown for long
W3C = TraceContextTextMapPropagator()
Attributes = dict[str, str | int]


class SpanCall:
    """A call as a span; see `orion_io.following.FollowedCall`."""

    def __init__(self, span: Span, action: Any) -> None:
        self._span = span
        self.action = action

    def ended(self, outcome: Outcome | None) -> None:
        """End the span; a failure is named by its code alone."""
        if isinstance(outcome, Done) and isinstance(outcome.value, HttpAnswer):
            status = outcome.value.status
            self._span.set_attribute("http.response.status_code", status)
            if status >= 400:
                fail(self._span, str(status))
        elif not isinstance(outcome, Done):
            fail(self._span, outcome.code if isinstance(outcome, Failed) else "cancelled")
        self._span.end()


class SpanFollower:
    """A request, or an attempt at a job, as spans; see `orion_io.following.Follower`.

    Args:
        tracer: Makes spans.
        span: Of the request.
        describe: What the span is called once the channel is known, and what more is known then.
    """

    def __init__(self, tracer: Tracer, span: Span, describe: Callable[[Span, Respond], None]) -> None:
        self._tracer = tracer
        self._span = span
        self._describe = describe
        self._context = set_span_in_context(span)
        self._task: Span | None = None
        self._since = time.time_ns()  # when the task that runs has begun

    def task_ended(self, workflow_id: str, task_id: str, result: str) -> None:
        """End the span of a task; one that called nobody is made only now."""
        span = self._task_span()
        span.update_name(f"task {task_id}")
        span.set_attribute("orion.workflow.id", workflow_id)
        span.set_attribute("orion.task.id", task_id)
        span.set_attribute("orion.task.result", result)
        if result not in ("executed", "halted"):
            fail(span, result)
        self._since = time.time_ns()
        span.end(self._since)
        self._task = None

    def calling(self, action: Any) -> SpanCall:
        """Begin the span of a call, which the other side is told of."""
        name, kind, attributes = described(action)
        parent = set_span_in_context(self._task_span())
        span = self._tracer.start_span(name, parent, kind, attributes)
        return SpanCall(span, telling(action, span))

    def ended(self, step: Respond) -> None:
        """End the span of the request."""
        if self._task is not None:
            self._task.end()
        self._describe(self._span, step)
        self._span.end()

    def _task_span(self) -> Span:
        if self._task is None:
            self._task = self._tracer.start_span("task", self._context, start_time=self._since)
        return self._task


class SpanFollowing:
    """Decides what is traced: what its caller traces, else a share; see `orion_io.following.Following`.

    Args:
        provider: Of OpenTelemetry's SDK.
    """

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("orion", VERSION)

    def request(self, request: Request) -> SpanFollower | None:
        """Begin the span of a request. Whoever is called on its way, now or later, is told of it by its headers."""
        method = request.method if request.method in METHODS else "_OTHER"
        attributes: Attributes = {
            "http.request.method": method, "url.path": f"/api/v1/data/{request.path[:LONGEST]}",
            "orion.trace.id": request.id,
        }  # fmt: skip
        span = self._tracer.start_span(method, W3C.extract(request.headers), SpanKind.SERVER, attributes)
        tell(request.headers, span)
        if not span.is_recording():
            return None

        def describe(span: Span, step: Respond) -> None:
            if step.channel:
                route = f"/api/v1/data/{step.channel}"
                span.update_name(f"{method} {route}")
                span.set_attribute("http.route", route)
                span.set_attribute("orion.channel", step.channel)
            span.set_attribute("http.response.status_code", step.status)
            if step.status >= 500:
                fail(span, str(step.status))

        return SpanFollower(self._tracer, span, describe)

    def job(self, job: Job) -> SpanFollower | None:
        """Begin the span of an attempt: in the trace of who asked for it, and linked to it."""
        given = job.metadata.get("headers")
        headers = dict(given) if isinstance(given, Mapping) else {}
        context = W3C.extract({name: value for name, value in headers.items() if isinstance(value, str)})
        asker = get_current_span(context).get_span_context()
        links = [Link(asker)] if asker.is_valid else []
        attributes: Attributes = {
            "messaging.operation.type": "process", "messaging.operation.name": "process",
            "messaging.system": "orion" if job.admitted else "kafka",
            "messaging.destination.name": job.channel, "orion.trace.id": job.request.id,
        }  # fmt: skip
        name = f"process {job.channel}"
        span = self._tracer.start_span(name, context, SpanKind.CONSUMER, attributes, links)
        tell(headers, span)
        job.metadata["headers"] = headers
        return SpanFollower(self._tracer, span, describe_job) if span.is_recording() else None

    def close(self) -> None:
        """Export what is left. Blocks; meant for a thread."""
        self._provider.shutdown()


def describe_job(span: Span, step: Respond) -> None:
    """Add what came of a job to its span."""
    if step.channel:
        span.set_attribute("orion.channel", step.channel)
    if step.outcome not in ("ok", ""):
        fail(span, step.outcome)


def fail(span: Span, kind: str) -> None:
    """Mark what a span stands for as failed."""
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))


def tell(headers: dict[str, Any], span: Span) -> None:
    """Write a span into headers (W3C Trace Context)."""
    W3C.inject(headers, set_span_in_context(span))


def described(action: Call) -> tuple[str, SpanKind, Attributes]:
    """What the span of an action is called, its kind, and what is known of it."""
    connector = action.connector
    known: Attributes = {"orion.connector": connector.name}
    if isinstance(action, HttpCall):
        return action.method, SpanKind.CLIENT, {**known, "http.request.method": action.method}
    if isinstance(action, KafkaPublish):
        about: Attributes = {
            "messaging.system": "kafka", "messaging.operation.type": "send", "messaging.operation.name": "send",
            "messaging.destination.name": action.topic,
        }  # fmt: skip
        return f"send {action.topic}", SpanKind.PRODUCER, {**known, **about}
    operation = type(action).__name__
    return f"{operation} {connector.name}", SpanKind.CLIENT, {**known, "db.operation.name": operation}


def telling(action: Any, span: Span) -> Any:
    """The action, with headers that tell the other side of its span."""
    carrier: dict[str, str] = {}
    tell(carrier, span)
    if isinstance(action, HttpCall):
        kept = [each for each in action.headers if each[0] not in W3C.fields]
        return msgspec.structs.replace(action, headers=(*kept, *carrier.items()))
    if isinstance(action, KafkaPublish):
        others = [each for each in action.headers if each[0] not in W3C.fields]
        added = [(name, value.encode()) for name, value in carrier.items()]
        return msgspec.structs.replace(action, headers=(*others, *added))
    return action


def open_tracing(settings: Tracing) -> SpanFollowing:
    """Tracing, as the settings ask for it; what it exports is sent by a thread of its own."""
    resource = Resource.create({"service.name": settings.service_name, "service.version": VERSION})
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(settings.sample_rate)), resource=resource, shutdown_on_exit=False
    )
    endpoint = settings.otlp_endpoint
    exporter = OTLPSpanExporter(endpoint, insecure=not endpoint.startswith("https://"), timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return SpanFollowing(provider)
