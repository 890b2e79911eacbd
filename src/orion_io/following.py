"""Who follows requests on their way, and what it is told. Knows neither spans nor exporters: a server brings them.

It is a contract of the driver, not of the core: the core tells of tasks that ended, the driver of all else. Nobody who
follows may raise.
"""

from typing import Any, Protocol

from orion_core.protocol import Job, Request, Respond
from orion_io.carrier import Outcome


class FollowedCall(Protocol):
    """One action on a connector.

    Attributes:
        action: What is to be carried out: the action, with what the other side is to know of it.
    """

    action: Any

    def ended(self, outcome: Outcome | None) -> None:
        """It is over; None when nobody waited for its outcome."""
        ...


class Follower(Protocol):
    """Follows one request, or one attempt at work that nobody waits for."""

    def task_ended(self, workflow_id: str, task_id: str, result: str) -> None:
        """A task ended: "executed", "halted", or the reason of its failure."""
        ...

    def calling(self, action: Any) -> FollowedCall:
        """An action on a connector begins."""
        ...

    def ended(self, step: Respond) -> None:
        """All of it is over."""
        ...


class Following(Protocol):
    """Decides what is followed. It may write into the headers of what begins, so that those who are called know."""

    def request(self, request: Request) -> Follower | None:
        """A request begins; None when it is not followed."""
        ...

    def job(self, job: Job) -> Follower | None:
        """An attempt at a job begins; None when it is not followed."""
        ...
