"""How long a dead letter waits before its next retry. Reads no clock and draws no chance."""

CAP = 3600.0  # seconds


def pause_before(retry: int, chance: float) -> float:
    """Seconds to wait before a retry: about 1, 2, 4, 8 … and never more than an hour.

    Half of the time is certain, so that what failed rests at all, and half of it is chance, so that what failed
    together does not come back together.

    Args:
        retry: Which, counted from 0.
        chance: From 0 to less than 1.
    """
    whole = min(2.0 ** min(retry, 16), CAP)  # 2 ** 16 is past the cap, and far from what a float cannot hold
    return whole * (1 + chance) / 2
