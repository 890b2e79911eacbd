"""The MCP server itself: what the protocol asks, answered from the tools, resources and prompts.

Refusals of the API are errors of the tool, with the list of problems, so that an assistant can mend what it sent; the
official SDK speaks the newest protocol revision and those before it.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import anyio
import mcp_types as types
from jsonschema import Draft202012Validator, ValidationError
from mcp.server.caching import CacheHint
from mcp.server.lowlevel.server import Server
from mcp.shared.exceptions import MCPError

from orion_cli.client import Api
from orion_cli.failures import CommandFailed, Refused
from orion_cli.mcp.prompts import PROMPTS, Prompt
from orion_cli.mcp.resources import Resource, found, split
from orion_cli.mcp.tool import Tool
from orion_cli.mcp.toolbox import toolbox
from orion_cli.version import VERSION

INSTRUCTIONS = """Orion runs services that are JSON: a channel (route) with a workflow (ordered tasks), and
connectors to outside systems. To build one: list_functions and get_function, create_workflow, test_workflow,
activate_workflow, create_channel, activate_channel, send_request. Drafts run nowhere; ask before activating."""
# What clients say beside the body (MCP 2026-07-28, Transports, Standard Headers).
STANDARD_HEADERS = ("mcp-protocol-version", "mcp-method", "mcp-name")
HOUR = 3_600_000  # milliseconds; the lists below do not change while the server runs
READ = CacheHint(ttl_ms=0, scope="private")
THREADS = 16  # that ask the API at once; more calls wait
LISTED = CacheHint(ttl_ms=HOUR, scope="public")


def mcp_server(api_of: Callable[[Any], Api], *, read_only: bool) -> Server[Any]:
    """A server over the API.

    Args:
        api_of: What a request asks, given the SDK's context of it; its key is never shown.
        read_only: Whether what changes something is neither shown nor called.
    """
    tools = toolbox(read_only=read_only)
    threads = Threads(THREADS)
    places, templates = split()

    async def list_tools(_context: Any, _asked: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[described(tool) for tool in tools.values()])

    async def call_tool(context: Any, asked: types.CallToolRequestParams) -> types.CallToolResult:
        tool = tools.get(asked.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"There is no tool '{asked.name}'")
        return await called(threads, api_of(context), tool, asked.arguments or {})

    async def list_resources(_context: Any, _asked: Any) -> types.ListResourcesResult:
        return types.ListResourcesResult(resources=[listed(each) for each in places.values()])

    async def list_templates(_context: Any, _asked: Any) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=[templated(each) for each in templates.values()])

    async def read_resource(context: Any, asked: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        resource = found(str(asked.uri))
        if resource is None:
            raise MCPError(types.INVALID_PARAMS, f"There is no resource '{asked.uri}'")
        text = await answered(threads, partial(resource[0].read, api_of(context), resource[1]))
        contents = types.TextResourceContents(uri=str(asked.uri), mime_type=resource[0].media_type, text=text)
        return types.ReadResourceResult(contents=[contents])

    async def list_prompts(_context: Any, _asked: Any) -> types.ListPromptsResult:
        return types.ListPromptsResult(prompts=[offered(prompt) for prompt in PROMPTS.values()])

    async def get_prompt(context: Any, asked: types.GetPromptRequestParams) -> types.GetPromptResult:
        prompt = PROMPTS.get(asked.name)
        given = asked.arguments or {}
        if prompt is None or not all(given.get(name) for name in prompt.arguments):
            wanted = "" if prompt is None else f" without {', '.join(prompt.arguments)}"
            raise MCPError(types.INVALID_PARAMS, f"There is no prompt '{asked.name}'{wanted}")
        text = await answered(threads, partial(prompt.text, api_of(context), given))
        message = types.PromptMessage(role="user", content=types.TextContent(type="text", text=text))
        return types.GetPromptResult(description=prompt.description, messages=[message])

    return Server(
        "orion", version=VERSION, title="Orion", instructions=INSTRUCTIONS,
        cache_hints={
            "tools/list": LISTED, "prompts/list": LISTED, "resources/list": LISTED, "resources/templates/list": LISTED,
            "resources/read": READ,
        },
        on_list_tools=list_tools, on_call_tool=call_tool, on_list_resources=list_resources,
        on_list_resource_templates=list_templates, on_read_resource=read_resource, on_list_prompts=list_prompts,
        on_get_prompt=get_prompt,
    )  # fmt: skip


# --- calling ------------------------------------------------------------------------------------------------------


class Threads:
    """Asks the API beside the event loop; who has gone away is not waited for.

    They are this server's alone: inside orion-server, what is asked may need the common ones to answer.

    Args:
        most: How many at once.
    """

    def __init__(self, most: int) -> None:
        self._limiter = anyio.CapacityLimiter(most)

    async def run(self, call: Callable[[], Any]) -> Any:
        """What a call gives."""
        return await anyio.to_thread.run_sync(call, abandon_on_cancel=True, limiter=self._limiter)


async def called(threads: Threads, api: Api, tool: Tool, arguments: Mapping[str, Any]) -> types.CallToolResult:
    """What a tool answers; whatever goes wrong is an error of the tool, in words an assistant can act on."""
    wrong = [misfit(error) for error in Draft202012Validator(tool.input_schema).iter_errors(dict(arguments))]
    if wrong:
        return failed("The arguments do not fit the tool's schema", wrong)
    try:
        result = await threads.run(partial(tool.call, api, arguments))
    except Refused as refused:
        problems = [each.pointer + ": " + said(each.message, each.expected, each.hint) for each in refused.problems]
        return failed(f"{refused.message} ({refused.reason})", problems, refused.error)
    except CommandFailed as failure:
        return failed(said(failure.message, None, failure.hint), [])
    text = types.TextContent(type="text", text=json.dumps(result, ensure_ascii=False))
    return types.CallToolResult(content=[text], structured_content=result)


def misfit(error: ValidationError) -> str:
    """What is wrong with an argument, and where; not the value, which may hold a secret."""
    what = f"expected {error.validator_value}" if error.validator == "type" else error.message[:300]
    return f"/{'/'.join(map(str, error.absolute_path))}: {what}"


def failed(message: str, problems: list[str], error: Mapping[str, Any] | None = None) -> types.CallToolResult:
    """An error of a tool: the words, and the server's own envelope beside them."""
    lines = [message, *(f"- {problem}" for problem in problems)]
    content: list[types.ContentBlock] = [types.TextContent(type="text", text="\n".join(lines))]
    if error:
        content.append(types.TextContent(type="text", text=json.dumps({"error": error}, ensure_ascii=False)))
    return types.CallToolResult(content=content, is_error=True)


def said(message: str, expected: str | None, hint: str | None) -> str:
    """A problem on one line."""
    more = [f"expected {expected}" if expected else "", hint or ""]
    return "; ".join([message, *(each for each in more if each)])


async def answered(threads: Threads, read: Callable[[], str]) -> str:
    """A text from the API; a refusal is an error of the request.

    Raises:
        MCPError: The API refused, or cannot be reached.
    """
    try:
        text: str = await threads.run(read)
    except CommandFailed as failure:
        raise MCPError(types.INVALID_PARAMS, failure.message) from None
    return text


# --- describing ---------------------------------------------------------------------------------------------------


def described(tool: Tool) -> types.Tool:
    """A tool as the protocol has it; every annotation said, for what is left out counts as destructive."""
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=types.ToolAnnotations(
            title=tool.title,
            read_only_hint=tool.read_only,
            destructive_hint=tool.destructive,
            idempotent_hint=tool.idempotent or tool.read_only,
            open_world_hint=tool.open_world,
        ),
    )


def listed(resource: Resource) -> types.Resource:
    """A resource as the protocol has it."""
    return types.Resource(
        uri=resource.uri, name=resource.name, description=resource.description, mime_type=resource.media_type
    )


def templated(resource: Resource) -> types.ResourceTemplate:
    """A template as the protocol has it."""
    return types.ResourceTemplate(
        uri_template=resource.uri,
        name=resource.name,
        description=resource.description,
        mime_type=resource.media_type,
    )


def offered(prompt: Prompt) -> types.Prompt:
    """A prompt as the protocol has it."""
    arguments = [
        types.PromptArgument(name=name, description=text, required=True) for name, text in prompt.arguments.items()
    ]
    return types.Prompt(name=prompt.name, title=prompt.title, description=prompt.description, arguments=arguments)
