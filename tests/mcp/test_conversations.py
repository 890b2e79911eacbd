"""An assistant's conversations, over both transports and both eras of the protocol."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import anyio
import pytest
from mcp import Client

from orion_cli.mcp.toolbox import TOOLS
from tests.http.api import unique
from tests.mcp.conftest import ADMIN_KEY, MCP_KEY, over_http, over_stdio

pytestmark = pytest.mark.anyio

DOCUMENTED = {
    "list_workflows", "create_workflow", "get_workflow", "update_workflow", "activate_workflow", "archive_workflow",
    "test_workflow", "validate_workflow", "list_channels", "create_channel", "activate_channel", "list_connectors",
    "create_connector", "engine_status", "reload_engine", "health_check",
}  # fmt: skip
Opening = Callable[[], AbstractAsyncContextManager[Client]]


@pytest.fixture(params=["stdio", "stdio, legacy", "http", "http, legacy", "mounted", "mounted, legacy"])
def opening(request: pytest.FixtureRequest, environment: dict[str, str], http_url: str, orion: str) -> Opening:
    mode = "legacy" if "legacy" in request.param else "auto"
    if "stdio" in request.param:
        return lambda: over_stdio(environment, mode=mode)
    if "mounted" in request.param:
        return lambda: over_http(f"{orion}/mcp", mode=mode, key=ADMIN_KEY)
    return lambda: over_http(http_url, mode=mode)


@pytest.fixture(params=["http", "mounted"])
async def client(request: pytest.FixtureRequest, http_url: str, orion: str) -> AsyncIterator[Client]:
    where = {"http": (http_url, MCP_KEY), "mounted": (f"{orion}/mcp", ADMIN_KEY)}
    url, key = where[request.param]
    async with over_http(url, key=key) as client:
        yield client


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


async def refusal(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return "\n".join(part.text for part in result.content)


def classification(identity: str) -> dict[str, Any]:
    vip = {"mappings": [{"path": "data.order.tier", "logic": "vip"}]}
    return {
        "workflow_id": identity, "name": "Classify",
        "tasks": [
            {"id": "parse", "function": {"name": "parse_json", "input": {"source": "payload", "target": "order"}}},
            {"id": "vip", "condition": {">=": [{"var": "data.order.amount"}, 500]}, "function": {"name": "map", "input": vip}},
        ],
    }  # fmt: skip


async def test_from_nothing_to_a_live_service(opening: Opening) -> None:
    """Create, test, activate, route, send: what the documents say an assistant does."""
    workflow, channel = unique("w"), unique("c")
    async with opening() as client:
        offered = {tool.name for tool in (await client.list_tools()).tools}
        assert offered >= DOCUMENTED
        assert (await call(client, "health_check"))["status"] == "ok"
        created = await call(client, "create_workflow", workflow=classification(workflow))
        assert created["workflow"]["status"] == "draft"
        tried = await call(client, "test_workflow", workflow_id=workflow, data={"amount": 750})
        assert [step["result"] for step in tried["trace"]["steps"]] == ["executed", "executed"]
        await call(client, "activate_workflow", workflow_id=workflow)
        route = {"channel_type": "sync", "protocol": "rest", "methods": ["POST"], "route_pattern": f"/{channel}"}
        await call(
            client, "create_channel", channel={"channel_id": channel, "name": channel, "workflow_id": workflow, **route}
        )
        await call(client, "activate_channel", channel_id=channel)
        answer = await call(client, "send_request", channel=channel, data={"amount": 750})
        assert answer["response"]["data"]["order"] == {"amount": 750, "tier": "vip"}
        traces = await eventually(client, "list_traces", "traces", channel=channel)
        assert (await call(client, "get_trace", trace_id=traces[0]["id"]))["trace"]["status"] == "completed"


async def test_every_tool_says_what_it_takes_gives_and_may_do(opening: Opening) -> None:
    async with opening() as client:
        tools = (await client.list_tools()).tools
    assert [tool.name for tool in tools] == [tool.name for tool in TOOLS]
    for tool in tools:
        assert tool.description
        assert tool.input_schema["type"] == "object"
        assert tool.output_schema is not None
        hints = tool.annotations
        assert hints is not None
        each = (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint)
        assert None not in each
        assert not (hints.read_only_hint and hints.destructive_hint)


async def test_a_refusal_comes_with_its_problems(client: Client) -> None:
    wrong = {**classification(unique("w")), "tasks": [{"id": "a", "function": {"name": "mpa", "input": {}}}]}
    said = await refusal(client, "create_workflow", workflow=wrong)
    assert "/tasks/0/function/name: Unknown function 'mpa'" in said
    assert "did you mean 'map'?" in said
    assert json.loads(said.splitlines()[-1])["error"]["reason"] == "invalid_definition"


async def test_arguments_that_do_not_fit_are_said_by_place(client: Client) -> None:
    assert "workflow_id" in await refusal(client, "get_workflow")
    assert "/limit" in await refusal(client, "list_workflows", limit="many")
    assert "nobody" in await refusal(client, "get_workflow", workflow_id="nobody")


async def test_the_rest_of_a_workflows_life(client: Client) -> None:
    workflow = unique("w")
    await call(client, "create_workflow", workflow=classification(workflow))
    assert (await call(client, "validate_workflow", workflow=classification(workflow)))["valid"] is True
    await call(client, "update_workflow", workflow_id=workflow, changes={"description": "new"})
    await call(client, "activate_workflow", workflow_id=workflow, rollout_percentage=50)
    shared = await call(client, "set_workflow_rollout", workflow_id=workflow, rollout_percentage=70)
    assert shared["workflow"]["rollout_percentage"] == 70
    assert (await call(client, "create_workflow_version", workflow_id=workflow))["workflow"]["version"] == 2
    assert (await call(client, "list_workflow_versions", workflow_id=workflow))["total"] == 2
    assert (await call(client, "get_workflow", workflow_id=workflow, version=1))["workflow"]["description"] == "new"
    assert workflow in str(await call(client, "list_workflows", status="active", limit=200))
    await call(client, "archive_workflow", workflow_id=workflow)
    assert await call(client, "delete_workflow", workflow_id=workflow) == {"deleted": workflow}


async def test_channels_are_changed_and_taken_out_of_force(client: Client) -> None:
    workflow, channel = unique("w"), unique("c")
    await call(client, "create_workflow", workflow=classification(workflow))
    await call(client, "activate_workflow", workflow_id=workflow)
    new = {"channel_id": channel, "name": channel, "channel_type": "sync", "protocol": "http", "workflow_id": workflow}
    await call(client, "create_channel", channel=new)
    await call(client, "activate_channel", channel_id=channel)
    changed = await call(client, "update_channel", channel_id=channel, changes={"description": "again"})
    assert (changed["channel"]["version"], changed["channel"]["status"]) == (2, "draft")
    await call(client, "update_channel", channel_id=channel, changes={"priority": 3})
    await call(client, "activate_channel", channel_id=channel)
    assert (await call(client, "get_channel", channel_id=channel))["channel"]["priority"] == 3
    assert channel in str(await call(client, "list_channels", channel_type="sync", limit=200))
    archived = await call(client, "archive_channel", channel_id=channel)
    assert archived["channel"]["status"] == "archived"


async def test_secrets_stay_where_they_are(client: Client) -> None:
    name = unique("k")
    config = {
        "url": "https://x.invalid",
        "auth": {"type": "bearer", "token": "tell-nobody"},
        "headers": {"X": "tell-nobody"},
    }
    connector = {"id": name, "name": name, "connector_type": "http", "config": config}
    seen = [
        await call(client, "create_connector", connector=connector),
        await call(client, "list_connectors", limit=200),
        await call(client, "update_connector", connector_id=name, changes={"enabled": False}),
        await call(client, "test_connector", connector_id=name),
        await refusal(client, "create_connector", connector=connector),
        await call(client, "engine_status"),
        *[
            (await client.read_resource(each.uri)).contents[0].text
            for each in (await client.list_resources()).resources
        ],
    ]
    assert all(secret not in str(seen) for secret in ("tell-nobody", ADMIN_KEY, MCP_KEY))


async def test_asynchronous_requests_and_dead_letters(client: Client) -> None:
    workflow, channel = unique("w"), unique("c")
    rules = [{"logic": False, "message": "never"}]
    fail = {"id": "no", "function": {"name": "validation", "input": {"rules": rules, "on_failure": "reject"}}}
    await call(client, "create_workflow", workflow={**classification(workflow), "tasks": [fail]})
    await call(client, "activate_workflow", workflow_id=workflow)
    new = {"channel_id": channel, "name": channel, "channel_type": "async", "protocol": "http", "workflow_id": workflow}
    await call(client, "create_channel", channel=new)
    await call(client, "activate_channel", channel_id=channel)
    accepted = (await call(client, "send_request", channel=channel, data={}, asynchronous=True))["response"]
    assert accepted["status"] == "pending"
    letters = await eventually(client, "list_dead_letters", "dead_letters", channel=channel)
    shown = await call(client, "get_dead_letter", dead_letter_id=letters[0]["id"])
    assert shown["dead_letter"]["channel"] == channel
    await call(client, "retry_dead_letters", ids=[letters[0]["id"]])
    await eventually(client, "list_dead_letters", "dead_letters", channel=channel, status=letters[0]["status"])
    await call(client, "discard_dead_letters", all=True, channel=channel)
    assert (await call(client, "list_dead_letters", channel=channel))["dead_letters"] == []


async def eventually(client: Client, tool: str, name: str, **arguments: Any) -> list[dict[str, Any]]:
    """What a list holds, once it holds something."""
    with anyio.fail_after(20):
        while not (found := (await call(client, tool, **arguments))[name]):
            await anyio.sleep(0.05)
        return list(found)


async def test_functions_are_listed_and_described(client: Client) -> None:
    names = [each["name"] for each in (await call(client, "list_functions"))["functions"]]
    assert "http_call" in names
    schema = (await call(client, "get_function", name="http_call"))["function"]["input_schema"]
    assert "connector" in schema["required"]
    assert (await call(client, "reload_engine"))["reloaded"] is True


async def test_resources_can_be_read(client: Client) -> None:
    listed = {str(each.uri) for each in (await client.list_resources()).resources}
    assert listed == {"orion://functions", "orion://operators", "orion://examples", "orion://engine/status"}
    templates = [each.uri_template for each in (await client.list_resource_templates()).resource_templates]
    assert "orion://functions/{name}" in templates
    for uri in (*sorted(listed), "orion://functions/map", "orion://schemas/workflow"):
        contents = (await client.read_resource(uri)).contents[0]
        assert contents.text
        if "json" in (contents.mime_type or ""):
            json.loads(contents.text)
    for uri in ("orion://nothing", "orion://functions/nobody", "orion://functions/../workflows"):
        with pytest.raises(Exception, match=r"no resource|not found"):
            await client.read_resource(uri)


async def test_prompts_bring_what_they_are_about(client: Client) -> None:
    assert {each.name for each in (await client.list_prompts()).prompts} == {
        "create_workflow",
        "explain_trace",
        "review_workflow",
    }
    asked = await client.get_prompt("create_workflow", {"task": "flag orders over 10000"})
    assert "parse_json" in asked.messages[0].content.text
    assert "flag orders over 10000" in asked.messages[0].content.text
    workflow = unique("w")
    await call(client, "create_workflow", workflow=classification(workflow))
    asked = await client.get_prompt("review_workflow", {"workflow_id": workflow})
    assert workflow in asked.messages[0].content.text
    for name, arguments in (("explain_trace", {"trace_id": "nobody"}), ("explain_trace", {}), ("nothing", {})):
        with pytest.raises(Exception, match=r"no prompt|not found"):
            await client.get_prompt(name, arguments)


async def test_read_only_hides_what_writes_and_does_not_call_it(environment: dict[str, str]) -> None:
    async with over_stdio(environment, "--read-only") as client:
        tools = (await client.list_tools()).tools
        assert all(tool.annotations is not None and tool.annotations.read_only_hint for tool in tools)
        assert "list_workflows" in {tool.name for tool in tools}
        with pytest.raises(Exception, match="no tool"):
            await client.call_tool("create_workflow", {"workflow": classification(unique("w"))})


async def test_a_server_that_is_not_there_is_an_error_of_the_tool(environment: dict[str, str]) -> None:
    async with over_stdio({**environment, "ORION_SERVER_URL": "http://127.0.0.1:9"}) as client:
        assert "cannot be reached" in await refusal(client, "health_check")
