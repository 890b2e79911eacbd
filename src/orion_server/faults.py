"""How a request is refused that the transport could not take whole. Knows the transport's words and the envelope's."""

from orion_server.exchange import Refusal
from orion_server.transports.transport import Fault

CLOSE = (("connection", "close"),)  # what is left of the request is not read, so nothing can follow it


def fault_refusal(fault: Fault, why: str) -> Refusal:
    """The refusal that tells a caller of a fault.

    Args:
        fault: What is wrong with the request.
        why: What exactly is malformed, or how many bytes are accepted.
    """
    match fault:
        case Fault.MALFORMED:
            text = f"The request is not HTTP as it should be: {why}"
            return Refusal(400, "BAD_REQUEST", text, "malformed_request", headers=CLOSE)
        case Fault.TOO_SLOW:
            text = "The request body did not come in time"
            return Refusal(408, "REQUEST_TIMEOUT", text, "request_timeout", headers=CLOSE)
        case Fault.BODY_TOO_LARGE:
            text = f"The request body is larger than {why} bytes"
            return Refusal(413, "PAYLOAD_TOO_LARGE", text, "payload_too_large", headers=CLOSE)
        case Fault.HEADERS_TOO_LARGE:
            text = "The headers of the request are larger than 32 KiB"
            return Refusal(431, "HEADERS_TOO_LARGE", text, "headers_too_large", headers=CLOSE)
