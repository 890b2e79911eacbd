"""Which topics are consumed, for which channels, as members of which groups. Knows no client and no records.

A topic has one channel in each group. Where several want it, what the settings say wins, then the channel of the
highest priority, then the one whose id comes first; the others are named, for nobody should wonder where records went.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from orion_core import Snapshot


@dataclass(frozen=True)
class Target:
    """Where the records of a topic go.

    Args:
        channel: The channel's name.
        channel_id: Its id; "" while there is none of that name.
        ordered: Whether its records are worked on one after the other, partition by partition, not key by key.
        held: Why nothing is worked on now, or None. Records wait in their topic: there they are not lost.
    """

    channel: str
    channel_id: str = ""
    ordered: bool = False
    held: str | None = None


Targets = Mapping[str, Target]  # by topic


@dataclass
class Plan:
    """What is to be consumed.

    Args:
        groups: Topics and their channels, by consumer group.
        passed_over: Channels that get nothing of their topic, each in a sentence.
    """

    groups: dict[str, dict[str, Target]] = field(default_factory=dict)
    passed_over: list[str] = field(default_factory=list)

    def want(self, group: str, topic: str, target: Target) -> None:
        """Give a topic to a channel, unless the group has it for another one already."""
        topics = self.groups.setdefault(group, {})
        first = topics.setdefault(topic, target)
        if first.channel != target.channel:
            self.passed_over.append(
                f"channel '{target.channel}' gets no records of topic '{topic}': in the consumer group '{group}' they "
                f"go to channel '{first.channel}'"
            )


def plan_of(configured: Iterable[tuple[str, str]], snapshot: Snapshot, group: str) -> Plan:
    """What is to be consumed for a snapshot.

    Args:
        configured: Topics and channel names of the settings.
        snapshot: The channels.
        group: The group of channels that name none.
    """
    plan = Plan()
    for topic, name in configured:
        channel = snapshot.channels.get(name)
        plan.want(group if channel is None else channel.consumer_group or group, topic, target_of(name, snapshot))
    for channel in sorted(snapshot.channels.values(), key=lambda each: (-each.priority, each.id)):
        if channel.topic is not None:
            plan.want(channel.consumer_group or group, channel.topic, target_of(channel.name, snapshot))
    return plan


def target_of(name: str, snapshot: Snapshot) -> Target:
    """The channel of that name as a target; one that is missing or cannot run holds its records back."""
    channel = snapshot.channels.get(name)
    if channel is None:
        return Target(name, held=f"there is no active channel '{name}'")
    held = None if channel.fault is None else f"channel '{name}' cannot run: {channel.fault}"
    return Target(name, channel.id, channel.ordered, held)


def redirected(topics: Iterable[str], targets: Targets) -> dict[str, Target]:
    """Where the records of topics go, for which a new plan may have no channel: those wait until they are let go."""
    return {topic: targets.get(topic, Target("", held="no channel consumes it any more")) for topic in topics}


def shape_of(targets: Targets) -> Sequence[tuple[str, bool]]:
    """What cannot change under a running consumer: its topics, and which of them keep the order of partitions."""
    return sorted((topic, target.ordered) for topic, target in targets.items())
