"""Everything compiled from definitions, immutable: channels, their workflows, tasks and routes. Runs nothing.

An execution keeps the snapshot it began with; `Engine.install` replaces the one that new executions get.
"""

from urllib.parse import quote

import cython

from orion_core.connector import Connector
from orion_core.functions.connected import ConnectorFunction
from orion_core.functions.function import TaskFunction
from orion_core.guard import Guard
from orion_core.logic.node import Rule
from orion_core.routing import RouteTable

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@cython.final
@cython.cclass
class Task:
    """One compiled step of a workflow.

    Args:
        id: The task's id.
        workflow_id: The id of its workflow.
        condition: When it runs; None means always.
        function: What it does.
        continue_on_error: Whether the workflow goes on when it fails, by its own flag or the workflow's.
        connector: The connector it calls, whose breaker is asked first; None when it calls none.
        calls: Whether its function asks for one action on that connector, and leaves retries to the interpreter.
    """

    def __init__(
        self,
        id: str,
        workflow_id: str,
        condition: Rule | None,
        function: TaskFunction,
        continue_on_error: bool,
        connector: str | None = None,
    ) -> None:
        self.id = id
        self.workflow_id = workflow_id
        self.condition = condition
        self.function = function
        self.continue_on_error = continue_on_error
        self.connector = connector
        self.calls = isinstance(function, ConnectorFunction)


@cython.final
@cython.cclass
class Workflow:
    """One compiled version of a workflow.

    Args:
        id: The workflow's id.
        version: Which version.
        priority: Among the workflows of a channel, lower runs first.
        condition: When it runs; None means always.
        rollout_key: What decides which version a request meets; None means chance.
        tasks: In order.
    """

    def __init__(
        self,
        id: str,
        version: int,
        priority: int,
        condition: Rule | None,
        rollout_key: Rule | None,
        tasks: tuple[Task, ...],
    ) -> None:
        self.id = id
        self.version = version
        self.priority = priority
        self.condition = condition
        self.rollout_key = rollout_key
        self.tasks = tasks


@cython.final
@cython.cclass
class Share:
    """A workflow version and the buckets, of a hundred, that meet it: `first` up to, not including, `end`."""

    def __init__(self, workflow: Workflow, first: cython.int, end: cython.int) -> None:
        self.workflow = workflow
        self.first = first
        self.end = end
        self.whole = first == 0 and end == 100


@cython.final
@cython.cclass
class Channel:
    """One compiled channel.

    Args:
        id: The channel's id.
        version: Which version.
        name: What routes and `channel_call` know it by.
        methods: Upper-case methods it answers; empty means every one.
        shares: The workflow versions to try, in order.
        timeout: Seconds a request may take; 0.0 means no limit.
        guard: What is asked before its workflows run, or None.
        fault: Why it cannot run, or None. Such a channel answers 503: it was active, so it is not unknown.
        ordered: Whether what was accepted to be worked on later is worked on one after the other, in its order.
        topic: The Kafka topic that it consumes; None for a channel that consumes none.
        consumer_group: As whose member it does; None for the server's own group.
        priority: Among channels that want the same route or topic, higher wins.
    """

    def __init__(
        self,
        id: str,
        version: int,
        name: str,
        methods: frozenset[str],
        shares: tuple[Share, ...],
        timeout: cython.double,
        guard: Guard | None,
        fault: str | None,
        ordered: bool = False,
        topic: str | None = None,
        consumer_group: str | None = None,
        priority: int = 0,
    ) -> None:
        self.id = id
        self.version = version
        self.name = name
        self.methods = methods
        self.shares = shares
        self.timeout = timeout
        self.guard = guard
        self.fault = fault
        self.ordered = ordered
        self.topic = topic
        self.consumer_group = consumer_group
        self.priority = priority


@cython.final
@cython.cclass
class Snapshot:
    """All of it, under one generation number.

    Args:
        generation: Grows with every change that is installed.
        channels: Active channels by name.
        by_id: The same by their ids.
        routes: Method and path to channel.
        workflows: How many workflow versions are loaded.
        connectors: Those that may be used, by name.

    Attributes:
        direct: Channels by paths without parameters and methods, as far as they were asked for.
    """

    def __init__(
        self,
        generation: int,
        channels: dict[str, Channel],
        routes: RouteTable,
        workflows: int,
        connectors: dict[str, Connector],
    ) -> None:
        self.generation = generation
        self.channels = channels
        self.by_id = {channel.id: channel for channel in channels.values()}
        self.routes = routes
        self.workflows = workflows
        self.connectors = connectors
        self.direct: dict[str, dict[str, Channel]] = {}

    @cython.ccall
    def remember(self, path: str, method: str, channel: Channel) -> None:
        """Keep what a path without parameters led to, so that it is not searched for again.

        Only the one spelling that needs no decoding is kept: callers cannot make this grow beyond what is defined.
        """
        if method in METHODS and quote(path) == path and all(path.split("/")):
            self.direct.setdefault(path, {})[method] = channel

    def guards(self) -> dict[str, Guard]:
        """What guards channels, by their ids."""
        return {channel.id: channel.guard for channel in self.channels.values() if channel.guard is not None}


def answers(channel: Channel, method: str) -> bool:
    """Whether a channel that was found by its name answers this method."""
    return not channel.methods or method in channel.methods


EMPTY = Snapshot(0, {}, RouteTable(()), 0, {})
