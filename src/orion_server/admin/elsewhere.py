"""What the server answers outside the admin API, for the API documents only. Answers none of it."""

from orion_server.admin.endpoint import Content, Operation
from orion_server.admin.examples import REQUEST
from orion_server.admin.json_schemas import KINDS
from orion_server.admin.json_schemas import ROOT as SCHEMAS
from orion_server.admin.reports import Accepted, DataRequest, DataResponse, Health, Liveness, Readiness

DATA = "/api/v1/data/{channel}"
DATA_REFUSALS = (400, 403, 404, 405, 409, 422, 429, 504)
REQUESTED = Content(DataRequest, example=REQUEST)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="POST", path=DATA, tag="Data", body=REQUESTED, body_required=False, protected=False,
        summary="Ask a channel, by its name or by a path that its route pattern matches",
        answer=Content(DataResponse), refusals=DATA_REFUSALS,
    ),
    Operation(
        method="GET", path=DATA, tag="Data", summary="Ask a channel that answers GET", protected=False,
        answer=Content(DataResponse), refusals=DATA_REFUSALS,
    ),
    Operation(
        method="POST", path=DATA + "/async", tag="Data", body=REQUESTED, body_required=False, protected=False,
        summary="Hand a request to a channel and ask for the trace later", status=202, answer=Content(Accepted),
        refusals=DATA_REFUSALS,
    ),
    Operation(
        method="GET", path="/health", tag="Operations", summary="Components and what they are", protected=False,
        answer=Content(Health),
    ),
    Operation(
        method="GET", path="/healthz", tag="Operations", summary="Whether the process lives", protected=False,
        answer=Content(Liveness),
    ),
    Operation(
        method="GET", path="/readyz", tag="Operations", summary="Whether requests should be sent here",
        protected=False, answer=Content(Readiness),
    ),
    Operation(
        method="GET", path="/metrics", tag="Operations", refusals=(404,),
        summary="Numbers in Prometheus's text format, while `metrics.enabled` is on; without a key if `metrics.public`",
    ),
    Operation(
        method="POST", path="/mcp", tag="Operations", refusals=(400, 403, 404, 413, 415, 421),
        summary="The Model Context Protocol, for AI assistants, while `mcp.enabled` is on",
    ),
    Operation(
        method="GET", path="/problems/{reason}", tag="Operations", protected=False,
        summary="What a kind of error means, and what to do about it: a page for people",
    ),
    Operation(
        method="GET", path="/api/v1/openapi.json", tag="Operations", summary="This document", protected=False,
    ),
    *(
        Operation(
            method="GET", path=f"{SCHEMAS}{kind}.json", tag="Operations", protected=False,
            summary=f"JSON Schema of a file with a {kind}, for editors",
        )
        for kind in KINDS
    ),
)  # fmt: skip
