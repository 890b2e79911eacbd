"""One request's question to its channel's rate limit, here or where servers count together. Knows no other check."""

from math import ceil
from typing import Any

import cython

from orion_core.calls import RateTake
from orion_core.documents import DocumentError
from orion_core.failures import LIMIT_EXCEEDED, LIMITER_UNAVAILABLE, RATE_LIMITED, Failure
from orion_core.governance.governor import ChannelMemory
from orion_core.governance.shared import STORE_PATIENCE, short_key
from orion_core.guard import RateRule
from orion_core.logic import LimitExceeded, LogicError
from orion_core.logic.node import Evaluation
from orion_core.protocol import Done, Failed
from orion_core.request_keys import text_key


@cython.final
@cython.cclass
class RateCheck:
    """The question.

    Args:
        rule: The limit.
        memory: What is remembered of the channel.
        channel: The channel's name.

    Attributes:
        headers: What the answer tells of the limit, once it was asked.
    """

    def __init__(self, rule: RateRule, memory: ChannelMemory, channel: str) -> None:
        self.rule = rule
        self.memory = memory
        self.channel = channel
        self.key = ""
        self.headers: tuple[Any, ...] = ()

    @cython.ccall
    def ask(self, view: object, evaluation: Evaluation, client: str, now: cython.double) -> object:
        """Ask for a token under the key that `view` gives, or under the caller's address where that cannot be told.

        Returns:
            None, a `Failure`, or an action whose outcome is for `hear`.
        """
        rule = self.rule
        if rule.key is not None:
            try:
                self.key = text_key(rule.key.evaluate(view, evaluation))
            except LimitExceeded as error:
                return Failure(LIMIT_EXCEEDED, f"key_logic: {error}")
            except (LogicError, DocumentError):  # nobody escapes the limit by a key that cannot be told
                self.key = client
        if self.memory.cluster is None:
            return self.count(now)
        name = short_key(rule.prefix, self.key.encode("utf-8", "surrogatepass"))
        return RateTake(self.memory.cluster.store, now + STORE_PATIENCE, name, rule.rate, rule.burst)

    @cython.ccall
    def hear(self, outcome: object, now: cython.double) -> object:
        """What the cluster's store said; where it cannot be asked, the terms say what holds. None, or a `Failure`."""
        if type(outcome) is Done:
            done: Done = outcome
            taken: Any = done.value
            return self.judge(taken.wait, cython.cast(cython.Py_ssize_t, int(taken.left)))
        if self.memory.cluster.unlimited:
            return self.count(now)
        failed: Failed = outcome  # type: ignore[assignment] # the other of the two
        return Failure(
            LIMITER_UNAVAILABLE, f"Channel '{self.channel}' cannot ask for its rate limit now", failed.detail
        )

    @cython.cfunc
    def count(self, now: cython.double) -> object:
        """Take a token in this process."""
        wait: cython.double = self.memory.limiter.take(self.key, now)
        return self.judge(wait, self.memory.limiter.left(self.key, now))

    @cython.cfunc
    def judge(self, wait: cython.double, left: cython.Py_ssize_t) -> object:
        """Say what became of the token, and state it: `RateLimit` (draft-ietf-httpapi-ratelimit-headers).

        Without a partition key, which is optional: even a digest of it would tell a key that is short.
        """
        rule = self.rule
        reset: cython.int = cython.cast(cython.int, ceil(wait if wait > 0.0 else (rule.burst - left) / rule.rate))
        self.headers = (rule.policy, ("ratelimit", f"{rule.name};r={left};t={reset}"))
        if wait > 0.0:
            text = f"Too many requests on channel '{self.channel}'; try again in {ceil(wait)} s"
            return Failure(RATE_LIMITED, text, retry_after=wait)
        return None
