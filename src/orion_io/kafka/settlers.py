"""Who settles the records of a topic, while reloads change which channel that is. Knows no client."""

from collections.abc import Sequence
from dataclasses import dataclass

from orion_io.kafka.deliveries import Delivery
from orion_io.kafka.release import Release
from orion_io.kafka.settling import Settling
from orion_io.kafka.subscriptions import Target, Targets


@dataclass
class Subscription:
    """What a group consumes; it may be changed while it is consumed.

    Args:
        group: The consumer group.
        targets: Topics and their channels.
    """

    group: str
    targets: Targets

    def held(self, topic: str) -> bool:
        """Whether nothing of a topic is worked on now."""
        return self.targets[topic].held is not None


@dataclass(frozen=True)
class TopicSettler:
    """Gives the records of one topic their outcomes."""

    settling: Settling
    subscription: Subscription
    topic: str

    async def known(self, deliveries: Sequence[Delivery]) -> frozenset[str]:
        """The ids of those that have theirs already."""
        return await self.settling.known(deliveries)

    async def settle(self, delivery: Delivery, release: Release) -> None:
        """Give one its outcome."""
        await self.settling.settle(delivery, self.target, release)

    def target(self) -> Target:
        """Where the topic's records go now."""
        return self.subscription.targets[self.topic]
