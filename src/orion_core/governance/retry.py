"""When a failed call is tried again: how often, and after what pause. Knows no connector and no clock.

Exponential backoff, capped, with full jitter: callers that failed together do not come back together. The system's own
`Retry-After` (RFC 9110 section 10.2.3) is the least that is waited; one longer than the cap ends the retries.
"""

import cython

CAP: cython.double = 60.0  # seconds, as documented
STOP: cython.double = -1.0
_MASK = 0xFFFF_FFFF_FFFF_FFFF


@cython.final
@cython.cclass
class RetryRule:
    """How patiently one connector, or one task, tries again.

    Args:
        retries: At most.
        delay: Seconds before the first; doubled for each one after it.
    """

    def __init__(self, retries: cython.int, delay: cython.double) -> None:
        self.retries = retries
        self.delay = delay

    @cython.ccall
    def pause(self, tried: cython.int, asked: cython.double, entropy: object) -> cython.double:
        """How long to wait after a failure.

        Args:
            tried: Retries there were before.
            asked: What the system asked for (`Retry-After`), seconds; 0.0 for nothing.
            entropy: 64 random bits of the request.

        Returns:
            Seconds, or STOP when there is to be no further try.
        """
        if tried >= self.retries or asked > CAP:
            return STOP
        ceiling: cython.double = min(CAP, self.delay * 2.0 ** min(tried, 40))
        jittered: cython.double = ceiling * fraction(entropy, tried)
        return max(jittered, asked)


@cython.ccall
def fraction(entropy: object, salt: cython.int) -> cython.double:
    """A number from 0 to 1 for each try of a request (the finaliser of SplitMix64 over its entropy)."""
    mixed = (int(entropy) + 0x9E37_79B9_7F4A_7C15 * (salt + 1)) & _MASK  # type: ignore[call-overload] # 64 bits
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB) & _MASK
    return float((mixed ^ (mixed >> 31)) >> 11) / 9_007_199_254_740_992.0
