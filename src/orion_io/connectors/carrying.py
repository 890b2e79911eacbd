"""From an action on a connector to its outcome: a pool, a deadline, and what went wrong. Knows no system."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio

from orion_core.protocol import Done, Failed
from orion_io.carrier import Carrier, Outcome
from orion_io.clock import Clock
from orion_io.connectors.pools import Pools

DETAIL = 500  # characters of an error that the operator reads


class Progress:
    """How far an action has come.

    Attributes:
        sent: Whether the system may have begun to carry it out.
    """

    def __init__(self) -> None:
        self.sent = False


class CallFailed(Exception):
    """An action was not carried out, for a reason that its driver knows.

    Args:
        code: A word of `orion_core.failures`.
        message: What the caller may read, after the connector's name.
        retryable: Whether trying again could help.
        detail: What only the operator may read.
        happened: Whether it may have been carried out all the same.
        retry_after: Seconds the system asks for.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retryable: bool,
        detail: str = "",
        happened: bool = True,
        retry_after: float = 0.0,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable
        self.detail = detail
        self.happened = happened
        self.retry_after = retry_after


Perform = Callable[[Any, Any, Progress], Awaitable[object]]
Explain = Callable[[Exception], CallFailed | None]


def by(method: str) -> Perform:
    """What carries an action out by a method of the pool that takes it."""

    async def perform(pool: Any, action: Any, progress: Progress) -> object:
        return await getattr(pool, method)(action)

    return perform


def carrier(pools: Pools, perform: Perform, explain: Explain) -> Carrier:
    """Who carries out one type of action.

    Args:
        pools: Where its connections come from.
        perform: Given the pool, the action and its progress, gives the value of `Done`.
        explain: What an exception means; None for one that is a mistake of ours.
    """

    async def carry(action: Any, clock: Clock) -> Outcome:
        left = action.deadline - clock.monotonic()
        name = action.connector.name
        if left <= 0.0:
            return Failed("timeout", f"There was no time left to call connector '{name}'", True, "", False)
        progress = Progress()
        try:
            lease = pools.take(action.connector)
        except CallFailed as failed:
            return failure_of(action, failed)
        try:
            with anyio.move_on_after(left):
                return Done(await perform(lease.pool, action, progress))
            return Failed("timeout", f"Connector '{name}' did not answer in time", True, "", progress.sent)
        except CallFailed as failed:
            return failure_of(action, failed)
        except Exception as error:
            explained = explain(error)
            if explained is None:
                raise
            return failure_of(action, explained)
        finally:
            pools.give(lease)

    return carry


def failure_of(action: Any, failed: CallFailed) -> Failed:
    """The outcome, with the connector named and its secrets taken out."""
    connector = action.connector
    detail = connector.redact(failed.detail)[:DETAIL]
    text = connector.redact(f"Connector '{connector.name}' {failed.message}")
    return Failed(failed.code, text, failed.retryable, detail, failed.happened, failed.retry_after)
