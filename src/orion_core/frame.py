"""One channel's part of an execution: its message, where it is in its workflows, its deadline and its caller.

Plain state, moved by the execution alone: whoever prints a waiting execution's frames sees all there is to see.
"""

from typing import Any

import cython

from orion_core.message import Message
from orion_core.snapshot import Channel


@cython.final
@cython.freelist(16)  # type: ignore[no-untyped-call]  # the stub leaves it untyped
@cython.cclass
class Frame:
    """A channel at work.

    Args:
        channel: The channel.
        message: What it works on.
        deadline: Monotonic instant by which it must be done; `inf` for no limit. Never later than the caller's.
        caller: The frame whose `channel_call` entered this one, or None.
        entry: How it was entered, or None for the request's own frame.
        timeout: The seconds it was given, for the words of a timeout.
    """

    def __init__(
        self,
        channel: Channel,
        message: Message,
        deadline: cython.double,
        caller: Any = None,
        entry: Any = None,
        timeout: cython.double = 0.0,
    ) -> None:
        self.channel = channel
        self.message = message
        self.deadline = deadline
        self.caller = caller
        self.entry = entry
        self.timeout = timeout
        self.share_at = 0
        self.workflow: Any = None
        self.task_at = 0
        self.task: Any = None
        self.matched = False

    def names(self) -> list[str]:
        """The channels from the outermost frame to this one."""
        outer: list[str] = self.caller.names() if self.caller is not None else []
        return [*outer, self.channel.name]
