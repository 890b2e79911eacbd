"""How long to wait before the next of many attempts. Knows no clock and no chance."""

from dataclasses import dataclass


@dataclass
class Backoff:
    """Waits that double.

    Args:
        first: Seconds before the second attempt.
        most: Seconds between two attempts, at most.
    """

    first: float = 0.2
    most: float = 30.0
    attempts: int = 0

    def next(self) -> float:
        """Seconds to wait now."""
        self.attempts += 1
        return min(self.most, self.first * 2.0 ** min(self.attempts - 1, 30))

    def reset(self) -> None:
        """It worked."""
        self.attempts = 0
