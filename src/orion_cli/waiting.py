"""Waiting for traces to end. Knows no command; time is the process's own."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from orion_cli import exits
from orion_cli.api_paths import DATA, path_of
from orion_cli.failures import CommandFailed

if TYPE_CHECKING:
    from orion_cli.client import Api

FIRST_PAUSE = 0.05  # seconds; doubled up to the longest
LONGEST_PAUSE = 1.0
ENDED = ("completed", "failed", "exhausted")

# The documented exit codes of `traces wait`; docs/decisions/0040 says why they differ from every other command's.
COMPLETED = exits.OK
FAILED = 1
TIMED_OUT = 2


class WaitedInVain(CommandFailed):
    """A trace did not end in time."""

    exit_code = TIMED_OUT


class TraceFailed(CommandFailed):
    """A trace ended badly."""

    exit_code = FAILED


def wait_for(api: "Api", identifier: str, timeout: float) -> Mapping[str, Any]:
    """The trace once it has ended.

    Args:
        api: Where it is.
        identifier: Its id.
        timeout: Seconds to wait at most.

    Raises:
        WaitedInVain: It has not ended by then.
        CommandFailed: It cannot be asked for.
    """
    until = time.monotonic() + timeout
    pause = FIRST_PAUSE
    while True:
        trace: Mapping[str, Any] = api.get(DATA + path_of("traces", identifier))
        if trace.get("status") in ENDED:
            return trace
        left = until - time.monotonic()
        if left <= 0:
            raise WaitedInVain(f"Trace '{identifier}' is {trace.get('status')} after {timeout:g} s")
        time.sleep(min(pause, left))
        pause = min(pause * 2, LONGEST_PAUSE)


def end_with(trace: Mapping[str, Any]) -> None:
    """End a command as the trace did.

    Raises:
        TraceFailed: It failed.
    """
    if trace.get("status") != "completed":
        error = trace.get("error")
        text = error.get("message") if isinstance(error, Mapping) else error
        raise TraceFailed(f"Trace '{trace.get('id')}' {trace.get('status')}: {text or 'no reason was kept'}")
