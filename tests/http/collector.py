"""A real OTLP receiver on a port of its own: what a server exports, as it came."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)


class Collector(TraceServiceServicer):  # type: ignore[misc] # generated code has no types
    """Keeps what comes."""

    def __init__(self) -> None:
        self._payloads: list[bytes] = []
        self._spans: list[Any] = []
        self._lock = threading.Lock()
        self.resources: list[dict[str, Any]] = []
        self.url = ""

    def Export(self, request: ExportTraceServiceRequest, context: object) -> ExportTraceServiceResponse:  # noqa: N802 - gRPC's name
        with self._lock:
            self._payloads.append(request.SerializeToString())
            for resource in request.resource_spans:
                self.resources.append(attributes_of(resource.resource))
                for scope in resource.scope_spans:
                    self._spans.extend(scope.spans)
        return ExportTraceServiceResponse()

    def spans(self) -> list[Any]:
        with self._lock:
            return list(self._spans)

    def payload(self) -> bytes:
        with self._lock:
            return b"".join(self._payloads)

    def trace(self, trace_id: str, count: int, seconds: float = 20.0) -> list[Any]:
        """The spans of a trace, once there are as many."""
        until = time.monotonic() + seconds
        while True:
            found = [span for span in self.spans() if span.trace_id.hex() == trace_id]
            if len(found) >= count:
                return found
            assert time.monotonic() < until, [span.name for span in found]
            time.sleep(0.05)


def attributes_of(holder: Any) -> dict[str, Any]:
    """The attributes of a span or a resource."""
    return {each.key: getattr(each.value, str(each.value.WhichOneof("value"))) for each in holder.attributes}


@contextmanager
def collecting() -> Iterator[Collector]:
    """A receiver that is ready."""
    collector = Collector()
    server = grpc.server(ThreadPoolExecutor(max_workers=2))
    add_TraceServiceServicer_to_server(collector, server)
    collector.url = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield collector
    finally:
        server.stop(None).wait()
