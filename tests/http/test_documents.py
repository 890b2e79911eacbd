"""The public documentation's own examples, as they stand there."""

from typing import Any

import pytest

from tests.http.api import ADMIN, Api, unique

Json = dict[str, Any]


def parse(target: str) -> Json:
    function = {"name": "parse_json", "input": {"source": "payload", "target": target}}
    return {"id": "parse", "name": "Parse Payload", "function": function}


def step(identity: str, mappings: list[Json], condition: object = True) -> Json:
    function = {"name": "map", "input": {"mappings": mappings}}
    return {"id": identity, "name": identity.title(), "condition": condition, "function": function}


def to(path: str, logic: object) -> Json:
    return {"path": path, "logic": logic}


def var(path: str) -> Json:
    return {"var": path}


def live(api: Api, tasks: list[Json], name: str) -> str:
    """Create and activate what a use case describes: a workflow without an id, and a channel."""
    created = api.post(f"{ADMIN}/workflows", json={"name": name, "condition": True, "tasks": tasks})
    assert created.status_code == 201, created.text
    workflow_id = created.json()["data"]["workflow_id"]
    assert api.activate("workflows", workflow_id).status_code == 200
    return api.channel(workflow_id)


def test_your_first_service(api: Api) -> None:
    workflow, channel = unique("high-value-order"), unique("orders")
    alert = {"cat": ["High-value order: $", var("data.order.total")]}
    flag = step(
        "flag", [to("data.order.flagged", True), to("data.order.alert", alert)], {">": [var("data.order.total"), 10000]}
    )
    document = {"workflow_id": workflow, "name": "High-Value Order", "condition": True, "tasks": [parse("order"), flag]}
    assert api.post(f"{ADMIN}/workflows", json=document).status_code == 201
    assert api.activate("workflows", workflow).json()["data"]["status"] == "active"
    created = api.post(
        f"{ADMIN}/channels",
        json={"channel_id": channel, "name": channel, "channel_type": "sync", "protocol": "http",
              "route_pattern": f"/{channel}", "methods": ["POST"], "workflow_id": workflow},
    )  # fmt: skip
    assert created.status_code == 201
    assert api.activate("channels", channel).status_code == 200
    answer = api.call(channel, {"order_id": "ORD-9182", "total": 25000}).json()
    assert answer["status"] == "ok"
    assert answer["data"] == {
        "order": {"order_id": "ORD-9182", "total": 25000, "flagged": True, "alert": "High-value order: $25000"}
    }


def test_create_your_first_service_with_the_alias_id(api: Api) -> None:
    workflow, channel = unique("hello-world"), unique("hello")
    greeting = to("data.req.greeting", {"cat": ["Hello, ", var("data.req.name"), "!"]})
    document = {
        "id": workflow,
        "name": "Hello World",
        "condition": True,
        "tasks": [parse("req"), step("greet", [greeting])],
    }
    assert api.post(f"{ADMIN}/workflows", json=document).json()["data"]["workflow_id"] == workflow
    assert api.activate("workflows", workflow).status_code == 200
    rest = {"protocol": "rest", "route_pattern": f"/{channel}", "methods": ["POST"]}
    api.channel(workflow, channel_id=channel, name=channel, **rest)
    answer = api.call(channel, {"name": "World"}).json()
    assert (answer["status"], answer["errors"]) == ("ok", [])
    assert answer["data"] == {"req": {"name": "World", "greeting": "Hello, World!"}}


ORDERS = [
    parse("order"),
    step("vip", [to("data.order.tier", "vip"), to("data.order.discount_pct", 15)], {">=": [var("data.order.amount"), 500]}),
    step("premium", [to("data.order.tier", "premium"), to("data.order.discount_pct", 5)],
         {"and": [{">=": [var("data.order.amount"), 100]}, {"<": [var("data.order.amount"), 500]}]}),
    step("standard", [to("data.order.tier", "standard"), to("data.order.discount_pct", 0)],
         {"<": [var("data.order.amount"), 100]}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "tier", "discount"), [(750, "vip", 15), (500, "vip", 15), (100, "premium", 5), (99, "standard", 0)]
)
def test_order_classification(api: Api, amount: int, tier: str, discount: int) -> None:
    channel = live(api, ORDERS, "Order Classification")
    found = api.answer(channel, {"amount": amount, "product": "Diamond Ring"})
    assert found == {"order": {"amount": amount, "product": "Diamond Ring", "tier": tier, "discount_pct": discount}}


TEMPERATURE = var("data.reading.temperature")
SENSORS = [
    parse("reading"),
    step("critical", [to("data.reading.severity", "critical"), to("data.reading.alert", True)],
         {"or": [{">": [TEMPERATURE, 90]}, {"<": [TEMPERATURE, 0]}]}),
    step("warning", [to("data.reading.severity", "warning"), to("data.reading.alert", True)],
         {"and": [{">": [TEMPERATURE, 70]}, {"<=": [TEMPERATURE, 90]}]}),
    step("normal", [to("data.reading.severity", "normal"), to("data.reading.alert", False)],
         {"and": [{">=": [TEMPERATURE, 0]}, {"<=": [TEMPERATURE, 70]}]}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("temperature", "severity", "alert"),
    [(45, "normal", False), (80, "warning", True), (95, "critical", True), (-5, "critical", True)],
)
def test_sensor_alerts(api: Api, temperature: int, severity: str, alert: bool) -> None:
    found = api.answer(live(api, SENSORS, "Sensor Alert Pipeline"), {"temperature": temperature})
    assert found == {"reading": {"temperature": temperature, "severity": severity, "alert": alert}}


WEBHOOKS = [
    parse("event"),
    step("normalize", [to("data.normalized.source", var("data.event.origin")),
                       to("data.normalized.event_type", var("data.event.type")),
                       to("data.normalized.payload", var("data.event.body")),
                       to("data.normalized.processed", True)]),
]  # fmt: skip


def test_webhook_transformation(api: Api) -> None:
    channel = live(api, WEBHOOKS, "Webhook Transform Pipeline")
    body = {"ref": "refs/heads/main"}
    found = api.answer(channel, {"origin": "github", "type": "push", "body": body})["normalized"]
    assert found == {"source": "github", "event_type": "push", "payload": body, "processed": True}
    partial = api.answer(channel, {"origin": "gitlab"})["normalized"]
    assert partial == {"source": "gitlab", "event_type": None, "payload": None, "processed": True}


SEVERITY = var("data.notification.severity")
NOTIFICATIONS = [
    parse("notification"),
    step("log_all", [to("data.notification.logged", True)]),
    step("email", [to("data.notification.email_sent", True)], {"!=": [SEVERITY, "low"]}),
    step("sms", [to("data.notification.sms_sent", True)], {"in": [SEVERITY, ["high", "critical"]]}),
]


@pytest.mark.parametrize(
    ("severity", "email", "sms"),
    [("low", False, False), ("medium", True, False), ("high", True, True), ("critical", True, True)],
)
def test_notification_routing(api: Api, severity: str, email: bool, sms: bool) -> None:
    found = api.answer(live(api, NOTIFICATIONS, "Notification Router"), {"severity": severity})["notification"]
    assert found["logged"] is True
    assert (found.get("email_sent", False), found.get("sms_sent", False)) == (email, sms)


AMOUNT = var("data.txn.amount")
RISK = [
    parse("txn"),
    step(
        "high_risk", [to("data.txn.risk_level", "high"), to("data.txn.requires_review", True)], {">": [AMOUNT, 10000]}
    ),
    step(
        "normal_risk",
        [to("data.txn.risk_level", "normal"), to("data.txn.requires_review", False)],
        {"<=": [AMOUNT, 10000]},
    ),
]


def test_compliance_dry_run(api: Api) -> None:
    workflow = api.workflow(RISK, active=False, name="Risk Classifier")
    answer = api.post(f"{ADMIN}/workflows/{workflow}/test", json={"data": {"amount": 50000, "currency": "USD"}})
    report = answer.json()
    assert (answer.status_code, report["matched"]) == (200, True)
    steps = [{name: each[name] for name in ("task_id", "result")} for each in report["trace"]["steps"]]
    assert steps == [
        {"task_id": "parse", "result": "executed"},
        {"task_id": "high_risk", "result": "executed"},
        {"task_id": "normal_risk", "result": "skipped"},
    ]
    assert report["output"] == {
        "txn": {"amount": 50000, "currency": "USD", "risk_level": "high", "requires_review": True}
    }
    assert all(each["duration_ms"] >= 0 for each in report["trace"]["steps"] if each["result"] == "executed")


def test_a_verbose_dry_run_shows_the_message_after_each_step(api: Api) -> None:
    workflow = api.workflow(RISK, active=False)
    answer = api.post(f"{ADMIN}/workflows/{workflow}/test?verbose=true", json={"data": {"amount": 5}})
    first = answer.json()["trace"]["steps"][0]
    assert first["message"]["context"]["data"] == {"txn": {"amount": 5}}


def test_a_dry_run_whose_condition_does_not_hold_is_no_match(api: Api) -> None:
    workflow = api.workflow(RISK, active=False, condition=False)
    report = api.post(f"{ADMIN}/workflows/{workflow}/test", json={"data": {}}).json()
    assert (report["matched"], report["output"]) == (False, {})


def test_without_parse_json_conditions_see_nothing(api: Api) -> None:
    greeting = step("greet", [to("data.greeting", {"cat": ["hello-", var("data.input")]})])
    assert api.answer(live(api, [greeting], "No parse"), {"input": "x"}) == {"greeting": "hello-"}


def test_composition_by_channel_call(api: Api) -> None:
    tier = step("tier", [to("data.tier", {"if": [{"==": [var("data.id"), 7]}, "vip", "none"]})])
    customer = api.channel(api.workflow([parse("id"), tier]))
    enrich = {
        "name": "channel_call",
        "input": {"channel": customer, "data_logic": var("data.order.customer"), "response_path": "data.customer"},
    }
    vip = step("process", [to("data.order.fast", True)], {"==": [var("data.customer.tier"), "vip"]})
    channel = live(api, [parse("order"), {"id": "enrich", "function": enrich}, vip], "Orders")
    assert api.answer(channel, {"customer": 7})["order"] == {"customer": 7, "fast": True}
    assert api.answer(channel, {"customer": 8})["order"] == {"customer": 8}


def test_errors_are_collected_when_the_workflow_goes_on(api: Api) -> None:
    failing = step("call", [to("data.x", {"throw": "refused"})])
    workflow = api.workflow([parse("req"), failing, step("after", [to("data.after", True)])], continue_on_error=True)
    answer = api.call(api.channel(workflow), {"action": "test-call"})
    assert answer.status_code == 200
    assert answer.json()["data"] == {"req": {"action": "test-call"}, "after": True}
    [error] = answer.json()["errors"]
    assert (error["code"], error["task_id"]) == ("TASK_ERROR", "call")
