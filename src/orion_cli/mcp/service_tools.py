"""Tools for channels and connectors, and for asking a channel."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from orion_cli.api_paths import ADMIN, DATA, path_of
from orion_cli.client import Api
from orion_cli.mcp.tool import COUNT, OBJECT, OBJECTS, PAGE, STATUS, WARNINGS, Json, Tool, entity, listed, one, text

CHANNELS, CONNECTORS = f"{ADMIN}/channels", f"{ADMIN}/connectors"
CHANNEL_ID = text("The channel's id.")
CONNECTOR_ID = text("The connector's id.")
TYPE: Json = {"enum": ["sync", "async"]}
PROTOCOL: Json = {"enum": ["rest", "http", "kafka"]}
CHANNEL = entity(
    "A channel: a route or topic, what guards it, and the workflow that answers.",
    channel_id=text("Letters, digits, '.', '-', '_'."),
    name=text("What requests call it: /api/v1/data/{name}."),
    channel_type=TYPE,
    protocol=PROTOCOL,
    methods={"type": "array", "items": {"type": "string"}, "description": "Of rest channels."},
    route_pattern=text("Of rest channels, such as /orders/{order_id}."),
    topic=text("Of kafka channels."),
    workflow_id=text("The workflow that answers; it must be active before the channel is."),
    config=entity("rate_limit, validation_logic, deduplication, cache, backpressure, cors, timeout_ms."),
)
CONNECTOR = entity(
    "A connector: a named way to an outside system. Put secrets as references, ${NAME} or file:/path.",
    id=text("Letters, digits, '.', '-', '_'."),
    name=text("What tasks call it."),
    connector_type={"enum": ["http", "kafka", "db", "cache", "storage"]},
    config=entity("As its type says; orion://schemas/connector has it."),
    enabled={"type": "boolean"},
)
CHANNEL_GIVES: Mapping[str, Json] = {"channel": OBJECT, "warnings": WARNINGS}
CONNECTOR_GIVES: Mapping[str, Json] = {"connector": OBJECT, "warnings": WARNINGS}


def set_status(api: Api, channel_id: str, status: str) -> Json:
    """Put a channel in force, or take it out."""
    return one(api.ask("PATCH", CHANNELS + path_of(channel_id, "status"), {"status": status}), "channel")


def update_channel(api: Api, arguments: Mapping[str, Any]) -> Json:
    """Change a channel's draft, a new one where it has none."""
    path = CHANNELS + path_of(arguments["channel_id"])
    if api.get(path)["data"]["status"] != "draft":
        api.ask("POST", f"{path}/versions")
    return one(api.ask("PUT", path, arguments["changes"]), "channel")


def update_connector(api: Api, arguments: Mapping[str, Any]) -> Json:
    """Change a connector."""
    return shown(api.ask("PUT", CONNECTORS + path_of(arguments["connector_id"]), arguments["changes"]))


def shown(answer: Mapping[str, Any]) -> Json:
    """A connector without the text that says its config again."""
    connector = {name: value for name, value in answer["data"].items() if name != "config_json"}
    return {"connector": connector, "warnings": answer.get("warnings", [])}


def list_connectors(api: Api, arguments: Mapping[str, Any]) -> Json:
    """List connectors."""
    page = listed(api, CONNECTORS, "connectors", arguments)
    return {**page, "connectors": [shown({"data": each})["connector"] for each in page["connectors"]]}


def send(api: Api, arguments: Mapping[str, Any]) -> Json:
    """Ask a channel; the admin key stays here."""
    path = f"{DATA}/{quote(arguments['channel'].removeprefix('/'), safe='/-._~')}"
    if arguments.get("asynchronous"):
        path += "/async"
    method = arguments.get("method") or "POST"
    body = {name: arguments[name] for name in ("data", "metadata") if name in arguments} or None
    return {"response": api.ask(method, path, body, anonymous=True)}


TOOLS = (
    Tool(
        "list_channels", "List channels", "List all channels, one row each.",
        {"status": STATUS, "channel_type": TYPE, "protocol": PROTOCOL, **PAGE},
        (), {"channels": OBJECTS, "total": COUNT},
        lambda api, arguments: listed(api, CHANNELS, "channels", arguments, "status", "channel_type", "protocol"),
        read_only=True,
    ),
    Tool(
        "get_channel", "Get a channel", "Get a channel by id.", {"channel_id": CHANNEL_ID}, ("channel_id",),
        {"channel": OBJECT},
        lambda api, arguments: {"channel": api.get(CHANNELS + path_of(arguments["channel_id"]))["data"]},
        read_only=True,
    ),
    Tool(
        "create_channel", "Create a channel", "Create a new channel as a draft; activate_channel puts it in force.",
        {"channel": CHANNEL}, ("channel",), CHANNEL_GIVES,
        lambda api, arguments: one(api.ask("POST", CHANNELS, arguments["channel"]), "channel"),
    ),
    Tool(
        "update_channel", "Update a channel",
        "Change the draft of a channel; of one in force, a new draft is made, for activate_channel to put in force.",
        {"channel_id": CHANNEL_ID, "changes": CHANNEL}, ("channel_id", "changes"), CHANNEL_GIVES, update_channel,
        destructive=True, idempotent=True,
    ),
    Tool(
        "activate_channel", "Activate a channel",
        "Put the draft of a channel in force: requests are answered from then on. Its workflow must be active.",
        {"channel_id": CHANNEL_ID}, ("channel_id",), CHANNEL_GIVES,
        lambda api, arguments: set_status(api, arguments["channel_id"], "active"), destructive=True,
    ),
    Tool(
        "archive_channel", "Archive a channel", "Take a channel out of force; its versions stay.",
        {"channel_id": CHANNEL_ID}, ("channel_id",), CHANNEL_GIVES,
        lambda api, arguments: set_status(api, arguments["channel_id"], "archived"), destructive=True, idempotent=True,
    ),
    Tool(
        "send_request", "Ask a channel",
        "Send data to an active channel, by name or by a path such as orders/7, and show what it answers. It really "
        "runs, and connectors are really called; test_workflow sends nothing.",
        {
            "channel": text("Name or path."), "data": {"description": "The payload."}, "metadata": {"type": "object"},
            "method": {"enum": ["GET", "POST", "PUT", "PATCH", "DELETE"], "default": "POST"},
            "asynchronous": {"type": "boolean", "description": "Hand it in and get a trace_id, for get_trace."},
        },
        ("channel",), {"response": {}}, send, destructive=True, open_world=True,
    ),
    Tool(
        "list_connectors", "List connectors", "List connectors by name; secrets are masked.", PAGE, (),
        {"connectors": OBJECTS, "total": COUNT}, list_connectors, read_only=True,
    ),
    Tool(
        "create_connector", "Create a connector", "Create a new connector, in force at once unless it is not enabled.",
        {"connector": CONNECTOR}, ("connector",), CONNECTOR_GIVES,
        lambda api, arguments: shown(api.ask("POST", CONNECTORS, arguments["connector"])),
    ),
    Tool(
        "update_connector", "Update a connector", "Change a connector; `******` keeps the secret that is stored.",
        {"connector_id": CONNECTOR_ID, "changes": CONNECTOR}, ("connector_id", "changes"), CONNECTOR_GIVES,
        update_connector, destructive=True, idempotent=True,
    ),
    Tool(
        "test_connector", "Try a connector", "Connect, ask the system whether it lets us in, and close.",
        {"connector_id": CONNECTOR_ID}, ("connector_id",), {"ok": {"type": "boolean"}},
        lambda api, arguments: api.ask("POST", CONNECTORS + path_of(arguments["connector_id"], "test")),
        read_only=True, open_world=True,
    ),
)  # fmt: skip
