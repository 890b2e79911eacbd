"""How long a dead letter rests before it is tried again. Knows no dead letter."""

FIRST = 1.0  # seconds
LONGEST = 3600.0


def seconds_before(retry: int) -> float:
    """Seconds before a retry, counted from 0: 1, 2, 4, … and never more than an hour.

    The loop that looks for what is due does so every `queue.dlq_poll_interval_secs`, which spreads them enough.
    """
    return float(min(LONGEST, FIRST * 2 ** min(retry, 32)))
