"""Workflows and channels as admins write them, declared once: read, stored, checked, documented. Runs nothing.

A definition read from here has the right shape. Whether it can run is the compiler's question.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from orion_core.problems import Problems, at
from orion_core.reading import read

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"

Id = Annotated[
    str,
    Meta(
        max_length=128,
        pattern=ID_PATTERN,
        description="Starts with a letter or digit; letters, digits, '.', '-' and '_' follow; at most 128.",
    ),
]
Name = Annotated[str, Meta(max_length=255, description="What people and routes call it.")]
Description = Annotated[str, Meta(max_length=2048)]
Logic = Annotated[Any, Meta(description="JSONLogic, or a literal value.")]
Milliseconds = Annotated[int, Meta(ge=1, le=86_400_000)]
Seconds = Annotated[int, Meta(ge=1, le=31_536_000)]
Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Priority = Annotated[int, Meta(ge=-2_147_483_648, le=2_147_483_647)]
Percentage = Annotated[int, Meta(ge=0, le=100)]
Status = Literal["draft", "active", "archived"]
SUBMITS = "async"  # the last segment of a path that asks for work to be done later
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


class Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """Base of everything read from an admin's JSON; `ALIASES` are other spellings that are accepted."""

    ALIASES: ClassVar[Mapping[str, str]] = {}


# --- workflows ----------------------------------------------------------------------------------------------------


class FunctionCall(Document, frozen=True):
    """Which function a task runs, and with what."""

    name: Annotated[str, Meta(min_length=1, description="A name of the function catalogue, such as 'map'.")]
    input: Annotated[dict[str, Any], Meta(description="The function's own input.")] = msgspec.field(
        default_factory=dict
    )


class TaskDefinition(Document, frozen=True):
    """One step of a workflow."""

    id: Annotated[str, Meta(min_length=1, max_length=128, description="Unique within the workflow.")]
    function: FunctionCall
    name: Annotated[str, Meta(max_length=255, description="Shown to people; the id when not given.")] | None = None
    description: Description | None = None
    condition: Logic = True
    continue_on_error: bool = False


class WorkflowDefinition(Document, frozen=True):
    """A conditional, ordered list of tasks."""

    ALIASES: ClassVar[Mapping[str, str]] = {"id": "workflow_id"}

    name: Name
    tasks: Annotated[list[TaskDefinition], Meta(min_length=1, max_length=1000)]
    workflow_id: Id | None = None
    description: Description | None = None
    priority: Annotated[Priority, Meta(description="Among the workflows of one channel, lower runs first.")] = 0
    condition: Logic = True
    tags: list[str] = msgspec.field(default_factory=list)
    continue_on_error: Annotated[
        bool, Meta(description="A failing task is recorded in `errors` and the next one runs.")
    ] = False
    rollout_key: Annotated[
        Any,
        Meta(description="JSONLogic over the request; equal keys meet the same version. Chance when not given."),
    ] = None


# --- channels -----------------------------------------------------------------------------------------------------


class RateLimit(Document, frozen=True):
    """How many requests a second a channel takes."""

    requests_per_second: Annotated[
        float, Meta(ge=0.000_01, le=1_000_000_000, description="Sustained; below 1 for less than one a second.")
    ]
    burst: Annotated[Count, Meta(description="How many at once; half of a second's when not given, and one more.")] | (
        None
    ) = None
    key_logic: Annotated[
        Any,
        Meta(description="JSONLogic; each of its values has a limit of its own. One limit for all when not given."),
    ] = None


class ResponseCache(Document, frozen=True):
    """Whether, how long and by what answers are kept."""

    enabled: bool
    ttl_secs: Seconds = 300
    cache_key_fields: Annotated[
        list[str] | None,
        Meta(description="Dotted places in data, headers, query or path; the whole request when not given."),
    ] = None
    connector: str | None = None


class Cors(Document, frozen=True):
    """Which browser origins may call a channel."""

    allowed_origins: list[str] | None = None
    allowed_methods: list[str] | None = None
    allowed_headers: list[str] | None = None


class Backpressure(Document, frozen=True):
    """How many requests a channel works on at once."""

    max_concurrent: Count
    queue_depth: Annotated[
        int, Meta(ge=0, le=1_000_000, description="How many more may wait for a place; none when not given.")
    ] = 0
    queue_timeout_ms: Annotated[Milliseconds, Meta(description="How long one waits at most.")] = 1000


class Deduplication(Document, frozen=True):
    """How repeated requests are recognised."""

    ALIASES: ClassVar[Mapping[str, str]] = {"retention_secs": "window_secs"}

    header: Annotated[str, Meta(min_length=1, max_length=128)]
    window_secs: Seconds = 300
    connector: str | None = None
    on_duplicate: Literal["conflict", "replay"] = "conflict"


class ChannelConfig(Document, frozen=True):
    """The governance of a channel."""

    timeout_ms: Milliseconds | None = None
    ordering: Annotated[
        Literal["any", "fifo"],
        Meta(
            description="How asynchronous requests are worked on: `fifo` for one after the other, in their order. "
            "Of a topic, `any` keeps the order of each key, `fifo` that of each partition."
        ),
    ] = "any"
    rate_limit: RateLimit | None = None
    validation_logic: Annotated[Any, Meta(description="JSONLogic; a request it finds false is refused.")] = None
    backpressure: Backpressure | None = None
    deduplication: Deduplication | None = None
    cache: ResponseCache | None = None
    cors: Cors | None = None


class ChannelDefinition(Document, frozen=True):
    """A service endpoint: route or topic, governance, and the workflow that answers."""

    ALIASES: ClassVar[Mapping[str, str]] = {"id": "channel_id", "config_json": "config"}

    name: Name
    channel_type: Literal["sync", "async"]
    protocol: Literal["rest", "http", "kafka"]
    channel_id: Id | None = None
    description: Description | None = None
    methods: list[str] | None = None
    route_pattern: Annotated[str, Meta(max_length=2048)] | None = None
    topic: Annotated[str, Meta(min_length=1, max_length=249)] | None = None
    consumer_group: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    transport_config: dict[str, Any] = msgspec.field(default_factory=dict)
    workflow_id: Id | None = None
    workflow_ids: Annotated[
        list[Id] | None,
        Meta(description="Several workflows on one message, in order of their priority; instead of workflow_id."),
    ] = None
    config: ChannelConfig = msgspec.field(default_factory=ChannelConfig)
    priority: Annotated[
        Priority, Meta(description="Among routes that match, or channels that consume one topic, higher wins.")
    ] = 0


# --- reading ------------------------------------------------------------------------------------------------------


def read_workflow(document: object, problems: Problems, pointer: str = "") -> WorkflowDefinition | None:
    """Read a workflow; beyond its members, a name must not be blank and task ids must differ."""
    workflow = read(document, WorkflowDefinition, problems, pointer)
    if workflow is None:
        return None
    check_name(workflow.name, problems, at(pointer, "name"))
    seen: dict[str, int] = {}
    for index, task in enumerate(workflow.tasks):
        if task.id in seen:
            problems.error(at(pointer, "tasks", index, "id"), f"duplicate task id '{task.id}'")
        seen.setdefault(task.id, index)
    return workflow


def read_channel(document: object, problems: Problems, pointer: str = "") -> ChannelDefinition | None:
    """Read a channel; beyond its members, a protocol's own needs must be met."""
    channel = read(config_as_object(document, problems, pointer), ChannelDefinition, problems, pointer)
    if channel is None:
        return None
    check_name(channel.name, problems, at(pointer, "name"))
    _check_protocol(channel, problems, pointer)
    _check_methods(channel.methods, problems, at(pointer, "methods"))
    if channel.workflow_id is not None and channel.workflow_ids is not None:
        problems.error(at(pointer, "workflow_ids"), "give workflow_id or workflow_ids, not both")
    return channel


def config_as_object(document: object, problems: Problems, pointer: str) -> object:
    """`config_json` may be JSON text, as old clients send it; read it as the object it spells."""
    if not isinstance(document, Mapping) or not isinstance(document.get("config_json"), str):
        return document
    try:
        config = msgspec.json.decode(document["config_json"])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        problems.error(at(pointer, "config_json"), f"not valid JSON: {error}")
        config = {}
    return {**document, "config_json": config}


def check_name(name: str, problems: Problems, pointer: str) -> None:
    if not name.strip():
        problems.error(pointer, "Name must not be empty", expected="a name that is not blank")


def _check_protocol(channel: ChannelDefinition, problems: Problems, pointer: str) -> None:
    if channel.protocol == "rest":
        if not channel.methods:
            problems.error(at(pointer, "methods"), "REST channels must specify at least one HTTP method")
        if not (channel.route_pattern or "").strip():
            problems.error(at(pointer, "route_pattern"), "REST channels must specify a route_pattern")
    if channel.protocol == "kafka" and not (channel.topic or "").strip():
        problems.error(at(pointer, "topic"), "Kafka channels must specify a topic")
    if channel.route_pattern is not None:
        check_route_pattern(channel.route_pattern, problems, at(pointer, "route_pattern"))


def _check_methods(methods: list[str] | None, problems: Problems, pointer: str) -> None:
    for index, method in enumerate(methods or ()):
        if method.upper() not in METHODS:
            problems.error(
                at(pointer, index), f"'{method}' is not an HTTP method", expected="one of " + ", ".join(METHODS)
            )


_PARAMETER = re.compile(r"^\{([A-Za-z_][A-Za-z0-9_]*)\}$")


def check_route_pattern(pattern: str, problems: Problems, pointer: str) -> None:
    """A pattern is segments between slashes, each static or one `{parameter}`; names differ."""
    seen: set[str] = set()
    segments = [segment for segment in pattern.split("/") if segment]
    if len(segments) > 64:
        problems.error(pointer, f"the pattern has {len(segments)} segments", expected="at most 64")
    if segments and segments[-1] == SUBMITS:
        text = f"a path that ends in '/{SUBMITS}' asks for asynchronous work"
        problems.error(pointer, text, expected="another last segment")
    for segment in segments:
        parameter = _PARAMETER.match(segment)
        if parameter is None and ("{" in segment or "}" in segment):
            problems.error(pointer, f"'{segment}' is not a parameter", expected="a whole segment such as '{order_id}'")
        elif parameter is not None and parameter[1] in seen:
            problems.error(pointer, f"parameter '{parameter[1]}' stands twice")
        elif parameter is not None:
            seen.add(parameter[1])
