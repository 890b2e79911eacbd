"""How a request is refused that the transport could not take whole. Knows the transport's words and the envelope's."""

from orion_server.exchange import Refusal
from orion_server.transports.transport import Fault

SOON = (("retry-after", "1"),)


def fault_refusal(fault: Fault, why: str) -> Refusal:
    """The refusal that tells a caller of a fault.

    Args:
        fault: What is wrong with the request.
        why: What exactly is malformed, or how many bytes are accepted.
    """
    match fault:
        case Fault.MALFORMED:
            text = f"The request is not HTTP as it should be: {why}"
            return Refusal(400, "BAD_REQUEST", text, "malformed_request")
        case Fault.TOO_SLOW:
            text = "The request did not come in time"
            return Refusal(408, "REQUEST_TIMEOUT", text, "request_timeout")
        case Fault.BODY_TOO_LARGE:
            text = f"The request body is larger than {why} bytes"
            return Refusal(413, "PAYLOAD_TOO_LARGE", text, "payload_too_large")
        case Fault.HEADERS_TOO_LARGE:
            text = "The headers of the request are larger than 32 KiB, or more than a hundred"
            return Refusal(431, "HEADERS_TOO_LARGE", text, "headers_too_large")
        case Fault.TARGET_TOO_LONG:
            text = f"The target of the request is longer than {why} bytes"
            return Refusal(414, "URI_TOO_LONG", text, "target_too_long")
        case Fault.TOO_MANY:
            text = "There are as many connections as this server accepts"
            return Refusal(503, "SERVICE_UNAVAILABLE", text, "too_many_connections", headers=SOON)
        case Fault.BROKEN:
            return Refusal(500, "INTERNAL_ERROR", "An internal error occurred", "internal")
