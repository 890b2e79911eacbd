"""What a server consists of, each part to be asked how it is. Knows no part in particular."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

OK = "ok"
ERROR = "error"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Component:
    """A part of the server.

    Args:
        ask: Answers "ok", or a word for what is wrong; what it raises, and silence, is "error".
        essential: Whether the server is of no use without it.
    """

    ask: Callable[[], Awaitable[str] | str]
    essential: bool = False


async def states_of(components: Mapping[str, Component], timeout: float) -> dict[str, str]:
    """How every component is, asked at the same time.

    Args:
        components: By name.
        timeout: Seconds that each may take.
    """
    states = await asyncio.gather(*(_state(name, component, timeout) for name, component in components.items()))
    return dict(zip(components, states, strict=True))


async def _state(name: str, component: Component, timeout: float) -> str:
    try:
        async with asyncio.timeout(timeout):
            answer = component.ask()
            return await answer if inspect.isawaitable(answer) else answer
    except Exception as error:  # whatever is wrong with it, its name is what an operator needs
        fields = {"component": name, "error": type(error).__name__}
        logger.debug("a component does not answer", extra={"fields": fields})
        return ERROR
