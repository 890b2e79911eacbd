"""Tools for workflows."""

from collections.abc import Mapping
from typing import Any

from orion_cli.api_paths import ADMIN, path_of
from orion_cli.client import Api
from orion_cli.mcp.tool import (
    COUNT,
    LOGIC,
    OBJECT,
    OBJECTS,
    PAGE,
    STATUS,
    WARNINGS,
    Json,
    Tool,
    entity,
    listed,
    one,
    text,
)

PATH = f"{ADMIN}/workflows"
ID = text("The workflow's id.")
VERSION: Json = {"type": "integer", "minimum": 1, "description": "Which version; the highest if not given."}
SHARE: Json = {"type": "integer", "minimum": 0, "maximum": 100, "description": "Share of a hundred requests."}
TASK = entity(
    "One step.",
    id=text("Unique in the workflow."),
    name=text("For people; the id if not given."),
    condition=LOGIC,
    continue_on_error={"type": "boolean"},
    function=entity(
        "What it does.", name=text("A function; list_functions has them."), input=entity("As get_function says.")
    ),
)
WORKFLOW = entity(
    "A workflow. It begins with a parse_json task: without it `data` is empty.",
    workflow_id=text("Letters, digits, '.', '-', '_'; made up if not given."),
    name=text("For people."),
    description=text("What it is for."),
    condition=LOGIC,
    tasks={"type": "array", "items": TASK, "minItems": 1},
    tags={"type": "array", "items": {"type": "string"}},
    priority={"type": "integer"},
    continue_on_error={"type": "boolean"},
)
GIVES: Mapping[str, Json] = {"workflow": OBJECT, "warnings": WARNINGS}


def create(api: Api, arguments: Mapping[str, Any]) -> Json:
    """Create a draft."""
    return one(api.ask("POST", PATH, arguments["workflow"]), "workflow")


def get(api: Api, arguments: Mapping[str, Any]) -> Json:
    """Show a version."""
    answer = api.get(PATH + path_of(arguments["workflow_id"]), {"version": arguments.get("version")})
    return {"workflow": answer["data"]}


def update(api: Api, arguments: Mapping[str, Any]) -> Json:
    """Change the draft."""
    return one(api.ask("PUT", PATH + path_of(arguments["workflow_id"]), arguments["changes"]), "workflow")


def activate(api: Api, arguments: Mapping[str, Any]) -> Json:
    """Put the draft in force."""
    change = {"status": "active"}
    if arguments.get("rollout_percentage") is not None:
        change["rollout_percentage"] = arguments["rollout_percentage"]
    return one(api.ask("PATCH", PATH + path_of(arguments["workflow_id"], "status"), change), "workflow")


def archive(api: Api, arguments: Mapping[str, Any]) -> Json:
    """Take it out of force."""
    path = PATH + path_of(arguments["workflow_id"], "status")
    return one(api.ask("PATCH", path, {"status": "archived"}), "workflow")


def try_out(api: Api, arguments: Mapping[str, Any]) -> Json:
    """Run it dry."""
    sample = {name: arguments[name] for name in ("data", "metadata", "outcomes") if name in arguments}
    query = {"version": arguments.get("version"), "verbose": arguments.get("verbose")}
    report: Json = api.ask("POST", PATH + path_of(arguments["workflow_id"], "test"), sample, query)
    return report


def validate(api: Api, arguments: Mapping[str, Any]) -> Json:
    """Check it and keep nothing."""
    report: Json = api.ask("POST", f"{PATH}/validate", arguments["workflow"])
    return report


def new_version(api: Api, arguments: Mapping[str, Any]) -> Json:
    """Copy the highest version into a draft."""
    return one(api.ask("POST", PATH + path_of(arguments["workflow_id"], "versions")), "workflow")


def versions(api: Api, arguments: Mapping[str, Any]) -> Json:
    """List the versions."""
    return listed(api, PATH + path_of(arguments["workflow_id"], "versions"), "versions", arguments)


def rollout(api: Api, arguments: Mapping[str, Any]) -> Json:
    """Change the share of a version."""
    change = {name: arguments[name] for name in ("rollout_percentage", "version") if name in arguments}
    return one(api.ask("PATCH", PATH + path_of(arguments["workflow_id"], "rollout"), change), "workflow")


def delete(api: Api, arguments: Mapping[str, Any]) -> Json:
    """Delete every version."""
    api.ask("DELETE", PATH + path_of(arguments["workflow_id"]))
    return {"deleted": arguments["workflow_id"]}


TOOLS = (
    Tool(
        "list_workflows", "List workflows", "List all workflows, one row each, with optional status and tag filters.",
        {"status": STATUS, "tag": text("Only those with exactly this tag."), **PAGE}, (),
        {"workflows": OBJECTS, "total": COUNT},
        lambda api, arguments: listed(api, PATH, "workflows", arguments, "status", "tag"), read_only=True,
    ),
    Tool(
        "create_workflow", "Create a workflow",
        "Create a new workflow as a draft, which runs nowhere until activate_workflow. Answers with every problem and "
        "its place when it is not sound.",
        {"workflow": WORKFLOW}, ("workflow",), GIVES, create,
    ),
    Tool(
        "get_workflow", "Get a workflow", "Get a workflow by id: its highest version, or the version asked for.",
        {"workflow_id": ID, "version": VERSION}, ("workflow_id",), {"workflow": OBJECT}, get, read_only=True,
    ),
    Tool(
        "update_workflow", "Update a draft",
        "Change the draft of a workflow; members left out are kept. For a workflow in force, call "
        "create_workflow_version first.",
        {"workflow_id": ID, "changes": WORKFLOW}, ("workflow_id", "changes"), GIVES, update,
        destructive=True, idempotent=True,
    ),
    Tool(
        "activate_workflow", "Activate a workflow",
        "Put the draft of a workflow in force, for all requests or a share of them. Try it with test_workflow first.",
        {"workflow_id": ID, "rollout_percentage": SHARE}, ("workflow_id",), GIVES, activate, destructive=True,
    ),
    Tool(
        "archive_workflow", "Archive a workflow", "Take a workflow out of force; its versions stay.",
        {"workflow_id": ID}, ("workflow_id",), GIVES, archive, destructive=True, idempotent=True,
    ),
    Tool(
        "test_workflow", "Dry-run a workflow",
        "Run a workflow, draft or active, on sample data. Nothing is sent to connectors; `outcomes` says what they "
        'answer, by task id: {"value": …}, {"error": {"code"}} or {"attempts": […]}. Shows which tasks ran.',
        {
            "workflow_id": ID, "data": {"description": "The payload, as a request would bring it."},
            "metadata": {"type": "object"}, "outcomes": {"type": "object"}, "version": VERSION,
            "verbose": {"type": "boolean", "description": "Show the message after each step."},
        },
        ("workflow_id", "data"),
        {"matched": {"type": "boolean"}, "trace": OBJECT, "output": {}, "errors": OBJECTS}, try_out, read_only=True,
    ),
    Tool(
        "validate_workflow", "Validate a workflow", "Check a workflow's structure and logic, and keep nothing.",
        {"workflow": WORKFLOW}, ("workflow",), {"valid": {"type": "boolean"}, "errors": OBJECTS, "warnings": OBJECTS},
        validate, read_only=True,
    ),
    Tool(
        "create_workflow_version", "New version of a workflow",
        "Copy the highest version of a workflow into a draft, to be changed with update_workflow.",
        {"workflow_id": ID}, ("workflow_id",), GIVES, new_version,
    ),
    Tool(
        "list_workflow_versions", "List versions", "List the versions of a workflow, newest first.",
        {"workflow_id": ID, **PAGE}, ("workflow_id",), {"versions": OBJECTS, "total": COUNT}, versions, read_only=True,
    ),
    Tool(
        "set_workflow_rollout", "Change a share",
        "Change the share of requests that an active version meets; the next older one takes the rest.",
        {"workflow_id": ID, "rollout_percentage": SHARE, "version": VERSION}, ("workflow_id", "rollout_percentage"),
        GIVES, rollout, destructive=True, idempotent=True,
    ),
    Tool(
        "delete_workflow", "Delete a workflow", "Delete a workflow, all its versions. Archiving keeps them.",
        {"workflow_id": ID}, ("workflow_id",), {"deleted": text("Its id.")}, delete, destructive=True,
    ),
)  # fmt: skip
