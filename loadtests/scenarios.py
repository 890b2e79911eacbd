"""What the load tests ask for: definitions and bodies."""

from typing import Any

Json = dict[str, Any]
BODY = '{"data":{"order_id":"ORD-9182","total":25000}}'
TOTAL = {"var": "data.order.total"}


def put(path: str, logic: object, identity: str, **members: object) -> Json:
    function = {"name": "map", "input": {"mappings": [{"path": path, "logic": logic}]}}
    return {"id": identity, "function": function, **members}


PARSE: Json = {"id": "parse", "function": {"name": "parse_json", "input": {"source": "payload", "target": "order"}}}
FOUR = [
    PARSE,
    put("data.order.flagged", True, "flag", condition={">": [TOTAL, 10000]}),
    put("data.order.tax", {"*": [TOTAL, 0.19]}, "tax"),
    put("data.order.label", {"cat": ["Order ", {"var": "data.order.order_id"}]}, "label"),
]

# A scenario is a channel and its workflows: tasks, and a priority among them. Of the twelve, one parses and the others
# each decide on one task, half of which run.
SCENARIOS: dict[str, list[list[Json]]] = {
    "one_task": [[PARSE]],
    "four_tasks": [FOUR],
    "governed": [[PARSE]],
    "http_call": [
        [
            PARSE,
            {
                "id": "call",
                "function": {
                    "name": "http_call",
                    "input": {
                        "connector": "upstream",
                        "method": "POST",
                        "body_logic": {"data": {"var": "data.order"}},
                        "response_path": "data.answer",
                    },
                },
            },
        ]
    ],
    "twelve_workflows": [
        [PARSE],
        *([put(f"data.n{n}", n, "t", condition={"==": [n % 2, 0]})] for n in range(11)),
    ],
}

# What guards a scenario's channel: every check there is, none of which refuses anything.
GUARDS: dict[str, Json] = {
    "governed": {
        "timeout_ms": 30_000,
        "rate_limit": {"requests_per_second": 10_000_000, "burst": 1_000_000_000},
        "validation_logic": {">": [{"var": "data.total"}, 0]},
        "deduplication": {"header": "Idempotency-Key", "window_secs": 300},
        "backpressure": {"max_concurrent": 1000},
        "cors": {"allowed_origins": ["https://app.example.com"]},
    },
}
