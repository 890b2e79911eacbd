"""Does the same thing now and then for as long as the server runs. Knows neither what it does nor a database."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from orion_io.storage import StoreError

logger = logging.getLogger(__name__)


async def rounds(work: Callable[[], Awaitable[object]], interval: float, complaint: str, *, at_once: bool) -> None:
    """Go on until cancelled.

    A storage that does not answer is logged once, not in every round; whatever else goes wrong ends the round, is
    logged, and does not end the rounds.

    Args:
        work: One round.
        interval: Seconds between the end of a round and the next.
        complaint: What is logged when the storage fails.
        at_once: Whether the first round comes before the first wait.
    """
    failing = False
    if not at_once:
        await asyncio.sleep(interval)
    while True:
        try:
            await work()
            failing = False
        except StoreError as error:
            if not failing:
                logger.warning("%s: %s %s", complaint, error, error.detail)
            failing = True
        except Exception:  # nobody waits for these rounds, so this is the one place that can tell
            logger.exception(complaint)
        await asyncio.sleep(interval)
