"""Everything that is no data request, by path: health, documentation, the admin API. Decides nothing else."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping

from orion_server.authentication import MCP, METRICS, Authentication
from orion_server.exchange import Answer, Call, Refusal

DOCUMENTS = ("/docs", "/api/v1/openapi.json")

Answerer = Callable[[Call], Awaitable[Answer]]


async def no_metrics(call: Call) -> Answer:
    """What `/metrics` answers while they are off.

    Raises:
        Refusal: 404.
    """
    raise Refusal(404, "NOT_FOUND", f"Nothing answers {call.method} /metrics: metrics.enabled is off", "unknown_path")


async def no_assistants(call: Call) -> Answer:
    """What `/mcp` answers while it is off.

    Raises:
        Refusal: 404.
    """
    raise Refusal(404, "NOT_FOUND", f"Nothing answers {call.method} /mcp: mcp.enabled is off", "unknown_path")


class Control:
    """Sends a call where its path belongs, once its caller is known.

    Args:
        authentication: Says who calls.
        probes: Answers for exact paths that only read, such as `/healthz`.
        documentation: Answers `/docs` and the OpenAPI document.
        problems: Answers `/problems/`.
        metrics: Answers `/metrics`.
        assistants: Answers `/mcp`.
        admin: Answers everything else.
    """

    def __init__(
        self,
        authentication: Authentication,
        probes: Mapping[str, Callable[[], Awaitable[Answer]]],
        documentation: Answerer,
        problems: Answerer,
        metrics: Answerer,
        assistants: Answerer,
        admin: Answerer,
    ) -> None:
        self._authentication = authentication
        self._probes = probes
        self._documentation = documentation
        self._problems = problems
        self._metrics = metrics
        self._assistants = assistants
        self._admin = admin

    async def answer(self, call: Call) -> Answer:
        """Answer a call.

        Raises:
            Refusal: It is not allowed, or asks a probe for something other than reading.
        """
        probe = self._probes.get(call.path)
        if probe is not None:
            only_reading(call)
            return await probe()
        if call.path in DOCUMENTS or call.path.startswith(("/docs/", "/api/v1/schemas/")):
            return await self._documentation(call)
        if call.path.startswith("/problems/"):
            return await self._problems(call)
        caller = self._authentication.caller(call.path, call.headers, call.client)
        if call.path == METRICS:
            only_reading(call)
            return await self._metrics(call)
        if call.path == MCP:
            return await self._assistants(call)
        admitted = dataclasses.replace(call, principal=caller.principal, may_write=caller.role == "write")
        return await self._admin(admitted)


def only_reading(call: Call) -> None:
    """Let nothing but reading pass.

    Raises:
        Refusal: 405.
    """
    if call.method not in ("GET", "HEAD"):
        text = f"{call.method} is not answered here; allowed: GET, HEAD"
        raise Refusal(405, "METHOD_NOT_ALLOWED", text, "method_not_allowed", headers=(("allow", "GET, HEAD"),))
