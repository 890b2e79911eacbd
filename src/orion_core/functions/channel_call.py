"""`channel_call`: runs another channel's workflows in process. Performs nothing: it asks for a frame."""

from typing import Annotated, Any

import cython
import msgspec
from msgspec import Meta

from orion_core.failures import INVALID_DATA, Failure
from orion_core.functions.building import Building, Function
from orion_core.functions.function import Enter, TaskFunction
from orion_core.logic.node import Evaluation, Rule
from orion_core.message import Message
from orion_core.paths import Path


class ChannelCallInput(msgspec.Struct, frozen=True, kw_only=True):
    """Input of `channel_call`."""

    channel: Annotated[str, Meta(min_length=1, description="Name of the channel.")]
    channel_logic: Annotated[Any, Meta(description="JSONLogic that gives the name instead.")] = None
    data: Annotated[Any, Meta(description="A literal payload.")] = None
    data_logic: Annotated[Any, Meta(description="JSONLogic that gives the payload.")] = None
    response_path: Annotated[
        str | None, Meta(description="Where the channel's data goes; over all data if not given.")
    ] = None
    timeout_ms: Annotated[int, Meta(ge=1, le=86_400_000)] | None = None


@cython.final
@cython.cclass
class ChannelCallFunction(TaskFunction):
    """A compiled call."""

    def __init__(
        self,
        channel: str,
        channel_rule: Rule | None,
        data: object,
        data_rule: Rule | None,
        response_path: Path | None,
        timeout: cython.double,
    ) -> None:
        self.channel = channel
        self.channel_rule = channel_rule
        self.data = data
        self.data_rule = data_rule
        self.response_path = response_path
        self.timeout = timeout

    @cython.ccall
    def start(self, message: Message, evaluation: Evaluation, now: cython.double, deadline: cython.double) -> object:
        """Name the channel and its payload: `data_logic`, else `data`, else the payload this message came with."""
        name: object = self.channel
        if self.channel_rule is not None:
            name = self.channel_rule.evaluate(message.context, evaluation)
        if type(name) is not str or not name:
            return Failure(INVALID_DATA, "channel_call: channel_logic must give the name of a channel")
        payload: object
        if self.data_rule is not None:
            payload = message.allowance.copy(self.data_rule.evaluate(message.context, evaluation))
        elif self.data is not None:
            payload = message.allowance.copy(self.data)
        else:
            payload = message.allowance.copy(message.payload.look())
        return Enter(name, payload, self.response_path, self.timeout)


def build(given: ChannelCallInput, building: Building) -> ChannelCallFunction:
    """Compile the call; a channel that is named outright must exist when the workflow is activated."""
    if given.channel_logic is None:
        building.refer("channel", given.channel, "channel")
    return ChannelCallFunction(
        given.channel,
        None if given.channel_logic is None else building.rule(given.channel_logic, "channel_logic"),
        given.data,
        None if given.data_logic is None else building.rule(given.data_logic, "data_logic"),
        None if given.response_path is None else building.path(given.response_path, "response_path"),
        0.0 if given.timeout_ms is None else given.timeout_ms / 1000,
    )


CHANNEL_CALL = Function("channel_call", "Runs another channel's workflows in process.", ChannelCallInput, build)
