"""What stored records mean: the definitions that are active, or why they cannot be read. Knows no store.

A record that is the same object as last time is not read again; the store gives the same one for what did not change.
"""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from orion_core import ActiveChannel, ActiveWorkflow, Fault, Problems
from orion_core.definitions import ChannelDefinition, WorkflowDefinition, read_channel, read_workflow
from orion_io.storage import ChannelRecord, WorkflowRecord

R = TypeVar("R", WorkflowRecord, ChannelRecord)
A = TypeVar("A", ActiveWorkflow, ActiveChannel)


class Reading(Generic[R, A]):
    """What the records of one kind mean.

    Args:
        read: Reads one.
    """

    def __init__(self, read: Callable[[R], A | Fault]) -> None:
        self._read: Callable[[R], A | Fault] = read
        self._known: dict[int, tuple[R, A | Fault]] = {}  # by identity, which holds while the record is kept here

    def all(self, records: Iterable[R], faults: list[Fault] | None = None) -> list[A]:
        """What can be read of all there is; `faults` receives the rest."""
        known = self._known
        self._known = {id(each): known.get(id(each)) or (each, self._read(each)) for each in records}
        found: list[A] = []
        for _, active in self._known.values():
            if not isinstance(active, Fault):
                found.append(active)
            elif faults is not None:
                faults.append(active)
        return found


def read_active_workflow(record: WorkflowRecord) -> ActiveWorkflow | Fault:
    """A workflow version that is in force, or why it cannot be read."""
    problems = Problems()
    definition = workflow_of(record, problems)
    if definition is None or problems:
        return Fault("workflow", record.workflow_id, record.version, tuple(problems.errors))
    return ActiveWorkflow(record.workflow_id, record.version, record.rollout_percentage, definition)


def read_active_channel(record: ChannelRecord) -> ActiveChannel | Fault:
    """A channel version that is in force, or why it cannot be read."""
    problems = Problems()
    definition = channel_of(record, problems)
    if definition is None or problems:
        return Fault("channel", record.channel_id, record.version, tuple(problems.errors))
    return ActiveChannel(record.channel_id, record.version, definition)


def workflow_of(record: WorkflowRecord, problems: Problems) -> WorkflowDefinition | None:
    """Read a stored workflow as the definition it was."""
    document = {
        "workflow_id": record.workflow_id, "name": record.name, "description": record.description,
        "priority": record.priority, "condition": record.condition, "tasks": record.tasks, "tags": record.tags,
        "continue_on_error": record.continue_on_error, "rollout_key": record.rollout_key,
    }  # fmt: skip
    return read_workflow(document, problems)


def channel_of(record: ChannelRecord, problems: Problems) -> ChannelDefinition | None:
    """Read a stored channel as the definition it was."""
    document = {
        "channel_id": record.channel_id, "name": record.name, "description": record.description,
        "channel_type": record.channel_type, "protocol": record.protocol, "methods": record.methods,
        "route_pattern": record.route_pattern, "topic": record.topic, "consumer_group": record.consumer_group,
        "transport_config": record.transport_config, "workflow_id": record.workflow_id,
        "workflow_ids": record.workflow_ids, "config": record.config, "priority": record.priority,
    }  # fmt: skip
    return read_channel(document, problems)
