"""Circuit breakers: closed, open, half-open with one probe. Knows no connector.

Closed, calls pass, and failures in a row are counted; at the threshold it opens. Open, calls are refused until the
pause is over; the call after that is the one probe, and the breaker is half-open until the probe ends. A probe that
succeeds closes it, one that fails opens it anew, and one that nobody waited for gives its place back. Each change of
state begins a new era, and what a call of an earlier era says is no longer heard.
"""

import cython

from orion_core.governance.recent import Recent

CLOSED: str = "closed"
OPEN: str = "open"
HALF_OPEN: str = "half_open"
REFUSED: cython.int = -1


@cython.final
@cython.cclass
class Breaker:
    """One breaker.

    Args:
        key: `channel:connector`.
        threshold: Failures in a row that open it.
        pause: Seconds until the probe.
        channel: Whose calls it guards.
        connector: What they are made on.
    """

    def __init__(
        self,
        key: str,
        threshold: cython.Py_ssize_t,
        pause: cython.double,
        channel: str = "",
        connector: str = "",
    ) -> None:
        self.key = key
        self.channel = channel
        self.connector = connector
        self.threshold = threshold
        self.pause = pause
        self.state = CLOSED
        self.era = 0
        self.failures = 0
        self.opened_at = 0.0
        self.trips = 0  # how often it has opened
        self.rejections = 0  # calls it refused

    @cython.ccall
    def admit(self, now: cython.double) -> cython.int:
        """Ask for a call.

        Returns:
            The era, for `succeeded`, `failed` or `abandoned` when it ended; REFUSED when there is to be none.
        """
        if self.state == OPEN and now >= self.opened_at + self.pause:
            self.turn(HALF_OPEN)
            return self.era
        if self.state == CLOSED:
            return self.era
        self.rejections += 1
        return REFUSED

    @cython.ccall
    def succeeded(self, era: cython.int) -> cython.bint:
        """A call succeeded. Returns whether the breaker closed by it."""
        if era != self.era:
            return False
        self.failures = 0
        if self.state == CLOSED:
            return False
        self.turn(CLOSED)
        return True

    @cython.ccall
    def failed(self, era: cython.int, now: cython.double) -> cython.bint:
        """A call failed. Returns whether the breaker opened by it."""
        if era != self.era:
            return False
        self.failures += 1
        if self.state == CLOSED and self.failures < self.threshold:
            return False
        self.opened_at = now
        self.trips += 1
        self.turn(OPEN)
        return True

    @cython.ccall
    def abandoned(self, era: cython.int) -> None:
        """Nobody will know what became of a call; after a probe, the next call is the probe."""
        if era == self.era and self.state == HALF_OPEN:
            self.turn(OPEN)

    @cython.ccall
    def reset(self) -> None:
        """Close it, by an admin's word."""
        self.failures = 0
        self.turn(CLOSED)

    @cython.ccall
    def refuse(self) -> None:
        """Count a call that was refused elsewhere."""
        self.rejections += 1

    @cython.ccall
    def follow(self, state: str, failures: cython.Py_ssize_t, wait: cython.double, now: cython.double) -> None:
        """Stand as another breaker does; `wait` is how long that one still pauses, seconds."""
        self.failures = failures
        if state == OPEN:
            self.opened_at = now + wait - self.pause
        if state != self.state:
            self.turn(state)

    @cython.cfunc
    def turn(self, state: str) -> None:
        self.state = state
        self.era += 1

    @cython.ccall
    def wait(self, now: cython.double) -> cython.double:
        """Seconds until a call may be let through; 0.0 when one may now."""
        return max(0.0, self.opened_at + self.pause - now) if self.state == OPEN else 0.0


@cython.final
@cython.cclass
class Breakers:
    """The breakers there are, made when they are first asked for.

    Args:
        threshold: Failures in a row that open one.
        pause: Seconds until the probe.
        capacity: Breakers kept; the least recently used goes first.
    """

    def __init__(self, threshold: cython.Py_ssize_t, pause: cython.double, capacity: cython.Py_ssize_t) -> None:
        self.threshold = threshold
        self.pause = pause
        self.known = Recent(capacity)

    @cython.ccall
    def of(self, channel: str, connector: str) -> Breaker:
        """The breaker of a connector on a channel."""
        key = f"{channel}:{connector}"
        found = self.known.get(key)
        if found is not None:
            return found  # type: ignore[no-any-return] # nothing else is put there
        made = Breaker(key, self.threshold, self.pause, channel, connector)
        self.known.put(key, made)
        return made

    def states(self) -> dict[str, str]:
        """The state of each, by key."""
        return {key: breaker.state for key, breaker in sorted(self.known.items())}

    def counts(self) -> dict[tuple[str, str], tuple[int, int]]:
        """How often each has opened, and how many calls it refused, by channel and connector."""
        return {
            (breaker.channel, breaker.connector): (breaker.trips, breaker.rejections) for breaker in self.known.values()
        }

    def reset(self, key: str) -> bool:
        """Close one. Returns whether there is one under this key."""
        found = self.known.get(key)
        if found is None:
            return False
        found.reset()
        return True
