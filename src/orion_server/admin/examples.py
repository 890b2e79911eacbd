"""Examples of the API documents: each is one that works. Knows no endpoint."""

WORKFLOW = {
    "workflow_id": "order-processing",
    "name": "Order processing",
    "tags": ["orders"],
    "tasks": [
        {
            "id": "parse",
            "function": {"name": "parse_json", "input": {"source": "payload", "target": "order"}},
        },
        {
            "id": "flag",
            "condition": {">": [{"var": "data.order.total"}, 10000]},
            "function": {
                "name": "map",
                "input": {"mappings": [{"path": "data.order.flagged", "logic": True}]},
            },
        },
    ],
}
CHANNEL = {
    "channel_id": "orders",
    "name": "orders",
    "channel_type": "sync",
    "protocol": "rest",
    "methods": ["POST"],
    "route_pattern": "/orders",
    "workflow_id": "order-processing",
    "config": {"timeout_ms": 5000},
}
CONNECTOR = {
    "id": "payments",
    "name": "payments-api",
    "connector_type": "http",
    "config": {
        "url": "https://api.example.com/v1",
        "auth": {"type": "bearer", "token": "a-secret-token"},
        "retry": {"max_retries": 3},
    },
}
SAMPLE = {"data": {"total": 25000}}
REQUEST = {"data": {"order_id": "ORD-123", "total": 25000}}
BUNDLE = {"workflows": [WORKFLOW], "channels": [CHANNEL], "connectors": [CONNECTOR]}
