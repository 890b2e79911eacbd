"""Tools for what runs and what became of requests."""

from collections.abc import Mapping
from typing import Any

from orion_cli.api_paths import ADMIN, DATA, path_of
from orion_cli.client import Api
from orion_cli.failures import Refused
from orion_cli.mcp.tool import COUNT, OBJECT, OBJECTS, PAGE, Json, Tool, listed, text

TRACES, LETTERS = f"{DATA}/traces", f"{ADMIN}/dlq"
TRACE_ID = text("The trace's id.")
LETTER_ID = text("The dead letter's id.")
CHANNEL = text("Only this channel, by name.")
SELECTION: Mapping[str, Json] = {
    "ids": {"type": "array", "items": {"type": "string"}, "minItems": 1, "description": "These."},
    "channel": text("With `all`: of this channel."),
    "status": {"enum": ["waiting", "exhausted"], "description": "With `all`: of this status."},
    "all": {"type": "boolean", "description": "Instead of ids: all that channel and status leave."},
}


def health(api: Api, _arguments: Mapping[str, Any]) -> Json:
    """Whether the server is well; one that is not says so with 503."""
    try:
        found: Json = api.get("/health")
    except Refused as refused:
        if not isinstance(refused.body, dict) or "components" not in refused.body:
            raise
        return refused.body
    return found


def get_trace(api: Api, arguments: Mapping[str, Any]) -> Json:
    """A trace with what its tasks did."""
    return {"trace": api.get(TRACES + path_of(arguments["trace_id"]), {"include": "steps"})}


def list_traces(api: Api, arguments: Mapping[str, Any]) -> Json:
    """Traces without their documents."""
    query = {name: arguments.get(name) for name in ("channel", "status", "mode", "offset")}
    page = api.get(TRACES, {**query, "limit": arguments.get("limit") or 20, "documents": False})
    return {"traces": page["data"]}


def change_letters(verb: str) -> Any:  # a Call
    """Retry or discard what is selected."""

    def call(api: Api, arguments: Mapping[str, Any]) -> Json:
        answer = api.ask("POST", f"{LETTERS}/{verb}", dict(arguments))
        return {"result": answer["data"]}

    return call


def list_functions(api: Api, _arguments: Mapping[str, Any]) -> Json:
    """Names and summaries; the schemas are get_function's."""
    functions = api.get(f"{ADMIN}/functions")["data"]
    return {"functions": [{name: each[name] for name in ("name", "description", "connector")} for each in functions]}


TOOLS = (
    Tool(
        "engine_status", "Engine status", "Get engine status: what is loaded, and what is active and cannot run.",
        {}, (),
        {"version": {"type": "string"}, "channels": {"type": "array"}, "faults": OBJECTS},
        lambda api, _: api.get(f"{ADMIN}/engine/status"), read_only=True,
    ),
    Tool(
        "reload_engine", "Reload the engine",
        "Hot-reload every definition. Activation does that by itself; this is for changes made behind the server.",
        {}, (),
        {"reloaded": {"type": "boolean"}}, lambda api, _: api.ask("POST", f"{ADMIN}/engine/reload"),
        idempotent=True,
    ),
    Tool(
        "health_check", "Health", "Check Orion's health: its version, its components, and what of them is wrong.",
        {}, (),
        {"status": {"type": "string"}, "components": OBJECT}, health, read_only=True,
    ),
    Tool(
        "list_functions", "List functions", "List what tasks may do; get_function has each one's input.", {}, (),
        {"functions": OBJECTS}, list_functions, read_only=True,
    ),
    Tool(
        "get_function", "Get a function", "Get the JSON Schema of a function's input.",
        {"name": text("Of the function.")}, ("name",), {"function": OBJECT},
        lambda api, arguments: {"function": api.get(f"{ADMIN}/functions{path_of(arguments['name'])}")["data"]},
        read_only=True,
    ),
    Tool(
        "list_traces", "List traces", "List what became of requests, newest first.",
        {
            "channel": CHANNEL, "status": {"enum": ["pending", "running", "completed", "failed"]},
            "mode": {"enum": ["sync", "async"]}, **PAGE,
        },
        (), {"traces": OBJECTS}, list_traces, read_only=True,
    ),
    Tool(
        "get_trace", "Get a trace", "Get what became of a request: its result or error, and what its tasks did.",
        {"trace_id": TRACE_ID}, ("trace_id",), {"trace": OBJECT}, get_trace, read_only=True,
    ),
    Tool(
        "list_dead_letters", "List dead letters", "List asynchronous requests that failed and wait, or were given up.",
        {"channel": CHANNEL, "status": {"enum": ["waiting", "retrying", "exhausted"]}, **PAGE}, (),
        {"dead_letters": OBJECTS, "total": COUNT},
        lambda api, arguments: listed(api, LETTERS, "dead_letters", arguments, "channel", "status"), read_only=True,
    ),
    Tool(
        "get_dead_letter", "Get a dead letter", "Get an asynchronous request that failed, with what was asked.",
        {"dead_letter_id": LETTER_ID}, ("dead_letter_id",), {"dead_letter": OBJECT},
        lambda api, arguments: {"dead_letter": api.get(LETTERS + path_of(arguments["dead_letter_id"]))["data"]},
        read_only=True,
    ),
    Tool(
        "retry_dead_letters", "Retry dead letters", "Work on dead letters again, now.", SELECTION, (), {"result": {}},
        change_letters("retry"), destructive=True, open_world=True,
    ),
    Tool(
        "discard_dead_letters", "Discard dead letters", "Forget dead letters: nobody will work on them.", SELECTION, (),
        {"result": {}}, change_letters("discard"), destructive=True, idempotent=True,
    ),
)  # fmt: skip
