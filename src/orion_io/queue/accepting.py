"""Carries out `Accept`: a request is kept before anybody is told that it was accepted."""

from orion_core.protocol import Accept, Done, Failed
from orion_io.carrier import Carrier, Outcome
from orion_io.clock import Clock
from orion_io.queue.ledger import Ledger
from orion_io.queue.room import QueueFull
from orion_io.storage import StoreError, Unstorable
from orion_io.storage.queue_rows import Waiting

RETRY_AFTER = 1.0  # seconds


def acceptor(ledger: Ledger) -> Carrier:
    """Who carries out accepting.

    Args:
        ledger: Keeps requests.
    """

    async def accept(action: Accept, clock: Clock) -> Outcome:
        try:
            await ledger.accept(waiting_of(action), action.deadline - clock.monotonic())
        except QueueFull as full:
            return Failed("queue_full", str(full), True, "", False, RETRY_AFTER)
        except Unstorable as error:
            return Failed("invalid_data", str(error), False, error.detail, False)
        except StoreError as error:
            return Failed("storage_unavailable", str(error), True, error.detail, False, RETRY_AFTER)
        return Done(None)

    return accept


def waiting_of(action: Accept) -> Waiting:
    """The request as the queue keeps it."""
    return Waiting(
        id=action.id,
        request_id=action.request_id,
        channel=action.channel,
        channel_id=action.channel_id,
        channel_version=action.channel_version,
        order_key=action.order_key or None,
        received_at=int(action.received_at * 1_000_000),
        input_json=str(action.input_json, "utf-8"),
        metadata_json=action.metadata_json.decode(),
    )
