"""Token buckets: how often something may happen, for each key on its own. Knows no request.

A bucket holds `burst` tokens and gets `rate` a second back, never more than it holds. It starts full. Nothing is
refilled by a timer: what came in since is counted when somebody asks.
"""

import cython

from orion_core.governance.recent import Recent


@cython.final
@cython.cclass
class Bucket:
    """The tokens of one key at an instant."""

    def __init__(self, tokens: cython.double, at: cython.double) -> None:
        self.tokens = tokens
        self.at = at


@cython.final
@cython.cclass
class RateLimiter:
    """Buckets under keys, all of one size.

    Args:
        rate_per_second: Tokens a second, above 0.
        burst: Tokens a full bucket holds.
        max_keys: Buckets kept; the least recently used is forgotten, and is full when it comes back.
    """

    def __init__(self, rate_per_second: cython.double, burst: cython.Py_ssize_t, max_keys: cython.Py_ssize_t) -> None:
        self.rate = rate_per_second
        self.burst = burst
        self.buckets = Recent(max_keys)

    @cython.ccall
    def take(self, key: str, now: cython.double) -> cython.double:
        """Take a token.

        Args:
            key: Whose.
            now: Monotonic instant, seconds.

        Returns:
            0.0 when there was one, else the seconds until there is.
        """
        bucket: Bucket = self.filled(key, now)
        if bucket.tokens >= 1.0:
            bucket.tokens -= 1.0
            return 0.0
        return (1.0 - bucket.tokens) / self.rate

    @cython.ccall
    def peek(self, key: str, now: cython.double) -> cython.double:
        """What `take` would answer, without taking anything."""
        tokens: cython.double = self.filled(key, now).tokens
        return 0.0 if tokens >= 1.0 else (1.0 - tokens) / self.rate

    @cython.ccall
    def left(self, key: str, now: cython.double) -> cython.Py_ssize_t:
        """Whole tokens there are."""
        tokens: cython.double = self.filled(key, now).tokens
        return cython.cast(cython.Py_ssize_t, int(tokens))

    def adopt(self, rate_per_second: float, burst: int, now: float) -> None:
        """Change the ceilings. What was earned until now was earned at the old rate, so no bucket gains a token."""
        if (rate_per_second, burst) == (self.rate, self.burst):
            return
        for bucket in self.buckets.values():
            self.refill(bucket, now)
        self.rate = rate_per_second
        self.burst = burst

    @cython.cfunc
    def filled(self, key: str, now: cython.double) -> Bucket:
        """The bucket of a key, with what it got since it was asked last."""
        found = self.buckets.get(key)
        if found is None:
            bucket: Bucket = Bucket(self.burst, now)
            self.buckets.put(key, bucket)
            return bucket
        self.refill(found, now)
        return found  # type: ignore[no-any-return] # nothing else is put there

    @cython.cfunc
    def refill(self, bucket: Bucket, now: cython.double) -> None:
        if now > bucket.at:
            bucket.tokens = min(self.burst, bucket.tokens + (now - bucket.at) * self.rate)
            bucket.at = now
        elif bucket.tokens > self.burst:
            bucket.tokens = self.burst
